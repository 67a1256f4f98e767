import HourglassBase
import HourglassGraph

/// `activation(weight * x + bias)` on a vector.
///
/// ```swift
/// Dense(32, activation: .relu)
/// ```
public struct Dense: Layer {
  public static let kind = "dense"
  public static let title = "Dense"
  public static let summary = "A vector times a matrix, plus a bias."
  public static let fields = Fields(Dense(1)) {
    Field("units", \.units, .whole(1...1_000_000), "features it makes", .required)
    Field(including: \.sum, WeightedSum.fields("feature"))
  }

  var units: Int
  var sum: WeightedSum

  /// - Parameter units: features it makes, at least 1.
  public init(
    _ units: Int, activation: Activation = .linear, bias: Bool = true,
    initializer: Initializer = .glorotUniform, weightRegularizer: Regularizer = .none,
    activityRegularizer: Regularizer = .none
  ) {
    self.units = units
    sum = WeightedSum(
      activation: activation, bias: bias, initializer: initializer, weightRegularizer: weightRegularizer,
      activityRegularizer: activityRegularizer)
  }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    try input.checkIsVector()
    return [units]
  }

  public func parameters(_ input: Shape) -> [ParameterSpecification] {
    sum.parameters([units, input[0]], outputs: units, fanIn: input[0], fanOut: units)
  }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let inputs = input.shape[0]
    let weight = sum.weight([units, inputs], fanIn: inputs, fanOut: units, in: context)
    return sum.finish(input.multiplied(by: weight), in: context)
  }

  public var traits: LayerTraits {
    LayerTraits(
      activation: sum.activation, fixesSize: true, linearMap: LinearMap(bias: sum.usesBias ? "bias" : nil))
  }
}
