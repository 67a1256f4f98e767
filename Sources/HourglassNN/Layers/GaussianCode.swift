import HourglassBase
import HourglassGraph

/// A code that is a normal distribution with independent units: two dense layers on one vector give its mean and
/// the logarithm of its variance (Kingma & Welling 2014). The last layer of a variational model's encoder.
///
/// The layer's value is the mean. An objective that draws from the distribution finds both in
/// `LayerContext.posterior`.
///
/// ```swift
/// GaussianCode(20)
/// ```
public struct GaussianCode: Layer {
  public static let kind = "gaussian_code"
  public static let title = "GaussianCode"
  public static let summary = "A code that is a normal distribution, for the objective vae."
  public static let fields = Fields(GaussianCode(1)) {
    Field("units", \.units, .whole(1...1_000_000), "numbers of the code", .required)
    Field("initializer", \.initializer, .choice, "how the first weights are drawn")
  }

  var units: Int
  var initializer: Initializer

  /// - Parameter units: numbers of the code, at least 1.
  public init(_ units: Int, initializer: Initializer = .glorotUniform) {
    self.units = units
    self.initializer = initializer
  }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    try input.checkIsVector()
    return [units]
  }

  private func weight(_ name: String, _ input: Shape) -> ParameterSpecification {
    ParameterSpecification(name, [units, input[0]], initializer, fanIn: input[0], fanOut: units)
  }

  private func bias(_ name: String) -> ParameterSpecification {
    ParameterSpecification(name, [units], .zeros)
  }

  public func parameters(_ input: Shape) -> [ParameterSpecification] {
    [
      weight("mean_weight", input), bias("mean_bias"),
      weight("log_variance_weight", input), bias("log_variance_bias"),
    ]
  }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let parameters = parameters(input.shape).map { context.parameter($0) }
    let mean = input.multiplied(by: parameters[0]) + parameters[1]
    let logVariance = input.multiplied(by: parameters[2]) + parameters[3]
    context.posterior = Posterior(mean: mean, logVariance: logVariance)
    return mean
  }

  public var traits: LayerTraits { LayerTraits(fixesSize: true, code: .gaussian) }
}

/// A code as a normal distribution with independent units.
public struct Posterior {
  public var mean: Tensor
  public var logVariance: Tensor

  public init(mean: Tensor, logVariance: Tensor) {
    self.mean = mean
    self.logVariance = logVariance
  }

  /// A draw: mean + deviation * noise, so that gradients reach both (the reparameterisation of Kingma & Welling
  /// 2014).
  ///
  /// - Parameter noise: normal draws of the code's shape.
  public func draw(_ noise: Tensor) -> Tensor { mean + (logVariance * 0.5).exponential * noise }

  /// The divergence from a standard normal distribution in nats, a scalar:
  /// KL(N(mean, variance), N(0, 1)) = sum of (mean^2 + variance - 1 - log variance) / 2.
  public var divergence: Tensor {
    (mean.square + logVariance.exponential - 1 - logVariance).sum * 0.5
  }
}
