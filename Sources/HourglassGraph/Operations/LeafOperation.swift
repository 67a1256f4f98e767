import HourglassBase

/// Where values come from: operations without inputs.
package enum LeafOperation: Hashable, Sendable {
  /// Data of the sample, by name.
  case input(String)
  /// A shared tensor that training changes, by name.
  case parameter(String)
  /// Every element is this number; shared.
  case constant(Double)
  /// A vector whose element `i` is `i`; shared.
  case positions
  /// A draw per element, keyed by seed, epoch, sample and `stream`; per sample. A stream with the bit
  /// `RandomDistribution.fixedStream` has the draws of epoch 0 in every epoch but an evaluation's.
  case random(RandomDistribution, stream: UInt32)
}

/// The distributions of `LeafOperation.random`.
public enum RandomDistribution: String, Hashable, Sendable {
  /// [0, 1).
  case uniform
  /// Mean 0, standard deviation 1.
  case normal

  /// Marks streams whose draws do not change from epoch to epoch.
  static let fixedStream: UInt32 = 1 << 31
}

extension LeafOperation: OperationFamily {
  var name: String {
    switch self {
    case .input(let name): "input \(name)"
    case .parameter(let name): "parameter \(name)"
    case .constant(let value): "constant \(value)"
    case .positions: "positions"
    case .random(let distribution, let stream): "random \(distribution.rawValue) stream \(stream)"
    }
  }

  func isPerSample(inputs: [Bool]) -> Bool {
    switch self {
    case .input, .random: true
    case .parameter, .constant, .positions: false
    }
  }

  var lanedInputs: Int? { nil }

  func expectedShapes(inputs: [Shape], result: Shape) -> (inputs: [Shape], result: Shape)? {
    guard inputs.isEmpty else { return nil }
    switch self {
    case .positions: return result.rank == 1 ? ([], result) : nil
    case .input, .parameter, .constant, .random: return ([], result)
    }
  }

  func contribution(to position: Int, inputs: [Tensor], result: Tensor, adjoint: Tensor) -> Tensor? { nil }
}
