import HourglassBase
import HourglassGraph

/// `activation(transpose(weight) * x + bias)` of a vector most of whose numbers are 0, such as how often each word of a
/// vocabulary stands in a document. The weight is `[inputs, units]`, a row for each input, as in PyTorch's `EmbeddingBag`. Of 4,096
/// inputs and more, those that are 0 in all samples that are computed together cost nothing, neither forward nor in the
/// gradient of the weight.
///
/// ```swift
/// SparseDense(500, activation: .relu)
/// ```
public struct SparseDense: Layer {
  public static let kind = "sparse_dense"
  public static let title = "SparseDense"
  public static let summary =
    "A vector of mostly zeros, such as counts of words, times a matrix with a row for each of its numbers, plus a bias."
  public static let fields = Fields(SparseDense(1)) {
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
    sum.parameters([input[0], units], outputs: units, fanIn: input[0], fanOut: units)
  }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let inputs = input.shape[0]
    let weight = sum.weight([inputs, units], fanIn: inputs, fanOut: units, in: context)
    return sum.finish(input.multiplied(by: weight, transposed: true), in: context)
  }

  public var traits: LayerTraits { LayerTraits(activation: sum.activation, fixesSize: true) }
}
