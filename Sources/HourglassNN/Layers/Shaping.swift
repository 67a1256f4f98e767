import HourglassBase
import HourglassGraph

/// All elements of an image in a row: channels, then rows, then columns.
public struct Flatten: Layer {
  public static let kind = "flatten"
  public static let title = "Flatten"

  public init() {}
  public init(_ reader: SettingsReader) throws(HourglassError) {}
  public var settings: [Setting] { [] }
  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape { [input.count] }
  public func parameters(_ input: Shape) -> [ParameterSpecification] { [] }
  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor { input.flattened }
  public var traits: LayerTraits { LayerTraits(passesValuesOn: true, fixesSize: true) }
}

/// The same elements in another shape, `[channels, height, width]`, `[channels, length]` or `[features]`.
public struct Reshape: Layer {
  public static let kind = "reshape"
  public static let title = "Reshape"

  public var shape: Shape

  public init(_ shape: Shape) { self.shape = shape }

  public init(_ reader: SettingsReader) throws(HourglassError) {
    let list = try reader.list("shape")
    let dimensions = list.compactMap { value -> Int? in
      if case .number(let number) = value, let whole = Int(exactly: number), 1...1_000_000 ~= whole {
        whole
      } else {
        nil
      }
    }
    guard dimensions.count == list.count, 1...3 ~= dimensions.count else {
      throw HourglassError(
        .usage,
        "\(reader.path).shape is \(SettingValue.list(list).shortText), but must be one to three whole numbers from 1."
      )
    }
    shape = Shape(dimensions)
  }

  public var settings: [Setting] {
    [Setting("shape", .list(shape.dimensions.map { .number(Double($0)) }))]
  }

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

  public var activation: Activation

  public init(_ activation: Activation) { self.activation = activation }

  public init(_ reader: SettingsReader) throws(HourglassError) {
    activation = try Activation(reader, default: nil)
  }

  public var settings: [Setting] {
    activation == .linear ? [Setting("activation", "linear")] : activation.settings
  }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape { input }
  public func parameters(_ input: Shape) -> [ParameterSpecification] { [] }
  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor { activation(input) }
  public var traits: LayerTraits { LayerTraits(activation: activation) }
}
