import HourglassBase
import HourglassFiles

/// Scores as a CSV file: a row each, in order.
enum ScoreTable {
  /// Writes rows as they are scored, so that none has to be kept.
  struct Writer: ~Copyable {
    private var text = ""
    private let hasLabels: Bool
    private let hasFiles: Bool
    private let hasNames: Bool
    private let contributors: Int

    /// - Parameters:
    ///   - hasLabels: whether there is a column that tells the truth.
    ///   - hasFiles: whether there is a column that names files.
    ///   - hasNames: whether there is a column that names rows.
    ///   - contributors: columns named for each alert.
    init(hasLabels: Bool, hasFiles: Bool = false, hasNames: Bool = false, contributors: Int) {
      self.hasNames = hasNames
      self.hasLabels = hasLabels
      self.hasFiles = hasFiles
      self.contributors = contributors
      text = "row\(hasNames ? ",id" : ""),score,alert\(hasLabels ? ",anomaly" : "")\(hasFiles ? ",file" : "")"
      for number in 1...max(contributors, 1) where contributors > 0 {
        text += ",column\(number),actual\(number),expected\(number)"
      }
      if contributors > 0 { text += ",reason" }
      text += "\n"
    }

    mutating func append(_ score: AnomalyScore, truth: Bool?, file: String = "", name: String = "") {
      text += "\(score.row + 1),"
      if hasNames { text += "\(name.tableCell)," }
      text += "\(score.value.isNaN ? "" : "\(Float(score.value))"),\(score.isAlert ? 1 : 0)"
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
      if contributors > 0 { text += ",\(score.reason.tableCell)" }
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
  static func write(
    _ scores: [AnomalyScore], truth: [Bool?], contributors: Int, files: [String] = [], names: [String] = [],
    to path: String
  ) throws {
    try AtomicFile.write(to: path) { file in
      var writer = Writer(
        hasLabels: truth.contains { $0 != nil }, hasFiles: !files.isEmpty, hasNames: !names.isEmpty,
        contributors: contributors)
      for (place, score) in scores.enumerated() {
        writer.append(
          score, truth: truth[score.row], file: files.isEmpty ? "" : files[score.row],
          name: names.isEmpty ? "" : names[score.row])
        if place % 4096 == 4095 { try file.write(writer.take()) }
      }
      try file.write(writer.take())
    }
  }
}

extension AnomalyScore {
  /// Scores of some rows, without reasons.
  static func lines(_ values: [Double], rows: [UInt32], threshold: Double) -> [AnomalyScore] {
    zip(rows, values).map {
      AnomalyScore(row: Int($0), value: $1, isAlert: $1 > threshold, contributions: [])
    }
  }
}
