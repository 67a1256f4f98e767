import HourglassBase
import HourglassGraph

/// One step of a network: a value that says what it is, which parameters it has, and what it computes.
///
/// A new layer is one file that implements this. One of the library's also has a line in `LayerCatalogue`; one of yours
/// is made known to recipes and model files by `Catalogue.adding(_:)`.
public protocol Layer: Configurable {
  /// The name in summaries, as people know it from Keras, such as `Conv2D`.
  static var title: String { get }

  /// The shape it makes of `input`.
  ///
  /// - Throws: one sentence without the layer's name (the network adds it) when the input does not fit.
  func outputShape(_ input: Shape) throws(HourglassError) -> Shape

  func parameters(_ input: Shape) -> [ParameterSpecification]

  /// The computation for one sample.
  func apply(_ input: Tensor, _ context: LayerContext) -> Tensor

  /// What it is, for those who use it without knowing its type; plain numbers at any size where it says nothing.
  var traits: LayerTraits { get }

  /// Layers within it, applied one after another to its input; usually none. Their parameters are among its own, as
  /// `INDEX.NAME`, and they have rows of their own in summaries.
  var innerLayers: [any Layer] { get }
}

/// A parameter of a layer: its name within the layer, and how it starts.
public struct ParameterSpecification: Sendable {
  package var name: String
  package var shape: Shape
  var initializer: Initializer
  var fanIn: Int
  var fanOut: Int
  package var isTrainable = true
  var regularizer = Regularizer.none

  /// - Parameter isTrainable: moving averages are not trained.
  public init(
    _ name: String, _ shape: Shape, _ initializer: Initializer, fanIn: Int = 1, fanOut: Int = 1,
    isTrainable: Bool = true, regularizer: Regularizer = .none
  ) {
    self.name = name
    self.shape = shape
    self.initializer = initializer
    self.fanIn = fanIn
    self.fanOut = fanOut
    self.isTrainable = isTrainable
    self.regularizer = regularizer
  }
}

/// A penalty on weights or activations: `l1 * sum of absolute values + l2 * sum of squares`, as in Keras.
public struct Regularizer: Sendable, Hashable {
  public var l1: Double
  public var l2: Double

  public init(l1: Double = 0, l2: Double = 0) {
    self.l1 = l1
    self.l2 = l2
  }

  public static let none = Regularizer()

  /// The penalty; nil where there is none.
  func callAsFunction(_ x: Tensor) -> Tensor? {
    let absolute = l1 == 0 ? nil : x.absolute.sum * l1
    let square = l2 == 0 ? nil : x.square.sum * l2
    if let absolute, let square { return absolute + square }
    return absolute ?? square
  }

  static let fields = Fields(Regularizer.none) {
    Field("l1", \.l1, .number(0...1e6), "weight of the sum of absolute values", .written)
    Field("l2", \.l2, .number(0...1e6), "weight of the sum of squares", .written)
  }
}

extension SettingType where Value == Regularizer {
  /// `{l1: ..., l2: ...}`.
  public static var regularizer: Self { .nested(Regularizer.fields) }
}

/// What a layer sees while the graph is built.
public final class LayerContext {
  public let builder: GraphBuilder
  /// Dropout drops and batch normalisation uses the batch's own statistics only then.
  public let isTraining: Bool
  /// The layer's name, such as `encoder.0`.
  package internal(set) var scope = ""
  /// Penalties per sample (on activations) and shared (on weights) to be added to the loss.
  package private(set) var penalties: [Tensor] = []
  /// New values that parameters take after a step, by full name.
  package private(set) var assignments: [(parameter: String, value: Tensor)] = []
  /// The code's distribution, once a layer that makes one has been applied.
  public var posterior: Posterior?
  /// The code in whole steps and its distribution, once a layer that makes one has been applied.
  package var quantizedCode: QuantizedCodeInGraph?
  /// What a model that is told a level is told of this sample, a scalar; nil for its usual one.
  package var level: Tensor?

  package init(builder: GraphBuilder, isTraining: Bool) {
    self.builder = builder
    self.isTraining = isTraining
  }

  /// The layer's own parameter.
  public func parameter(_ specification: ParameterSpecification) -> Tensor {
    builder.parameter("\(scope).\(specification.name)", shape: specification.shape)
  }

  public func penalize(_ tensor: Tensor, _ regularizer: Regularizer) {
    if let penalty = regularizer(tensor) { penalties.append(penalty) }
  }

  /// The shared number that `progress` reads.
  package static let progressName = "training.progress"

  /// Epochs done, the part of the current one included: what a schedule within a loss follows while training.
  public var progress: Tensor { builder.parameter(Self.progressName, shape: .scalar) }

  /// What begins the names of parameters that are drawn anew before each training step.
  package static let drawnPrefix = "training.drawn."

  /// Units of a layer of which each training step computes some.
  package struct DrawnUnits: Sendable {
    /// Of the shared numbers, 1 for each unit that is computed and 0 for the others.
    package var name: String
    package var count: Int
    package var share: Double
  }

  package private(set) var drawnUnits: [DrawnUnits] = []

  /// Which units of the layer a training step computes: 1 for a share of them, drawn anew for each step, 0 for the others.
  func drawnUnits(_ count: Int, share: Double) -> Tensor {
    let name = "\(Self.drawnPrefix)\(scope)"
    drawnUnits.append(DrawnUnits(name: name, count: count, share: share))
    return builder.parameter(name, shape: [count])
  }

  /// After a training step the layer's parameter `name` takes this value.
  public func assign(_ name: String, _ value: Tensor) {
    assignments.append(("\(scope).\(name)", value))
  }
}
