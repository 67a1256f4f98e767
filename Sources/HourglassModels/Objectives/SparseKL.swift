import HourglassBase
import HourglassGraph
import HourglassNN

/// Reconstruction with code units that are little active in the mean:
/// `loss(decode(h), x) + lambda * sum over units j of KL(rho || mean of h_j)`, where the mean is over the whole batch
/// and `KL(r || m) = r log(r / m) + (1 - r) log((1 - r) / (1 - m))` (Ng 2011, lecture notes on sparse autoencoders).
/// A unit's activation is read as a probability: the encoder must end with a sigmoid.
public struct SparseKL: Objective {
  public static let kind = "sparse-kl"
  public static let summary =
    "Code units that are little active in the mean; the encoder ends with a sigmoid."
  public static let fields = Fields(SparseKL(lambda: 0)) {
    Field("rho", \.rho, .number(1e-6...(1 - 1e-6)), "the mean activation that is wanted", .written)
    Field("lambda", \.lambda, .number(0...1e6), "weight of the penalty", .required)
    Field("loss", \.loss)
  }
  /// The mean activation that is wanted.
  var rho: Double
  var lambda: Double
  var loss: Loss

  /// - Parameters:
  ///   - rho: above 0 and below 1, usually 0.05.
  ///   - lambda: weight of the penalty, at least 0.
  public init(rho: Double = 0.05, lambda: Double, loss: Loss = .l2) {
    self.rho = rho
    self.lambda = lambda
    self.loss = loss
  }

  public func check(_ model: Autoencoder) throws(HourglassError) {
    guard model.encoder.activation == .sigmoid else {
      throw HourglassError(
        .usage,
        "objective sparse-kl reads activations as probabilities, but the encoder does not end with a sigmoid; set its "
          + "last layer's activation to sigmoid, or use sparse-l1.")
    }
  }

  public func notes(for model: Autoencoder) -> [String] {
    [
      "The target \(rho) is of mean_activation, the mean over units and samples; active_share counts every unit above 0.01, where a "
        + "sigmoid may be however small its mean, and is no measure of the target."
    ]
  }

  public var traits: ObjectiveTraits { ObjectiveTraits(targets: loss.targets) }

  public func loss(_ sample: Tensor, _ model: ModelInGraph) -> SampleLoss {
    let code = model.encode(sample)
    let reconstruction = model.decode(code)
    // Float's sigmoid reaches 0 and 1.
    let mean = code.flattened.batchMean.clamped(1e-6...(1 - 1e-6))
    let divergence = rho * (rho / mean).logarithm + (1 - rho) * ((1 - rho) / (1 - mean)).logarithm
    return .init(
      loss(reconstruction, sample), shared: divergence.sum * lambda,
      metrics: [("mse", Loss.l2(reconstruction, sample))] + activity(of: code))
  }
}

extension Objective where Self == SparseKL {
  public static func sparseKL(rho: Double = 0.05, lambda: Double, loss: Loss = .l2) -> SparseKL {
    SparseKL(rho: rho, lambda: lambda, loss: loss)
  }
}
