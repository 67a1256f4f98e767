import HourglassBase
import HourglassGraph

/// Layers whose value is added to their input: `x + f(x)` (He et al. 2016). What they learn is the difference, and
/// gradients pass by them unhindered; around a denoiser's middle it lets the picture through and leaves the noise to
/// them (Zhang et al. 2017).
///
/// In a recipe it is the list of its layers, in which a residual may stand again:
///
/// ```yaml
/// - residual:
///     - conv2d: {filters: 32, kernel: 3, activation: relu}
///     - conv2d: {filters: 32, kernel: 3}
/// ```
///
/// In Swift:
///
/// ```swift
/// Residual([Conv2D(32, kernel: 3, activation: .relu), Conv2D(32, kernel: 3)])
/// ```
public struct Residual: Layer {
  public static let kind = "residual"
  public static let title = "Residual"
  public static let summary = "Layers whose value is added to their input."
  public static let fields = Fields(Residual([]), bare: .list("layers")) {
    Field(
      "layers", \.layers, .list(of: .inResidual, 1...1000, what: "layers"), "what is added to the input",
      .required)
  }

  var layers: [any Layer]

  /// - Parameter layers: at least one; together they keep the shape.
  public init(_ layers: [any Layer]) { self.layers = layers }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    guard let output = try shapes(input).last, output == input else {
      throw HourglassError(
        .usage,
        "adds its input \(input) to what its layers make of it, \(try shapes(input).last ?? []); make both equal"
      )
    }
    return output
  }

  /// After each layer.
  private func shapes(_ input: Shape) throws(HourglassError) -> [Shape] {
    var shape = input
    var shapes: [Shape] = []
    for (index, layer) in layers.enumerated() {
      do {
        shape = try layer.outputShape(shape)
        try Network.checkSize(shape)
      } catch {
        throw HourglassError(
          error.code, "has a layer \(index) (\(type(of: layer).title)) that \(error.fact)",
          remedies: error.remedies)
      }
      shapes.append(shape)
    }
    return shapes
  }

  /// The shapes that the layers take; theirs must have been checked.
  private func inputs(_ input: Shape) -> [Shape] {
    var shapes = [input]
    for layer in layers.dropLast() {
      guard let shape = try? layer.outputShape(shapes[shapes.count - 1]) else {
        preconditionFailure("shapes are checked before parameters are made")
      }
      shapes.append(shape)
    }
    return shapes
  }

  public func parameters(_ input: Shape) -> [ParameterSpecification] {
    zip(layers, inputs(input)).enumerated().flatMap { index, part in
      part.0.parameters(part.1).map { specification in
        var specification = specification
        specification.name = "\(index).\(specification.name)"
        return specification
      }
    }
  }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    input + Network(context.scope, layers).apply(input, context)
  }

  public var innerLayers: [any Layer] { layers }
}

extension SettingType where Value == any Layer {
  /// A layer that may stand within a residual.
  fileprivate static var inResidual: Self {
    .layer.converted(
      { (layer, place) throws(HourglassError) in
        guard !layer.traits.standsForItself else {
          throw HourglassError(
            .usage,
            "\(place.path) is \(type(of: layer).kind), which stands for itself in an encoder or decoder; take it out of "
              + "the residual.")
        }
        return layer
      }, back: { $0 })
  }
}
