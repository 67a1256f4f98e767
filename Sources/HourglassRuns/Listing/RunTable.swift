import HourglassBase

/// Runs and the columns that can be shown of them, sorted and chosen from.
package struct RunTable: Sendable {
  package private(set) var runs: [RunSummary]
  /// The fixed ones, then all measures of any of the runs by their names.
  package let allColumns: [RunColumn]
  /// Of the recipes of all runs.
  private let settings: [String]

  /// Measures that a table for people has, in this order; the others only where they are asked for.
  private static let usualMetrics = ["mse", "psnr", "ssim", "roc_auc", "average_precision", "f1"]

  package init(_ runs: [RunSummary]) {
    self.runs = runs
    let metrics = Set(runs.flatMap(\.metrics.keys)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    allColumns = RunColumn.fixed + metrics.map(RunColumn.metric)
    settings = RunSummary.settings(of: runs)
  }

  /// A column by what people type: its name, its heading, or a setting of a recipe.
  ///
  /// - Throws: `HourglassError` (usage) with the nearest name where none of the runs has it.
  package func column(_ name: String) throws(HourglassError) -> RunColumn {
    if let column = allColumns.first(where: { $0.name == name || $0.heading == name }) { return column }
    if settings.contains(name) { return .setting(name) }
    let known = allColumns.map(\.name) + allColumns.map(\.heading)
    guard let nearest = nearestName(to: name, among: known + settings) else {
      throw HourglassError(
        .usage,
        "None of the runs has a column \(name.quotedForMessage); known are \(allColumns.map(\.name).joined(separator: ", ")), "
          + "and settings of recipes such as optimizer.adam.learning_rate")
    }
    throw HourglassError(
      .usage,
      "None of the runs has a column \(name.quotedForMessage); did you mean \(nearest.quotedForMessage)?")
  }

  /// What people see if they ask for nothing else: of the columns those that tell something of these runs.
  ///
  /// - Parameter name: of the column that the runs are sorted by, which stands behind their paths.
  /// - Throws: `HourglassError` (usage) for a column that no run has.
  package func usualColumns(sortedBy name: String) throws(HourglassError) -> [RunColumn] {
    let first = try column(name)
    func isUseful(_ column: RunColumn) -> Bool { runs.contains { column.value(of: $0) != .missing } }
    var columns: [RunColumn] = [.run]
    if runs.contains(where: { $0.kind != .training }) { columns.append(.kind) }
    if runs.contains(where: { $0.state != .finished }) { columns.append(.state) }
    columns += [.recipe, .data, .epochs, .trainLoss, .validationLoss]
    columns += Self.usualMetrics.map(RunColumn.metric) + [.seconds, .digest]
    columns = columns.filter { $0.name == RunColumn.run.name || isUseful($0) }
    guard first.name != RunColumn.run.name else { return columns }
    return [.run, first] + columns.dropFirst().filter { $0.name != first.name }
  }

  /// Keeps the runs for which all of these hold.
  ///
  /// - Throws: `HourglassError` (usage) for a column that no run has, or a number that is compared with a text.
  package mutating func keep(_ filters: [RunFilter]) throws(HourglassError) {
    for filter in filters {
      let column = try column(filter.column)
      var kept: [RunSummary] = []
      for run in runs where try filter.admits(run, column) { kept.append(run) }
      runs = kept
    }
  }

  /// Puts the runs in the order of a column; those that have nothing in it come last, equal ones stay as they were.
  ///
  /// - Throws: `HourglassError` (usage) for a column that no run has.
  package mutating func sort(by name: String, descending: Bool = false) throws(HourglassError) {
    let column = try column(name)
    let keyed = runs.enumerated().map { (place: $0, value: column.value(of: $1)) }
    let order = keyed.sorted { first, second in
      if (first.value == .missing) != (second.value == .missing) { return second.value == .missing }
      let (low, high) = descending ? (second.value, first.value) : (first.value, second.value)
      if low.isLess(than: high) { return true }
      return !high.isLess(than: low) && first.place < second.place
    }
    runs = order.map { runs[$0.place] }
  }
}
