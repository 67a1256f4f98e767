import HourglassBase
import HourglassData

/// How a column of labels says which rows are anomalies.
package struct AnomalyLabels: Sendable, Equatable {
  /// The name of the column.
  var column: String
  /// The values that mean an anomaly; nil where every value but `normal` does.
  var anomalies: Set<String>?
  /// The value that means a normal row, where `anomalies` is nil.
  var normal = ""

  /// Finds out what the values of a column mean: of 0 and 1, or false and true, the latter is an anomaly; else the most
  /// frequent value is normal and all others are not.
  ///
  /// - Parameter anomalies: the values that mean an anomaly, where they are known.
  /// - Throws: `HourglassError` (usage) when the table has no such column, or it has no such value.
  package init(column name: String, anomalies: Set<String> = [], in table: Table) throws(HourglassError) {
    guard let column = table[name] else {
      throw HourglassError(
        .usage,
        "The table has no column \(name.quotedForMessage) for labels (row numbers, and texts that hardly repeat, are left out)"
          + suggestion(name, among: table.columns.map(\.name)))
    }
    self.column = name
    var counts: [String: Int] = [:]
    switch column.kind {
    case .number:
      var numbers: [Double: Int] = [:]
      for value in column.values where !value.isNaN { numbers[value, default: 0] += 1 }
      for (row, value) in column.values.enumerated() where counts.count < numbers.count && !value.isNaN {
        counts[column.text(row: row)] = numbers[value]
      }
    case .category(let levels):
      for value in column.values where !value.isNaN { counts[levels[Int(value)], default: 0] += 1 }
    }
    guard counts.count > 1 || !anomalies.isEmpty else {
      throw HourglassError(
        .usage,
        "All rows have the same label in column \(name.quotedForMessage), so it tells nothing",
        .leaveOut(.labelColumn), .text("name another column"))
    }
    if !anomalies.isEmpty {
      if let unknown = anomalies.sorted().first(where: { counts[$0] == nil }) {
        throw HourglassError(
          .usage,
          "No row has the label \(unknown.quotedForMessage) in column \(name.quotedForMessage)"
            + suggestion(unknown, among: counts.keys.sorted().prefix(20).map(\.self)))
      }
      self.anomalies = anomalies
      return
    }
    let values = Set(counts.keys.map { $0.lowercased() })
    if values == ["0", "1"] {
      self.anomalies = ["1"]
    } else if values == ["false", "true"] {
      self.anomalies = Set(counts.keys.filter { $0.lowercased() == "true" })
    } else {
      self.anomalies = nil
      normal = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
    }
  }

  init(column: String, anomalies: Set<String>?, normal: String) {
    (self.column, self.anomalies, self.normal) = (column, anomalies, normal)
  }

  /// What counts as an anomaly, in words.
  var description: String {
    guard let anomalies else {
      return "every label of \(column.quotedForMessage) but \(normal.quotedForMessage) is an anomaly"
    }
    return
      "\(column.quotedForMessage) = \(anomalies.sorted().prefix(5).joined(separator: ", ")) is an anomaly"
  }

  /// Whether the values it knows are numbers.
  var holdsNumbers: Bool { (anomalies ?? [normal]).allSatisfy { Double($0) != nil } }

  private func isAnomaly(_ text: String) -> Bool { anomalies?.contains(text) ?? (text != normal) }

  /// Whether each row is an anomaly; nil where its label is missing.
  ///
  /// - Returns: nil when the table has no such column.
  package func labels(in table: Table) -> [Bool?]? {
    guard let column = table[column] else { return nil }
    if case .category(let levels) = column.kind {
      let meanings = levels.map(isAnomaly)
      return column.values.map { $0.isNaN ? nil : meanings[Int($0)] }
    }
    var meanings: [Double: Bool] = [:]
    return column.values.enumerated().map { row, value in
      guard !value.isNaN else { return nil }
      if let known = meanings[value] { return known }
      let meaning = isAnomaly(column.text(row: row))
      meanings[value] = meaning
      return meaning
    }
  }
}
