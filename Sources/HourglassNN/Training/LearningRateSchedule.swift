import HourglassBase
import HourglassPlatform

/// How the learning rate changes while training goes on.
public struct LearningRateSchedule: Sendable, Hashable {
  public enum Shape: Sendable, Hashable {
    case constant
    /// Times `factor` after every `epochs` epochs.
    case step(epochs: Int, factor: Double)
    /// Down a half cosine from the full rate to `final` times it, over the whole run (Loshchilov & Hutter 2017).
    case cosine(final: Double)
    /// Times `factor` when the validation loss has not fallen by `minimumDelta` for `patience` epochs, not below
    /// `minimum` times the full rate; Keras's `ReduceLROnPlateau`.
    case reduceOnPlateau(factor: Double, patience: Int, minimumDelta: Double, minimum: Double)
  }

  public var shape: Shape
  /// Epochs over which the rate rises from zero first, step by step; may be a fraction.
  public var warmUpEpochs: Double

  public init(_ shape: Shape, warmUpEpochs: Double = 0) {
    self.shape = shape
    self.warmUpEpochs = warmUpEpochs
  }

  public static let constant = LearningRateSchedule(.constant)

  /// What the learning rate is multiplied by at update `update` (from 0) of `total`.
  func factor(update: Int, updatesPerEpoch: Int, total: Int) -> Double {
    let warmUp = warmUpEpochs * Double(updatesPerEpoch)
    let rising = Double(update) < warmUp ? Double(update + 1) / warmUp : 1
    switch shape {
    case .constant, .reduceOnPlateau:
      return rising
    case .step(let epochs, let factor):
      return rising * pow(factor, Double(update / updatesPerEpoch / max(epochs, 1)))
    case .cosine(let final):
      let length = max(Double(total) - warmUp, 1)
      let progress = min(max((Double(update) - warmUp) / length, 0), 1)
      return rising * (final + (1 - final) * 0.5 * (1 + cos(.pi * progress)))
    }
  }

  /// `schedule: cosine` or `schedule: {cosine: {final: 0.01}}`, and `warm_up_epochs`.
  static let fields = Fields(LearningRateSchedule.constant) {
    Field("schedule", \.shape, .schedule, "how the learning rate changes while training goes on")
    Field(
      "warm_up_epochs", \.warmUpEpochs, .number(0...100_000),
      "epochs over which the rate rises from zero first")
  }
}

// MARK: - In recipes

extension SettingType where Value == LearningRateSchedule.Shape {
  package static let schedule = variants(
    of: "schedule", like: "cosine: {final: 0.01}", LearningRateSchedule.Shape.forms)
}

extension LearningRateSchedule.Shape {
  fileprivate static let forms: [Variant<Self>] = [
    Variant("constant", "The same rate all the time.", .constant),
    Variant(
      "step", "Lower after every few epochs.",
      Fields((epochs: 1, factor: 0.1)) {
        Field("epochs", \.epochs, .whole(1...1_000_000), "epochs from one step to the next", .required)
        Field("factor", \.factor, .number(0...1), "what the rate is multiplied by at each", .written)
      }, make: { .step(epochs: $0.epochs, factor: $0.factor) },
      take: { if case .step(let epochs, let factor) = $0 { (epochs, factor) } else { nil } }),
    Variant(
      "cosine", "Down a half cosine over the whole run.",
      Fields(0.0) {
        Field("final", \.self, .number(0...1), "share of the rate that is left at the end", .written)
      }, make: { .cosine(final: $0) },
      take: { if case .cosine(let final) = $0 { final } else { nil } }),
    Variant(
      "reduce_on_plateau", "Lower when the validation loss no longer falls.",
      Fields((factor: 0.1, patience: 10, minimumDelta: 1e-4, minimum: 0.0)) {
        Field("factor", \.factor, .number(0.0001...0.9999), "what the rate is multiplied by", .written)
        Field("patience", \.patience, .whole(1...1_000_000), "epochs without a better loss", .written)
        Field("minimum_delta", \.minimumDelta, .number(0...1e6), "what counts as better", .written)
        Field("minimum", \.minimum, .number(0...1), "share of the full rate that is always left", .written)
      },
      make: {
        .reduceOnPlateau(
          factor: $0.factor, patience: $0.patience, minimumDelta: $0.minimumDelta, minimum: $0.minimum)
      },
      take: {
        guard case .reduceOnPlateau(let factor, let patience, let delta, let minimum) = $0 else { return nil }
        return (factor, patience, delta, minimum)
      }),
  ]
}
