import HourglassBase
import HourglassDatabases
import HourglassFiles

/// Scores as a table: a row each, in order.
enum ScoreTable {
  /// The text of a CSV file, taken as rows are scored, so that none has to be kept.
  struct Writer: ~Copyable {
    private var text: String

    init(_ columns: ScoreColumns) {
      text = columns.columns.map(\.name).joined(separator: ",") + "\n"
    }

    mutating func append(_ cells: [DatabaseValue]) {
      for (place, cell) in cells.enumerated() {
        if place > 0 { text += "," }
        switch cell {
        case .missing: break
        case .integer(let number): text += "\(number)"
        case .real(let number): text += "\(number)"
        case .boolean(let holds): text += holds ? "1" : "0"
        case .text(let cell): text += cell.tableCell
        }
      }
      text += "\n"
    }

    /// What was appended since the last call.
    mutating func take() -> String {
      defer { text = "" }
      return text
    }
  }

  /// - Parameters:
  ///   - scores: with the reasons for alerts, in the order of the rows.
  ///   - truth: of all rows of the table; none known writes no column for it.
  ///   - files: of all rows; none writes no column for them.
  ///   - names: of all rows; none writes no column for them.
  ///   - progress: told of rows now and then; what it throws ends the work, and nothing is written.
  static func write(
    _ scores: [AnomalyScore], truth: [Bool?], contributors: Int, files: [String] = [], names: [String] = [],
    to path: String, progress: WorkProgress.Report = { _ in }
  ) throws {
    let columns = ScoreColumns(
      hasLabels: truth.contains { $0 != nil }, hasFiles: !files.isEmpty, hasNames: !names.isEmpty,
      contributors: contributors)
    try AtomicFile.write(to: path) { file in
      var writer = Writer(columns)
      for (place, score) in scores.enumerated() {
        writer.append(
          columns.cells(
            score, truth: truth[score.row], file: files.isEmpty ? "" : files[score.row],
            name: names.isEmpty ? "" : names[score.row]))
        guard place % rowsAtOnce == rowsAtOnce - 1 else { continue }
        try file.write(writer.take())
        try progress(WorkProgress("writing", done: place + 1, of: scores.count, "rows"))
      }
      try file.write(writer.take())
    }
  }

  /// A new table of a database with all that `write` would write, which is there once it is committed.
  ///
  /// - Parameter progress: told of rows now and then; what it throws ends the work, and there is no table.
  static func begun(
    _ scores: [AnomalyScore], truth: [Bool?], contributors: Int, names: [String],
    in address: DatabaseAddress, progress: WorkProgress.Report
  ) throws -> any NewTable {
    let columns = ScoreColumns(
      hasLabels: truth.contains { $0 != nil }, hasNames: !names.isEmpty, contributors: contributors)
    let table = try address.newTable(of: columns.columns)
    for (place, score) in scores.enumerated() {
      try table.append(
        columns.cells(score, truth: truth[score.row], name: names.isEmpty ? "" : names[score.row]))
      guard place % rowsAtOnce == rowsAtOnce - 1 else { continue }
      try progress(WorkProgress("writing", done: place + 1, of: scores.count, "rows"))
    }
    return table
  }

  private static let rowsAtOnce = 4096
}

extension AnomalyScore {
  /// Scores of some rows, without reasons.
  static func lines(_ values: [Double], rows: [UInt32], threshold: Double) -> [AnomalyScore] {
    zip(rows, values).map {
      AnomalyScore(row: Int($0), value: $1, isAlert: $1 > threshold, contributions: [])
    }
  }
}
