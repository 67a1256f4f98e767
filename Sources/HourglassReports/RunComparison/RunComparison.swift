import HourglassBase
import HourglassDrawing
import HourglassNN
import HourglassRuns

/// Runs side by side: what differs in their recipes, what they came to, their curves, and their report cards.
package struct RunComparison: Sendable {
  package let runs: [ComparedRun]
  /// What the runs are called here: the last parts of their paths where these differ, else the paths.
  package let names: [String]
  /// One for each run, or none.
  package var cards: [ReportCard] = []

  /// - Parameter paths: of the folders of two runs or more.
  /// - Throws: `HourglassError`: usage for fewer than two runs or one that is given twice, environment when there is no run or
  ///   it cannot be read, badData when it is damaged.
  package init(_ paths: [String]) throws {
    runs = try paths.map { try ComparedRun($0) }
    guard runs.count >= 2 else {
      throw HourglassError(.usage, "There is but one run to compare", .text("give two runs or more"))
    }
    let all = runs.map(\.path)
    if let twice = all.first(where: { path in all.filter { $0 == path }.count > 1 }) {
      throw HourglassError(.usage, "The run \(twice) is given twice", .text("give each run once"))
    }
    let short = all.map { $0.lastPathPart ?? $0 }
    names = Set(short).count == all.count ? short : all
  }

  // MARK: - What differs in the recipes

  /// A setting that not all runs have alike.
  package struct Difference: Sendable, Equatable {
    /// Its path, such as `optimizer.adam.learning_rate`.
    package let key: String
    /// One for each run; nil where its recipe does not have it.
    package let values: [String?]
  }

  /// In the order of the recipes, among the runs that have one. A summary says in other words what the settings say.
  package var differences: [Difference] {
    let settings = runs.map { run in
      Dictionary(
        run.summary.settings.map { ($0.key, $0.value.plainText) }, uniquingKeysWith: { first, _ in first })
    }
    return RunSummary.settings(of: runs.map(\.summary)).compactMap { key in
      let isAlike = Set(settings.filter { !$0.isEmpty }.map { $0[key] }).count == 1
      return key == "summary" || isAlike ? nil : Difference(key: key, values: settings.map { $0[key] })
    }
  }

  // MARK: - What they came to

  /// A number of each run.
  package struct Measure: Sendable, Equatable {
    package let name: String
    /// One for each run, as a person reads it; nil where it has none.
    package let values: [String?]
    /// The place of the run with the best value, where one is better than all others and it is known what is better.
    package let best: Int?
  }

  /// What is better the lower it is, and the higher.
  private static let low: Set = [
    "train_loss", "validation_loss", "mse", "bits_per_pixel", "file_bits_per_pixel", "bits_per_dimension",
  ]
  private static let high: Set = [
    "psnr", "ssim", "accuracy", "elbo_nats", "roc_auc", "average_precision", "precision", "recall", "f1",
  ]

  package var measures: [Measure] {
    let table = RunTable(runs.map(\.summary))
    let fixed: Set = [
      "kind", "state", "epochs", "train_loss", "validation_loss", "seconds", "samples_per_second",
      "parameters", "weights_sha256",
    ]
    let metrics = table.allColumns.filter { column in runs.contains { $0.summary.metrics[column.name] != nil }
    }
    let known = table.allColumns.filter { fixed.contains($0.name) }
    // What a run came to stands between how it went and what it took.
    let split = known.firstIndex { $0.name == "seconds" } ?? known.count
    return (known[..<split] + metrics + known[split...]).compactMap { column in
      let values = runs.map { column.value(of: $0.summary) }
      if values.allSatisfy({ $0 == .missing }) { return nil }
      if column.name == "kind", Set(values.map(\.plainText)).count == 1 { return nil }
      return Measure(
        name: column.name,
        values: zip(runs, values).map { run, value in value == .missing ? nil : column.text(of: run.summary)
        },
        best: best(values, column.name))
    }
  }

  private func best(_ values: [RunValue], _ name: String) -> Int? {
    let isLow = Self.low.contains(name)
    guard isLow || Self.high.contains(name), !(name.ends(with: "_loss") && lossesDiffer) else { return nil }
    let numbers = values.enumerated().compactMap { place, value in
      if case .number(let number) = value { (place: place, number: isLow ? number : -number) } else { nil }
    }
    guard numbers.count > 1, let best = numbers.min(by: { $0.number < $1.number }),
      numbers.filter({ $0.number == best.number }).count == 1
    else { return nil }
    return best.place
  }

  // MARK: - What to think of it

  /// Whether the losses are of other kinds.
  var lossesDiffer: Bool {
    differences.contains { $0.key == "objective" || $0.key.begins(with: "objective.") }
  }

  /// What a reader has to know in order not to take the numbers for more than they are, one sentence each.
  package var notes: [String] {
    var notes: [String] = []
    let trained = zip(names, runs).filter { $0.1.summary.kind == .training }
    if trained.count < runs.count, !trained.isEmpty {
      notes.append("Detectors and training runs are measured in other ways, so little of them compares.")
    }
    if lossesDiffer {
      notes.append(
        "The objectives differ, so the losses are not of one kind; the measures compare the reconstructions.")
    }
    let differing = Set(differences.map(\.key))
    if Set(runs.compactMap(\.dataDigest)).count > 1 {
      notes.append(
        "The runs were trained on other samples each, so better numbers need not mean a better model.")
    } else if differing.contains("limit") {
      notes.append(
        "The runs were trained on other numbers of samples (limit), which alone makes a difference.")
    }
    if differing.contains("validation") {
      notes.append(
        "The runs are measured on other samples each (validation), so their numbers do not quite compare.")
    }
    for (name, run) in zip(names, runs) where run.summary.state != .finished {
      let epochs = run.summary.epochs.map { "\($0)" } ?? "no"
      let planned = run.summary.plannedEpochs.map { " of \($0)" } ?? ""
      notes.append(
        "\(name) is not finished (\(run.summary.state.rawValue)): it has done \(epochs)\(planned) epochs.")
    }
    for (digest, group) in Dictionary(grouping: names.indices, by: { runs[$0].summary.digest }).sorted(by: {
      $0.value[0] < $1.value[0]
    }) where digest != nil && group.count > 1 {
      notes.append(
        "\(group.map { names[$0] }.joined(separator: " and ")) have the same weights, bit for bit.")
    }
    return notes
  }
}

extension SettingValue {
  /// As it stands in a recipe, texts without quotation marks.
  fileprivate var plainText: String {
    if case .string(let text) = self { text } else { text }
  }
}
