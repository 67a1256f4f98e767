import HourglassBase
import HourglassGraph

/// What a model may be at most; more is a mistake or an attack, and is refused before memory is taken for it.
package enum ModelLimits {
  /// Parameters of a model: 2^28, a gibibyte of weights.
  package static let parameters = 268_435_456
  /// Elements that one layer makes of a sample: 2^24.
  package static let elements = 16_777_216
  /// Elements that all layers together make of a sample: 2^26. They are held for sixteen samples at a time.
  package static let allElements = 67_108_864
  /// Channels, rows or columns of an image.
  package static let axis = 65_536
}

extension Shape {
  /// `count` where it may not fit an integer.
  var size: Double { dimensions.reduce(1.0) { $0 * Double($1) } }
}

/// Layers one after another, under a name that begins the names of their parameters: `encoder.0.weight`.
public struct Network: Sendable {
  var name: String
  public var layers: [any Layer]

  package init(_ name: String, _ layers: [any Layer]) {
    self.name = name
    self.layers = layers
  }

  package func scope(_ index: Int) -> String { "\(name).\(index)" }

  /// `Layer encoder.0 (Conv2D)`, for messages.
  private func label(_ index: Int) -> String { "Layer \(scope(index)) (\(type(of: layers[index]).title))" }

  /// The shape after each layer.
  ///
  /// - Throws: `HourglassError` naming the layer, its input and what it wanted, or the limit it exceeds.
  package func shapes(_ input: Shape) throws(HourglassError) -> [Shape] {
    var shape = input
    var shapes: [Shape] = []
    for (index, layer) in layers.enumerated() {
      do {
        shape = try layer.outputShape(shape)
        try Self.checkSize(shape)
      } catch {
        throw HourglassError(error.code, "\(label(index)) \(error.fact)", remedies: error.remedies)
      }
      shapes.append(shape)
    }
    return shapes
  }

  /// - Throws: one sentence without the layer's name when it makes too much, or nothing.
  static func checkSize(_ shape: Shape) throws(HourglassError) {
    guard shape.dimensions.allSatisfy({ $0 > 0 }) else {
      throw HourglassError(.usage, "makes \(shape), which is empty; change its sizes")
    }
    guard shape.size <= Double(ModelLimits.elements) else {
      throw HourglassError(
        .usage,
        "makes \(shape), more than 16,777,216 elements a sample; make the model or its input smaller")
    }
    guard shape.rank == 1 || shape.dimensions.allSatisfy({ $0 <= ModelLimits.axis }) else {
      throw HourglassError(
        .usage, "makes \(shape), with more than 65,536 channels, rows or columns; make it smaller")
    }
  }

  /// A row of a summary.
  package struct Row: Sendable {
    package var name: String
    package var title: String
    package var shape: Shape
    /// Its own; those of layers within it have rows of their own.
    package var parameters: [ParameterSpecification]
    /// Its own, too.
    package var traits: LayerTraits
    package var parameterCount: Int { parameters.map(\.shape.count).reduce(0, +) }
  }

  /// One row a layer; those within another come before it, as `encoder.1.0`.
  ///
  /// - Throws: `HourglassError` (usage) naming the layer that does not fit or is too large.
  package func rows(_ input: Shape) throws(HourglassError) -> [Row] {
    let shapes = try shapes(input)
    var rows: [Row] = []
    for index in layers.indices {
      let taken = index == 0 ? input : shapes[index - 1]
      let inner = layers[index].innerLayers
      rows += try Network(scope(index), inner).rows(taken)
      let parameters = layers[index].parameters(taken).filter { parameter in
        !inner.indices.contains { parameter.name.hasPrefix("\($0).") }
      }
      let count = parameters.map(\.shape.size).reduce(0, +)
      guard count <= Double(ModelLimits.parameters) else {
        throw HourglassError(
          .usage,
          "\(label(index)) has parameters of the shapes "
            + "\(parameters.map(\.shape.description).joined(separator: " and ")), and a model may have "
            + "268,435,456 numbers at most; make the layer or its input smaller.")
      }
      rows.append(
        Row(
          name: scope(index), title: type(of: layers[index]).title, shape: shapes[index],
          parameters: parameters, traits: layers[index].traits))
    }
    return rows
  }

  /// The computation; the shapes must have been checked.
  package func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
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
