import HourglassBase
import HourglassData
import HourglassDrawing

/// What a person should know of rows that are scored: cells that are missing, unlike those of training, or labels that say
/// nothing. Counted block by block.
struct ScoringNotes {
  private let encoding: TableEncoding
  private let labels: AnomalyLabels?
  private var rows = 0
  /// By column.
  private var missing: [String: Int] = [:]
  private var rare: [String: Int] = [:]
  /// The first cell of each column, and how many there are.
  private var implausible: [String: (first: Double, count: Int)] = [:]
  /// The first rows, from 1, and how many there are in all.
  private var departures: [String: (first: [Int], count: Int)] = [:]
  private var unknownLabels: [String: Int] = [:]

  private static let rowsShown = 5

  init(_ encoding: TableEncoding, _ labels: AnomalyLabels?) {
    (self.encoding, self.labels) = (encoding, labels)
  }

  mutating func add(_ block: Table) {
    rows += block.rowCount
    for column in encoding.columns {
      rare[column.name, default: 0] += column.rareCells(in: block)
      missing[column.name, default: 0] += block[column.name]?.values.count(where: \.isNaN) ?? 0
      let cells = column.implausibleCells(in: block)
      if let first = cells.first {
        let known = implausible[column.name]
        implausible[column.name] = (known?.first ?? first, (known?.count ?? 0) + cells.count)
      }
    }
    for constant in encoding.constants {
      let found = constant.departures(in: block).map { block.firstRow + $0 + 1 }
      guard !found.isEmpty else { continue }
      var known = departures[constant.name] ?? ([], 0)
      known.first += found.prefix(Self.rowsShown - known.first.count)
      known.count += found.count
      departures[constant.name] = known
    }
    for (label, count) in labels?.unknown(in: block) ?? [:] { unknownLabels[label, default: 0] += count }
  }

  /// One sentence each.
  func notes(_ summary: ScoringSummary) -> [String] {
    let columns = encoding.columns.map(\.name)
    return [missingNote(summary)].compactMap(\.self)
      + columns.compactMap { name in
        implausible[name].flatMap { TableEncoding.implausibleNote(name, first: $0.first, count: $0.count) }
      }
      + encoding.columns.compactMap(rareNote) + encoding.constants.compactMap(departureNote)
      + [summary.commonReason, labelNote].compactMap(\.self)
  }

  private func missingNote(_ summary: ScoringSummary) -> String? {
    let total = missing.values.reduce(0, +)
    guard total > 0 else { return nil }
    let names = encoding.columns.map(\.name).filter { missing[$0, default: 0] > 0 }
    let shown = names.prefix(3).map { "\($0.quotedForMessage) (\(grouped(missing[$0, default: 0])))" }
    let lacking =
      "\(ReportText.count(total, "cell")) \(total == 1 ? "is" : "are") missing, in \(shown.joined(separator: ", "))"
      + (names.count > 3 ? " and \(ReportText.count(names.count - 3, "other column"))" : "")
    guard summary.unscored > 0 else { return "\(lacking)." }
    return "\(lacking); of \(ReportText.count(summary.unscored, "row")) so little is known that "
      + "\(summary.unscored == 1 ? "it gets" : "they get") no score."
  }

  private func rareNote(_ column: TableEncoding.Column) -> String? {
    let count = rare[column.name, default: 0]
    guard Double(count) > max(0.05, 3 * column.rareShare) * Double(rows) else { return nil }
    return
      "In column \(column.name.quotedForMessage) \(ReportText.significant(100 * Double(count) / Double(rows), 3)) % "
      + "of the cells hold texts that were rare or unseen in training; look whether they are written as they were then."
  }

  private func departureNote(_ constant: ConstantColumn) -> String? {
    guard let found = departures[constant.name] else { return nil }
    let list =
      found.first.map { grouped($0) }.joined(separator: ", ")
      + (found.count > found.first.count ? ", ..." : "")
    return
      "Column \(constant.name.quotedForMessage) was \(constant.text.quotedForMessage) in all of training, and is another in "
      + "\(ReportText.count(found.count, "row")) (\(list)), which \(found.count == 1 ? "is an alert" : "are alerts") for that."
  }

  private var labelNote: String? {
    guard let labels, !unknownLabels.isEmpty else { return nil }
    let shown = unknownLabels.keys.sorted().prefix(3).map(\.quotedForMessage).joined(separator: ", ")
    let count = unknownLabels.values.reduce(0, +)
    return
      "\(ReportText.count(count, "row")) \(count == 1 ? "has" : "have") a label in \(labels.column.quotedForMessage) that was "
      + "not there in training (\(shown)), and \(count == 1 ? "is" : "are") not measured."
  }
}
