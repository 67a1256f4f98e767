import HourglassBase
import HourglassGraph
import HourglassNN

/// Reconstruction with few active code units: `loss(decode(h), x) + lambda * sum of |h|`, with the code
/// `h = encode(x)`. The penalty is the sum over the code of one sample, so `lambda` weighs it against a mean over
/// pixels (Ng 2011, lecture notes on sparse autoencoders; the L1 form as in Goodfellow, Bengio & Courville 2016,
/// section 14.2.1).
public struct SparseL1: Objective {
  public static let kind = "sparse-l1"
  public static let summary = "Few active code units."
  public static let fields = Fields(SparseL1(lambda: 0)) {
    Field("lambda", \.lambda, .number(0...1e6), "weight of the penalty", .required)
    Field("loss", \.loss)
  }
  var lambda: Double
  var loss: Loss

  /// - Parameter lambda: weight of the penalty, at least 0.
  public init(lambda: Double, loss: Loss = .l2) {
    self.lambda = lambda
    self.loss = loss
  }

  public var traits: ObjectiveTraits { ObjectiveTraits(targets: loss.targets) }

  public func loss(_ sample: Tensor, _ model: ModelInGraph) -> SampleLoss {
    let code = model.encode(sample)
    let reconstruction = model.decode(code)
    return .init(
      loss(reconstruction, sample) + code.absolute.sum * lambda,
      metrics: [("mse", Loss.l2(reconstruction, sample))] + activity(of: code))
  }
}

/// How busy a code is: the mean of its units' absolute values, and the share of units above 0.01.
func activity(of code: Tensor) -> [(name: String, value: Tensor)] {
  [
    ("mean_activation", code.absolute.mean), ("active_share", code.absolute.greater(than: 0.01).mean),
  ]
}

extension Objective where Self == SparseL1 {
  public static func sparseL1(lambda: Double, loss: Loss = .l2) -> SparseL1 {
    SparseL1(lambda: lambda, loss: loss)
  }
}
