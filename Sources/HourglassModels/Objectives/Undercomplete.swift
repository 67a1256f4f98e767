import HourglassBase
import HourglassGraph
import HourglassNN

/// Reconstruction through a code smaller than the input: `loss(decode(encode(x)), x)` (Rumelhart, Hinton &
/// Williams 1986; Hinton & Salakhutdinov 2006).
public struct Undercomplete: Objective {
  public static let kind = "undercomplete"
  public static let summary = "Reconstruction through a code smaller than the sample."
  public static let fields = Fields(Undercomplete()) {
    Field("loss", \.loss)
  }
  package var loss: Loss

  public init(loss: Loss = .l2) { self.loss = loss }

  public var traits: ObjectiveTraits { ObjectiveTraits(targets: loss.targets) }

  public func loss(_ sample: Tensor, _ model: ModelInGraph) -> SampleLoss {
    let reconstruction = model.reconstruct(sample)
    return .init(
      loss(reconstruction, sample), metrics: [("mse", Loss.l2(reconstruction, sample))])
  }
}

extension Objective where Self == Undercomplete {
  public static func undercomplete(_ loss: Loss = .l2) -> Undercomplete { Undercomplete(loss: loss) }
}
