import HourglassGraph

/// A vector and what two dense layers add to it: `x + V relu(W x + b) + c` (He, Zhang, Ren & Sun 2016, "Deep residual learning
/// for image recognition"). `V` begins as zeros, so the layer begins by changing nothing: it refines what the layers
/// around it do already.
///
/// ```swift
/// Residual(256)
/// ```
public struct Residual: Layer {
  public static let kind = "residual"
  public static let title = "Residual"

  /// Features between the two layers.
  public var units: Int
  public var initializer: Initializer

  /// - Parameter units: at least 1.
  public init(_ units: Int, initializer: Initializer = .heUniform) {
    self.units = units
    self.initializer = initializer
  }

  public init(_ reader: SettingsReader) throws(HourglassError) {
    units = try reader.int("units", in: 1...1_000_000)
    initializer = Initializer(
      try reader.choice("initializer", Initializer.Name.self, default: .heUniform))
  }

  public var settings: [Setting] {
    [Setting("units", units)]
      + (initializer == .heUniform ? [] : [Setting("initializer", initializer.name.rawValue)])
  }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    guard input.rank == 1 else {
      throw HourglassError(.usage, "takes a vector, but gets \(input); put a flatten layer before it")
    }
    return input
  }

  public func parameters(_ input: Shape) -> [ParameterSpecification] {
    let size = input[0]
    return [
      ParameterSpecification("inner_weight", [units, size], initializer, fanIn: size, fanOut: units),
      ParameterSpecification("inner_bias", [units], .zeros),
      ParameterSpecification("outer_weight", [size, units], .zeros, fanIn: units, fanOut: size),
      ParameterSpecification("outer_bias", [size], .zeros),
    ]
  }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let parameters = parameters(input.shape).map { context.parameter($0) }
    let hidden = (input.multiplied(by: parameters[0]) + parameters[1]).relu
    return input + (hidden.multiplied(by: parameters[2]) + parameters[3])
  }
}
