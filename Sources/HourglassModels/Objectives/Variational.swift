import HourglassBase
import HourglassGraph
import HourglassNN

/// A generative model whose code is a normal distribution: `-log p(x | z) + beta * KL(q(z | x) || N(0, 1))` with
/// `z` drawn from `q(z | x)` (Kingma & Welling 2014; Rezende, Mohamed & Wierstra 2014; beta by Higgins et al. 2017).
/// All in nats a sample: sums over elements, not means. The encoder must end with `GaussianCode`.
public struct Variational: Objective {
  public static let kind = "vae"
  public static let summary =
    "A generative model whose code is a normal distribution; the encoder ends with gaussian_code."
  public static let fields = Fields(Variational()) {
    Field(
      "likelihood", \.likelihood, .likelihood, "the distribution of a sample's elements given the output",
      .written)
    Field("beta", \.beta, .number(0...1e6), "weight of the divergence", .written)
    Field("warm_up_epochs", \.warmUpEpochs, .number(0...1e6), "epochs over which beta rises from 0")
  }

  /// The distribution of a sample's elements given the decoder's output.
  public enum Likelihood: Sendable, Hashable {
    /// Each element is a coin with the output as its probability; for black and white, and in practice grey, images
    /// in 0...1.
    case bernoulli
    /// Each element is normal about the output with this standard deviation.
    case gaussian(deviation: Double)
  }

  var likelihood: Likelihood
  var beta: Double
  var warmUpEpochs: Double

  /// - Parameters:
  ///   - beta: weight of the divergence, at least 0; 1 for the evidence lower bound itself.
  ///   - warmUpEpochs: epochs over which beta rises from 0 (Bowman et al. 2016, Sønderby et al. 2016); 0 for none.
  public init(likelihood: Likelihood = .bernoulli, beta: Double = 1, warmUpEpochs: Double = 0) {
    self.likelihood = likelihood
    self.beta = beta
    self.warmUpEpochs = warmUpEpochs
  }

  public func loss(_ sample: Tensor, _ model: ModelInGraph) -> SampleLoss {
    let posterior = model.posterior(sample)
    let code = posterior.draw(sample.builder.random(.normal, shape: posterior.mean.shape))
    let output = model.decode(code)
    let reconstruction = negativeLogLikelihood(sample, output)
    let divergence = posterior.divergence
    let bound = reconstruction + divergence
    return .init(
      reconstruction + divergence * weight(model.context),
      metrics: [
        ("mse", Loss.l2(output, sample)), ("reconstruction_nats", reconstruction),
        ("divergence_nats", divergence), ("elbo_nats", -bound),
        ("bits_per_dimension", bitsPerDimension(bound, elements: sample.shape.count)),
      ])
  }

  /// Beta at this moment of training; all of it when the model is measured.
  private func weight(_ context: LayerContext) -> Tensor {
    guard context.isTraining, warmUpEpochs > 0 else { return context.builder.constant(beta) }
    return (context.progress / warmUpEpochs).minimum(1) * beta
  }

  public func negativeLogLikelihood(of sample: Tensor, given output: Tensor) -> Tensor? {
    negativeLogLikelihood(sample, output)
  }

  /// -log p(x | z) in nats, a scalar.
  private func negativeLogLikelihood(_ sample: Tensor, _ output: Tensor) -> Tensor {
    switch likelihood {
    case .bernoulli:
      return Loss.binaryCrossEntropy(output, sample) * Double(sample.shape.count)
    case .gaussian(let deviation):
      // log(deviation * sqrt(2 pi)) for each element.
      let constant = UnaryFunction.logarithm.value(deviation * 2.5066282746310002)
      return (output - sample).square.sum / (2 * deviation * deviation)
        + constant * Double(sample.shape.count)
    }
  }

  /// Nats over all elements as bits of one. A density counts as that of bytes: 256 steps in 0...1, 8 bits more.
  private func bitsPerDimension(_ nats: Tensor, elements: Int) -> Tensor {
    let bits = nats / (Double(elements) * 0.6931471805599453)
    switch likelihood {
    case .bernoulli: return bits
    case .gaussian: return bits + 8
    }
  }

  public var traits: ObjectiveTraits {
    ObjectiveTraits(
      hasNormalCodes: true, targets: likelihood == .bernoulli ? Loss.binaryCrossEntropy.targets : nil)
  }

  public func check(_ model: Autoencoder) throws(HourglassError) {
    guard model.encoder.code == .gaussian else {
      throw HourglassError(
        .usage,
        "objective vae needs a code that is a distribution, but the encoder does not end with gaussian_code; make "
          + "\"gaussian_code: {units: 20}\" its last layer.")
    }
    if likelihood == .bernoulli, model.decoder.activation != .sigmoid {
      throw HourglassError(
        .usage,
        "objective vae with the likelihood bernoulli reads outputs as probabilities, but the decoder does not end with a "
          + "sigmoid; set its last layer's activation to sigmoid, or choose \"likelihood: {gaussian: 0.1}\".")
    }
  }
}

// MARK: - In recipes

extension SettingType where Value == Variational.Likelihood {
  fileprivate static let likelihood = variants(
    of: "likelihood", like: "gaussian: 0.1",
    [
      Variant("bernoulli", "Each element is a coin with the output as its probability.", .bernoulli),
      Variant(
        "gaussian", "Each element is normal about the output.",
        Fields(1.0, bare: .value("deviation")) {
          Field("deviation", \.self, .number(1e-4...1e4), "the standard deviation", .required)
        }, make: { .gaussian(deviation: $0) },
        take: { if case .gaussian(let deviation) = $0 { deviation } else { nil } }),
    ])
}

extension Objective where Self == Variational {
  public static func vae(
    likelihood: Variational.Likelihood = .bernoulli, beta: Double = 1, warmUpEpochs: Double = 0
  ) -> Variational {
    Variational(likelihood: likelihood, beta: beta, warmUpEpochs: warmUpEpochs)
  }
}
