import HourglassBase
import HourglassData
import HourglassEngine

/// One sample's score.
public struct AnomalyScore: Sendable {
  /// A column that departs from what the model expects.
  public struct Contribution: Sendable {
    public var column: String
    /// The cell.
    public var actual: String
    /// What the reconstruction says.
    public var expected: String
    /// Its share of the departures of all columns, 0...1.
    public var share: Double
  }

  /// The sample's place in what was scored, from 0.
  public var row: Int
  /// Not a number for a row of which too little is known to say how odd it is.
  public var value: Double
  /// Whether the value lies above the threshold, or a column has another value than the one that it had in all of training.
  public var isAlert: Bool
  /// Of an alert, the columns that contribute most, the largest first; empty otherwise.
  public var contributions: [Contribution]
}

extension AnomalyDetector {
  /// The encoding of rows.
  ///
  /// - Throws: `HourglassError` (usage) when the detector takes images.
  package var encoding: TableEncoding {
    get throws(HourglassError) {
      guard case .table(let encoding) = input else {
        throw HourglassError(
          .usage, "The detector was fitted to images, not to a table", .give(.data, "images"))
      }
      return encoding
    }
  }

  /// Scores the rows of a table, or of a block of one. A row of which fewer than a third of the columns are known gets no score.
  ///
  /// - Parameters:
  ///   - contributors: columns that are named for each alert, at most.
  ///   - threads: workers; all cores when nil. The scores do not depend on it.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Throws: `HourglassError`: badData when the table lacks a column, usage when the detector takes images, or for
  ///   contributors below 0.
  public func score(
    _ table: Table, contributors: Int = 3, threads: Int? = nil, progress: WorkProgress.Report = { _ in }
  ) throws -> [AnomalyScore] {
    guard contributors >= 0 else {
      throw HourglassError(
        .usage, "An alert cannot name \(contributors) columns; give 0 or more as the number of contributors.")
    }
    let encoded = try encoding.encodedRows(table)
    return try score(
      encoded, rows: (0..<UInt32(table.rowCount)).map { $0 }, of: table, contributors: contributors,
      threads: threads, progress: progress)
  }

  /// - Parameters:
  ///   - encoded: all rows of `table`.
  ///   - rows: which of them.
  func score(
    _ encoded: EncodedRows, rows: [UInt32], of table: Table, contributors: Int, threads: Int?,
    progress: WorkProgress.Report = { _ in }
  ) throws -> [AnomalyScore] {
    let machine = try VectorMachine(threads: threads)
    let encoding = try encoding
    let sources = try encoding.columns.map { try encoding.source($0, in: table) }
    let unknowable = Set(encoding.unknowableRows(in: table))
    let departures = departures(in: table, encoding)
    var scores: [AnomalyScore] = []
    scores.reserveCapacity(rows.count)
    for start in stride(from: 0, to: rows.count, by: Self.rowsAtOnce) {
      let chosen = Array(rows[start..<min(start + Self.rowsAtOnce, rows.count)])
      let pass = try pass(encoded, rows: chosen, machine: machine)
      for (place, row) in chosen.enumerated() {
        let value = unknowable.contains(Int(row)) ? .nan : pass.scores.values[place]
        let reasons = departures[Int(row), default: []]
        var score = AnomalyScore(
          row: table.firstRow + Int(row), value: value, isAlert: value > threshold.value || !reasons.isEmpty,
          contributions: Array(reasons.prefix(contributors)))
        if value > threshold.value {
          score.contributions += contributions(
            pass.residuals.sample(place), pass.reconstructions.sample(place), encoding, sources,
            row: Int(row),
            count: contributors - score.contributions.count)
        }
        scores.append(score)
      }
      try progress(WorkProgress("scoring", done: scores.count, of: rows.count, "rows"))
    }
    return scores
  }

  /// The cells of each row that are another than the one value that their column had in training, as reasons for an alert.
  private func departures(in table: Table, _ encoding: TableEncoding) -> [Int: [AnomalyScore.Contribution]] {
    var departures: [Int: [AnomalyScore.Contribution]] = [:]
    for constant in encoding.constants {
      for row in constant.departures(in: table) {
        departures[row, default: []].append(
          AnomalyScore.Contribution(
            column: constant.name, actual: table[constant.name]?.text(row: row) ?? "",
            expected: constant.text, share: 1))
      }
    }
    return departures
  }

  /// The columns with the largest residuals, each beside the mean square of its residuals in training.
  private func contributions(
    _ residual: [Float], _ reconstruction: [Float], _ encoding: TableEncoding, _ sources: [Table.Column],
    row: Int,
    count: Int
  ) -> [AnomalyScore.Contribution] {
    let usual = residualSquares.map { Double($0) }.reduce(0, +) / Double(residualSquares.count)
    let parts = encoding.columns.map { column in
      (column.firstFeature..<column.firstFeature + column.featureCount).reduce(0.0) { sum, feature in
        let square = Double(residual[feature]) * Double(residual[feature])
        return sum + square / max(Double(residualSquares[feature]) + 0.1 * usual, 1e-12)
      } / Double(column.featureCount)
    }
    let total = max(parts.reduce(0, +), .leastNormalMagnitude)
    let order = parts.indices.sorted { (parts[$1], $0) < (parts[$0], $1) }
    return reconstruction.withUnsafeBufferPointer { features in
      // What is missing, or as expected, is no reason, though its features may depart a little.
      order.lazy.filter { !sources[$0].values[row].isNaN }.map { index in
        AnomalyScore.Contribution(
          column: encoding.columns[index].name, actual: sources[index].text(row: row),
          expected: encoding.expected(index, features), share: parts[index] / total)
      }.filter { $0.actual != $0.expected }.prefix(count).map { $0 }
    }
  }
}
