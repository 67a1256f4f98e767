import Foundation
import HourglassBase

/// A column of the table of runs.
package struct RunColumn: Sendable {
  /// As programs read it, and as people may type it.
  package let name: String
  /// Above the column, which people may type as well.
  package let heading: String
  /// Whether its values are numbers, which stand at the right.
  package let isNumber: Bool
  let value: @Sendable (RunSummary) -> RunValue
  private let shown: @Sendable (RunValue, RunSummary) -> String
  /// Whether its values are paths, of which the end says most.
  package let isPath: Bool

  private init(
    _ name: String, _ heading: String? = nil, isNumber: Bool = false, isPath: Bool = false,
    shown: @escaping @Sendable (RunValue, RunSummary) -> String = { value, _ in value.plainText },
    _ value: @escaping @Sendable (RunSummary) -> RunValue
  ) {
    (self.name, self.heading, self.isNumber, self.isPath) = (name, heading ?? name, isNumber, isPath)
    (self.value, self.shown) = (value, shown)
  }

  private static func number(
    _ name: String, _ heading: String? = nil, digits: Int = 5,
    _ value: @escaping @Sendable (RunSummary) -> RunValue
  ) -> RunColumn {
    RunColumn(
      name, heading, isNumber: true,
      shown: { value, _ in
        guard case .number(let value) = value else { return value.plainText }
        return Int(exactly: value).map(String.init) ?? String(format: "%.\(digits)g", value)
      }, value)
  }

  // MARK: - Those that every table has

  static let run = RunColumn("run", isPath: true) { RunValue($0.path) }
  static let kind = RunColumn("kind") { RunValue($0.kind.rawValue) }
  static let state = RunColumn("state") { RunValue($0.state.rawValue) }
  static let recipe = RunColumn("recipe") { RunValue($0.recipe) }
  static let data = RunColumn(
    "data", shown: { value, _ in value.plainText.lastPathPart ?? "" }, { RunValue($0.data) })
  /// With those that were asked for, where a run is on its way to them or ended before.
  static let epochs = RunColumn(
    "epochs", isNumber: true,
    shown: { value, run in
      guard let planned = run.plannedEpochs, planned != run.epochs else { return value.plainText }
      return "\(value.plainText)/\(planned)"
    }, { RunValue($0.epochs) })
  static let plannedEpochs = number("planned_epochs", "planned") { RunValue($0.plannedEpochs) }
  static let trainLoss = number("train_loss", "loss") { RunValue($0.trainLoss) }
  static let validationLoss = number("validation_loss", "validation") { RunValue($0.validationLoss) }
  static let seconds = number("seconds", digits: 4) { RunValue($0.seconds) }
  static let samplesPerSecond = RunColumn(
    "samples_per_second", "samples/s", isNumber: true,
    shown: { value, _ in
      guard case .number(let value) = value else { return "" }
      return String(Int(saturating: value.rounded()))
    }, { RunValue($0.samplesPerSecond) })
  static let parameters = number("parameters") { RunValue($0.parameters) }
  static let seed = number("seed") { RunValue($0.seed) }
  static let digest = RunColumn(
    "weights_sha256", "digest", shown: { value, _ in String(value.plainText.prefix(12)) },
    { RunValue($0.digest) })
  /// In UTC, so that texts are in the order of times.
  static let changed = RunColumn("changed") { run in
    RunValue(
      run.changed.map { seconds in
        let style = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
          .dateTimeSeparator(.space).time(includingFractionalSeconds: false)
        return Date(timeIntervalSince1970: Double(seconds)).formatted(style)
      })
  }
  static let complaint = RunColumn("complaint") { RunValue($0.complaint) }

  static let fixed = [
    run, kind, state, recipe, data, epochs, plannedEpochs, trainLoss, validationLoss, seconds,
    samplesPerSecond,
    parameters, seed, digest, changed, complaint,
  ]

  // MARK: - Those that runs bring

  /// A measure such as `psnr`.
  static func metric(_ name: String) -> RunColumn { number(name) { RunValue($0.metrics[name]) } }

  /// A setting of the recipe by its path, such as `optimizer.adam.learning_rate`.
  static func setting(_ path: String) -> RunColumn {
    RunColumn(path) { run in RunValue(run.settings.first { $0.key == path }?.value) }
  }

  // MARK: - What stands in it

  /// In full.
  package func value(of run: RunSummary) -> RunValue { value(run) }

  /// For people: numbers to a few digits, of a path the last part, "–" where there is nothing.
  package func text(of run: RunSummary) -> String {
    let value = value(run)
    return value == .missing ? "–" : shown(value, run)
  }
}
