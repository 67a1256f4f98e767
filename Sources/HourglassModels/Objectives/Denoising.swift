import HourglassBase
import HourglassGraph
import HourglassNN

/// Reconstruction of the clean sample from a corrupted one: `loss(decode(encode(corrupt(x))), x)` (Vincent et al.
/// 2008). The corruption is drawn afresh for every sample and epoch.
public struct Denoising: Objective {
  public static let kind = "denoising"
  public static let summary = "The clean sample from a corrupted one."
  public static let fields = Fields(Denoising(.gaussian(0))) {
    Field("corruption", \.corruption, .corruption, "how samples are spoilt", .required)
    Field("loss", \.loss)
  }
  var corruption: Corruption
  var loss: Loss

  public init(_ corruption: Corruption, loss: Loss = .l2) {
    self.corruption = corruption
    self.loss = loss
  }

  public func loss(_ sample: Tensor, _ model: ModelInGraph) -> SampleLoss {
    let reconstruction = model.reconstruct(shown(sample, model))
    return .init(
      loss(reconstruction, sample), metrics: [("mse", Loss.l2(reconstruction, sample))])
  }

  public func check(_ model: Autoencoder) throws(HourglassError) {
    try corruption.process.check(model.input)
    guard let level = model.level else { return }
    guard let strengths = corruption.process.strengths else {
      throw HourglassError(
        .usage,
        "model.level tells the encoder a deviation, but the corruption \(type(of: corruption.process).kind) has none; leave it "
          + "out, or use blur or gaussian.")
    }
    guard strengths ~= level else {
      throw HourglassError(
        .usage,
        "model.level is \(level), but the corruption's deviation is from \(strengths.lowerBound) to "
          + "\(strengths.upperBound); choose one of these.")
    }
  }

  public func shown(_ sample: Tensor, _ model: ModelInGraph) -> Tensor {
    let (spoilt, strength) = corruption.applied(to: sample, as: model.model.input)
    model.tell(level: strength)
    return spoilt
  }

  public var traits: ObjectiveTraits { ObjectiveTraits(corruption: corruption, targets: loss.targets) }
}

extension Objective where Self == Denoising {
  public static func denoising(_ corruption: Corruption, loss: Loss = .l2) -> Denoising {
    Denoising(corruption, loss: loss)
  }
}
