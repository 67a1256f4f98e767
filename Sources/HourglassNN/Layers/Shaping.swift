import HourglassBase
import HourglassGraph

/// All elements of an image in a row: channels, then rows, then columns.
public struct Flatten: Layer {
  public static let kind = "flatten"
  public static let title = "Flatten"
  public static let summary = "All elements of an image in a row."
  public static let fields = Fields(Flatten())

  public init() {}
  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape { [input.count] }
  public func parameters(_ input: Shape) -> [ParameterSpecification] { [] }
  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor { input.flattened }
  public var traits: LayerTraits { LayerTraits(passesValuesOn: true, fixesSize: true) }
}

/// The same elements in another shape, `[channels, height, width]`, `[channels, length]` or `[features]`.
public struct Reshape: Layer {
  public static let kind = "reshape"
  public static let title = "Reshape"
  public static let summary = "The same elements in another shape."
  public static let fields = Fields(Reshape([1])) {
    Field(
      "shape", \.shape, .shape(most: 1_000_000, "one to three whole numbers from 1"),
      "features, channels and length, or channels, height and width", .required)
  }

  var shape: Shape

  public init(_ shape: Shape) { self.shape = shape }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    guard
      input.dimensions.reduce(1.0, { $0 * Double($1) }) == shape.dimensions.reduce(1.0, { $0 * Double($1) })
    else {
      throw HourglassError(
        .usage,
        "cannot turn \(input), \(input.count) elements, into \(shape); give a shape of as many elements")
    }
    return shape
  }

  public func parameters(_ input: Shape) -> [ParameterSpecification] { [] }
  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor { input.reshaped(to: shape) }
  public var traits: LayerTraits { LayerTraits(passesValuesOn: true, fixesSize: true) }
}

/// An activation as a layer of its own.
public struct ActivationLayer: Layer {
  public static let kind = "activation"
  public static let title = "Activation"
  public static let summary = "An activation as a layer of its own."
  public static let fields = Fields(ActivationLayer(.linear)) {
    Field("activation", \.activation, .required)
  }

  public var activation: Activation

  public init(_ activation: Activation) { self.activation = activation }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape { input }
  public func parameters(_ input: Shape) -> [ParameterSpecification] { [] }
  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor { activation(input) }
  public var traits: LayerTraits { LayerTraits(activation: activation) }
}
