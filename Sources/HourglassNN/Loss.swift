import HourglassBase
import HourglassGraph

/// How far a reconstruction is from its target: the mean over a sample's elements, as Keras's losses.
public enum Loss: Sendable, Hashable {
  /// Mean absolute error.
  case l1
  /// Mean squared error.
  case l2
  /// Squared (halved) within `delta`, linear beyond (Huber 1964).
  case huber(delta: Double)
  /// Cross-entropy of each element as a probability: exact for what a sigmoid gave, else clipped to 1e-7 from 0 and 1.
  case binaryCrossEntropy

  /// One number a sample, for tensors of one shape.
  public func callAsFunction(_ prediction: Tensor, _ target: Tensor) -> Tensor {
    let difference = prediction - target
    switch self {
    case .l1:
      return difference.absolute.mean
    case .l2:
      return difference.square.mean
    case .huber(let delta):
      let size = difference.absolute
      let quadratic = size.minimum(delta)
      return (quadratic * (size - quadratic * 0.5)).mean
    case .binaryCrossEntropy:
      // -t log s(z) - (1 - t) log(1 - s(z)) = softplus(z) - t z, where nothing overflows and nothing is clipped.
      if let logits = prediction.logits { return (logits.softplus - target * logits).mean }
      let probability = prediction.clamped(1e-7...(1 - 1e-7))
      return -(target * probability.logarithm + (1 - target) * (1 - probability).logarithm).mean
    }
  }

  /// The name in recipes.
  public var name: String {
    switch self {
    case .l1: "l1"
    case .l2: "l2"
    case .huber: "huber"
    case .binaryCrossEntropy: "binary_crossentropy"
    }
  }

  /// Reads `loss`, with `delta` beside it for `huber`.
  public init(_ reader: SettingsReader) throws(HourglassError) {
    let name = try reader.string("loss", default: "l2")
    switch name {
    case "l1", "mae": self = .l1
    case "l2", "mse": self = .l2
    case "huber": self = .huber(delta: try reader.double("delta", in: 1e-6...1e6, default: 1))
    case "binary_crossentropy", "bce": self = .binaryCrossEntropy
    default:
      throw unknownName(
        name, what: reader.path.isEmpty ? "loss" : "\(reader.path).loss",
        among: ["l1", "l2", "mae", "mse", "huber", "binary_crossentropy"])
    }
  }
}

extension Loss {
  /// The inverse of reading.
  public var settings: [Setting] {
    switch self {
    case .huber(let delta): [Setting("loss", name), Setting("delta", delta)]
    case .l1, .l2, .binaryCrossEntropy: [Setting("loss", name)]
    }
  }
}
