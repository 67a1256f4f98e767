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

  private enum Name: String, CaseIterable {
    case constant, step, cosine
    case reduceOnPlateau = "reduce_on_plateau"
  }

  /// Reads `schedule: cosine` or `schedule: {cosine: {final: 0.01}}`, and `warm_up_epochs`.
  init(_ reader: SettingsReader) throws(HourglassError) {
    warmUpEpochs = try reader.double("warm_up_epochs", in: 0...100_000, default: 0)
    let path = "\(reader.path).schedule"
    let (text, settings) = try (reader.value("schedule") ?? .string(Name.constant.rawValue)).nameAndSettings(
      of: "schedule", like: "cosine: {final: 0.01}", path: path)
    guard let name = Name(rawValue: text) else {
      throw unknownName(text, what: path, among: Name.allCases.map(\.rawValue))
    }
    let inner = try SettingsReader(settings, path: "\(path).\(text)")
    switch name {
    case .constant:
      shape = .constant
    case .step:
      shape = .step(
        epochs: try inner.int("epochs", in: 1...1_000_000),
        factor: try inner.double("factor", in: 0...1, default: 0.1))
    case .cosine:
      shape = .cosine(final: try inner.double("final", in: 0...1, default: 0))
    case .reduceOnPlateau:
      shape = .reduceOnPlateau(
        factor: try inner.double("factor", in: 0.0001...0.9999, default: 0.1),
        patience: try inner.int("patience", in: 1...1_000_000, default: 10),
        minimumDelta: try inner.double("minimum_delta", in: 0...1e6, default: 1e-4),
        minimum: try inner.double("minimum", in: 0...1, default: 0))
    }
    try inner.finish()
  }

  var settings: [Setting] {
    var result: [Setting] = []
    switch shape {
    case .constant:
      break
    case .step(let epochs, let factor):
      result.append(schedule(.step, [Setting("epochs", epochs), Setting("factor", factor)]))
    case .cosine(let final):
      result.append(schedule(.cosine, [Setting("final", final)]))
    case .reduceOnPlateau(let factor, let patience, let minimumDelta, let minimum):
      result.append(
        schedule(
          .reduceOnPlateau,
          [
            Setting("factor", factor), Setting("patience", patience), Setting("minimum_delta", minimumDelta),
            Setting("minimum", minimum),
          ]))
    }
    if warmUpEpochs > 0 { result.append(Setting("warm_up_epochs", warmUpEpochs)) }
    return result
  }

  private func schedule(_ name: Name, _ settings: [Setting]) -> Setting {
    Setting("schedule", .map([Setting(name.rawValue, .map(settings))]))
  }
}
