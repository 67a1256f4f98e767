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

  public var units: Int
  public var activation: Activation
  public var usesBias: Bool
  public var initializer: Initializer
  public var weightRegularizer: Regularizer
  public var activityRegularizer: Regularizer

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

  public init(_ reader: SettingsReader) throws(HourglassError) {
    units = try reader.int("units", in: 1...1_000_000)
    activation = try Activation(reader)
    usesBias = try reader.bool("bias", default: true)
    initializer = Initializer(
      try reader.choice("initializer", Initializer.Name.self, default: .glorotUniform))
    weightRegularizer = try Regularizer(reader, "weight_regularizer")
    activityRegularizer = try Regularizer(reader, "activity_regularizer")
  }

  public var settings: [Setting] {
    [Setting("units", units)] + activation.settings
      + commonSettings(
        bias: usesBias, initializer: initializer, weights: weightRegularizer, activity: activityRegularizer)
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

/// What layers with weights have in common; defaults are left out.
func commonSettings(
  bias: Bool, initializer: Initializer, weights: Regularizer, activity: Regularizer
) -> [Setting] {
  (bias ? [] : [Setting("bias", false)])
    + (initializer == .glorotUniform ? [] : [Setting("initializer", initializer.name.rawValue)])
    + weights.settings("weight_regularizer") + activity.settings("activity_regularizer")
}
