import HourglassGraph

/// Layers one after another, under a name that begins the names of their parameters: `encoder.0.weight`.
public struct Network: Sendable {
  public var name: String
  public var layers: [any Layer]

  public init(_ name: String, _ layers: [any Layer]) {
    self.name = name
    self.layers = layers
  }

  public func scope(_ index: Int) -> String { "\(name).\(index)" }

  /// The shape after each layer.
  ///
  /// - Throws: `HourglassError` naming the layer, its input and what it wanted.
  public func shapes(_ input: Shape) throws(HourglassError) -> [Shape] {
    var shape = input
    var shapes: [Shape] = []
    for (index, layer) in layers.enumerated() {
      do {
        shape = try layer.outputShape(shape)
      } catch {
        throw HourglassError(error.code, "Layer \(scope(index)) (\(type(of: layer).title)) \(error.message).")
      }
      guard shape.dimensions.reduce(1.0, { $0 * Double($1) }) <= 16_777_216 else {
        throw HourglassError(
          .usage,
          "Layer \(scope(index)) (\(type(of: layer).title)) makes \(shape), more than 16,777,216 elements a "
            + "sample; make the model or its input smaller.")
      }
      shapes.append(shape)
    }
    return shapes
  }

  /// A row of a summary.
  public struct Row: Sendable {
    public var name: String
    public var title: String
    public var shape: Shape
    public var parameters: [ParameterSpecification]
    public var parameterCount: Int { parameters.map(\.shape.count).reduce(0, +) }
  }

  public func rows(_ input: Shape) throws(HourglassError) -> [Row] {
    let shapes = try shapes(input)
    return layers.indices.map { index in
      Row(
        name: scope(index), title: type(of: layers[index]).title, shape: shapes[index],
        parameters: layers[index].parameters(index == 0 ? input : shapes[index - 1]))
    }
  }

  /// The computation; the shapes must have been checked.
  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    var tensor = input
    let outer = (context.scope, context.builder.scope)
    defer { (context.scope, context.builder.scope) = outer }
    for (index, layer) in layers.enumerated() {
      context.scope = scope(index)
      context.builder.scope = scope(index)
      tensor = layer.apply(tensor, context)
    }
    return tensor
  }
}
