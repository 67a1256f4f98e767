import HourglassBase
import HourglassGraph

/// How far a reconstruction is from its target. One of your own is a `LossFunction`.
public struct Loss: Sendable, Hashable {
  let function: any LossFunction

  public init(_ function: any LossFunction) { self.function = function }

  /// Mean absolute error.
  public static let l1 = Loss(AbsoluteError())
  /// Mean squared error.
  public static let l2 = Loss(SquaredError())
  /// Squared (halved) within `delta`, linear beyond (Huber 1964).
  public static func huber(delta: Double) -> Loss { Loss(Huber(delta: delta)) }
  /// Cross-entropy of each element as a probability: exact for what a sigmoid gave, else clipped to 1e-7 from 0 and 1.
  public static let binaryCrossEntropy = Loss(BinaryCrossEntropy())

  /// One number a sample, for tensors of one shape.
  public func callAsFunction(_ prediction: Tensor, _ target: Tensor) -> Tensor {
    // Units that a step leaves out are 0, and so is what they are compared with.
    function.distance(prediction, prediction.mask.map { target * $0 } ?? target)
  }

  /// The name in recipes.
  package var name: String { type(of: function).kind }

  /// Where targets must lie for the loss to mean something; nil where any number will do.
  public var targets: ClosedRange<Double>? { function.targets }

  public static func == (first: Loss, second: Loss) -> Bool {
    AnyHashable(first.function) == AnyHashable(second.function)
  }

  public func hash(into hasher: inout Hasher) { function.hash(into: &hasher) }
}

/// A distance between a reconstruction and its target.
///
/// A new one is a type like those below; `Catalogue.adding(_:)` makes it known to recipes and model files.
public protocol LossFunction: Configurable, Hashable {
  /// One number a sample, for tensors of one shape: a mean over their elements, as Keras's losses are.
  func distance(_ prediction: Tensor, _ target: Tensor) -> Tensor

  /// Where targets must lie for the loss to mean something; nil, the default, where any number will do. Training and
  /// evaluation refuse samples with others.
  var targets: ClosedRange<Double>? { get }
}

extension LossFunction {
  public var targets: ClosedRange<Double>? { nil }
}

extension Catalogue {
  /// A new loss of the library's is one line here.
  package var losses: [any LossFunction.Type] {
    kinds([AbsoluteError.self, SquaredError.self, Huber.self, BinaryCrossEntropy.self])
  }
}

extension Field {
  /// A loss, with its settings beside it.
  public init(
    _ name: String, _ path: WritableKeyPath<Owner, Loss> & Sendable, _ presence: Presence = .written
  ) {
    self.init(
      name, beside: path, presence, "how far a reconstruction is from its target", among: { $0.losses },
      make: { ($0 as? any LossFunction).map(Loss.init) }, part: \.function)
  }
}

// MARK: - The library's

struct AbsoluteError: LossFunction {
  static let kind = "l1"
  static let aliases = ["mae"]
  static let summary = "Mean absolute error."
  static let fields = Fields(AbsoluteError())
  func distance(_ prediction: Tensor, _ target: Tensor) -> Tensor {
    (prediction - target).absolute.mean
  }
}

struct SquaredError: LossFunction {
  static let kind = "l2"
  static let aliases = ["mse"]
  static let summary = "Mean squared error."
  static let fields = Fields(SquaredError())
  func distance(_ prediction: Tensor, _ target: Tensor) -> Tensor { (prediction - target).square.mean }
}

/// Huber 1964.
struct Huber: LossFunction {
  static let kind = "huber"
  static let summary = "Squared (halved) within delta, linear beyond."
  static let fields = Fields(Huber()) {
    Field("delta", \.delta, .number(1e-6...1e6), "where huber turns from squared to linear", .written)
  }
  var delta: Double

  init(delta: Double = 1) { self.delta = delta }

  func distance(_ prediction: Tensor, _ target: Tensor) -> Tensor {
    let size = (prediction - target).absolute
    let quadratic = size.minimum(delta)
    return (quadratic * (size - quadratic * 0.5)).mean
  }
}

/// Each element is a probability: exact for what a sigmoid gave, else clipped to 1e-7 from 0 and 1.
struct BinaryCrossEntropy: LossFunction {
  static let kind = "binary_crossentropy"
  static let aliases = ["bce"]
  static let summary = "Cross-entropy of each element as a probability."
  static let fields = Fields(BinaryCrossEntropy())
  var targets: ClosedRange<Double>? { 0...1 }

  func distance(_ prediction: Tensor, _ target: Tensor) -> Tensor {
    // -t log s(z) - (1 - t) log(1 - s(z)) = softplus(z) - t z, where nothing overflows and nothing is clipped.
    if let logits = prediction.logits { return (logits.softplus - target * logits).mean }
    let probability = prediction.clamped(1e-7...(1 - 1e-7))
    return -(target * probability.logarithm + (1 - target) * (1 - probability).logarithm).mean
  }
}
