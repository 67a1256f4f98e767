import HourglassBase

/// Everything a graph can do, in families. The list is closed: a gradient is built from the same operations, so a
/// gradient can be differentiated again. No `switch` over it or over a family has a `default:`, so that the
/// compiler lists what a new case needs.
///
/// "Per sample" values exist once for every sample of a batch; "shared" values (parameters and what is computed
/// from them alone) exist once.
package enum Operation: Hashable, Sendable {
  /// Where values come from.
  case leaf(LeafOperation)
  /// Products with shared weights, and their adjoints.
  case linear(LinearOperation)
  /// Windows that move over images: pooling and resampling.
  case window(WindowOperation)
  /// A function of each element.
  case elementwise(ElementwiseOperation)
  /// The same elements in other places.
  case movement(MovementOperation)
  /// All elements along an axis taken together.
  case alongAxis(AxisOperation)
  /// From each sample's values to shared ones, and back.
  case acrossSamples(AcrossSamplesOperation)
}

/// What a family says about its operations, side by side in one file.
protocol OperationFamily {
  /// As printed.
  var name: String { get }

  /// Whether the result exists once a sample.
  func isPerSample(inputs: [Bool]) -> Bool

  /// How many inputs are per sample, where the kernels work in lanes only (the others are shared weights); nil
  /// where any may be.
  var lanedInputs: Int? { get }

  /// The shapes the operation demands, taking `result` where it is free; nil for inputs that no result fits.
  func expectedShapes(inputs: [Shape], result: Shape) -> (inputs: [Shape], result: Shape)?

  /// What the adjoint of the result adds to the adjoint of input `position`; nil for nothing.
  func contribution(to position: Int, inputs: [Tensor], result: Tensor, adjoint: Tensor) -> Tensor?
}

extension Operation {
  var family: any OperationFamily {
    switch self {
    case .leaf(let operation): operation
    case .linear(let operation): operation
    case .window(let operation): operation
    case .elementwise(let operation): operation
    case .movement(let operation): operation
    case .alongAxis(let operation): operation
    case .acrossSamples(let operation): operation
    }
  }

  /// The operation's name, as printed.
  package var name: String { family.name }
}
