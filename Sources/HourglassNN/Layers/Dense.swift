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
    Field("activation", \.activation)
    Field("bias", \.usesBias, .yesOrNo, "whether a learnt number is added to each feature")
    Field("initializer", \.initializer, .choice, "how the first weights are drawn")
    Field("weight_regularizer", \.weightRegularizer, .regularizer, "penalty on the weights")
    Field("activity_regularizer", \.activityRegularizer, .regularizer, "penalty on what it makes")
  }

  var units: Int
  var activation: Activation
  var usesBias: Bool
  var initializer: Initializer
  var weightRegularizer: Regularizer
  var activityRegularizer: Regularizer

  /// - Parameter units: features it makes, at least 1.
  public init(
    _ units: Int, activation: Activation = .linear, bias: Bool = true,
    initializer: Initializer = .glorotUniform, weightRegularizer: Regularizer = .none,
    activityRegularizer: Regularizer = .none
  ) {
    self.units = units
    self.activation = activation
    usesBias = bias
    self.initializer = initializer
    self.weightRegularizer = weightRegularizer
    self.activityRegularizer = activityRegularizer
  }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    guard input.rank == 1 else {
      throw HourglassError(.usage, "takes a vector, but gets \(input); put a flatten layer before it")
    }
    return [units]
  }

  private func weight(_ input: Shape) -> ParameterSpecification {
    ParameterSpecification(
      "weight", [units, input[0]], initializer, fanIn: input[0], fanOut: units,
      regularizer: weightRegularizer)
  }

  private var bias: ParameterSpecification { ParameterSpecification("bias", [units], .zeros) }

  public func parameters(_ input: Shape) -> [ParameterSpecification] {
    usesBias ? [weight(input), bias] : [weight(input)]
  }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let weight = context.parameter(weight(input.shape))
    context.penalize(weight, weightRegularizer)
    var sum = input.multiplied(by: weight)
    if usesBias { sum = sum + context.parameter(bias) }
    let result = activation(sum)
    context.penalize(result, activityRegularizer)
    return result
  }

  public var traits: LayerTraits {
    LayerTraits(
      activation: activation, fixesSize: true, linearMap: LinearMap(bias: usesBias ? "bias" : nil))
  }
}
