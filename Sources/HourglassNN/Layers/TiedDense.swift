import HourglassBase
import HourglassGraph

/// `activation(transpose(weight) * x + bias)` with the weight of a dense layer of the encoder: the decoder undoes a
/// layer with the layer's own matrix (Vincent et al. 2010, "tied weights"). Only the bias is its own.
///
/// ```swift
/// TiedDense(to: "encoder.1", units: 784, activation: .sigmoid)
/// ```
public struct TiedDense: Layer {
  public static let kind = "tied_dense"
  public static let title = "TiedDense"
  public static let summary = "Undoes a dense layer of the encoder with the transpose of its own weights."
  public static let fields = Fields(TiedDense(to: "", units: 1)) {
    Field("to", \.source, .text, "the dense layer whose weights it borrows, such as encoder.1", .required)
    Field("units", \.units, .whole(1...1_000_000), "features it makes", .required)
    Field("activation", \.activation)
    Field("bias", \.usesBias, .yesOrNo, "whether a learnt number is added to each feature")
  }

  var source: String
  var units: Int
  var activation: Activation
  var usesBias: Bool

  /// - Parameters:
  ///   - source: the dense layer whose weight it borrows, such as `encoder.1`.
  ///   - units: features it makes: those that the borrowed layer takes.
  public init(to source: String, units: Int, activation: Activation = .linear, bias: Bool = true) {
    self.source = source
    self.units = units
    self.activation = activation
    usesBias = bias
  }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    try input.checkIsVector()
    return [units]
  }

  private var bias: ParameterSpecification { ParameterSpecification("bias", [units], .zeros) }

  public func parameters(_ input: Shape) -> [ParameterSpecification] { usesBias ? [bias] : [] }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let weight = context.builder.parameter("\(source).weight", shape: [input.shape[0], units])
    var sum = input.multiplied(by: weight, transposed: true)
    if usesBias { sum = sum + context.parameter(bias) }
    return activation(sum)
  }

  public var traits: LayerTraits { LayerTraits(activation: activation, fixesSize: true, mirrors: source) }
}
