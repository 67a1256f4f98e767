import HourglassBase
import HourglassFiles

/// Scores as a CSV file: a row each, in order.
enum ScoreTable {
  /// Writes rows as they are scored, so that none has to be kept.
  struct Writer: ~Copyable {
    private var text = ""
    private let hasLabels: Bool
    private let hasFiles: Bool
    private let contributors: Int

    /// - Parameters:
    ///   - hasLabels: whether there is a column that tells the truth.
    ///   - hasFiles: whether there is a column that names files.
    ///   - contributors: columns named for each alert.
    init(hasLabels: Bool, hasFiles: Bool = false, contributors: Int) {
      self.hasLabels = hasLabels
      self.hasFiles = hasFiles
      self.contributors = contributors
      text = "row,score,alert\(hasLabels ? ",anomaly" : "")\(hasFiles ? ",file" : "")"
      for number in 1...max(contributors, 1) where contributors > 0 {
        text += ",column\(number),actual\(number),expected\(number)"
      }
      text += "\n"
    }

    mutating func append(_ score: AnomalyScore, truth: Bool?, file: String = "") {
      text += "\(score.row + 1),\(score.value.isNaN ? "" : "\(Float(score.value))"),\(score.isAlert ? 1 : 0)"
      if hasLabels { text += truth.map { $0 ? ",1" : ",0" } ?? "," }
      if hasFiles { text += ",\(file.tableCell)" }
      for number in 0..<contributors {
        guard number < score.contributions.count else {
          text += ",,,"
          continue
        }
        let part = score.contributions[number]
        text += ",\(part.column.tableCell),\(part.actual.tableCell),\(part.expected.tableCell)"
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
  ///   - rows: of the scores, ascending.
  ///   - unscored: rows that have none, ascending.
  ///   - truth: of all rows of the table; none known writes no column for it.
  ///   - alerts: with their columns.
  ///   - files: of all rows; none writes no column for them.
  static func write(
    _ scores: AnomalyScores, rows: [UInt32], unscored: [UInt32] = [], truth: [Bool?], alerts: [AnomalyScore],
    threshold: Double, contributors: Int = 3, files: [String] = [], to path: String
  ) throws {
    try AtomicFile.write(to: path) { file in
      var writer = Writer(
        hasLabels: truth.contains { $0 != nil }, hasFiles: !files.isEmpty, contributors: contributors)
      let known = Dictionary(alerts.map { ($0.row, $0) }, uniquingKeysWith: { first, _ in first })
      let values = zip(rows, scores.values).map { ($0, $1) } + unscored.map { ($0, .nan) }
      for (place, (row, value)) in values.sorted(by: { $0.0 < $1.0 }).enumerated() {
        let score =
          known[Int(row)]
          ?? AnomalyScore(row: Int(row), value: value, isAlert: value > threshold, contributions: [])
        writer.append(score, truth: truth[Int(row)], file: files.isEmpty ? "" : files[Int(row)])
        if place % 4096 == 4095 { try file.write(writer.take()) }
      }
      try file.write(writer.take())
    }
  }
}
