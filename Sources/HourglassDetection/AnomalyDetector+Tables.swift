import HourglassBase
import HourglassData
import HourglassEngine
import HourglassPlatform

/// One sample's score.
public struct AnomalyScore: Sendable {
  /// A column that departs from what the model expects.
  public struct Contribution: Sendable {
    public var column: String
    /// The cell.
    public var actual: String
    /// What the reconstruction says, or what the nearest training rows have, whichever the cell departs from more.
    public var expected: String
    /// Its part of what makes the row odd, 0...1; those of all columns add up to 1.
    public var share: Double
  }

  /// The sample's place in what was scored, from 0.
  public var row: Int
  /// Not a number for a row of which too little is known to say how odd it is.
  public var value: Double
  /// Whether the value lies above the threshold, a column has another value than the one that it had in all of training, or
  /// a relation between columns that held in training does not hold.
  public var isAlert: Bool
  /// Of an alert, the columns that contribute most, the largest first; empty otherwise, and where no cell stands out.
  public var contributions: [Contribution]
  /// Of an alert, why it is one, in words; empty otherwise.
  public var reason = ""
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
    try table.check()
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
    let breaks = encoding.breaks(in: table)
    var scores: [AnomalyScore] = []
    scores.reserveCapacity(rows.count)
    let atOnce = Self.samplesAtOnce(encoded.samples.shape)
    for start in stride(from: 0, to: rows.count, by: atOnce) {
      let chosen = Array(rows[start..<min(start + atOnce, rows.count)])
      let pass = try pass(encoded, rows: chosen, machine: machine)
      var unexplained: [Int] = []
      for (place, row) in chosen.enumerated() {
        let broken = breaks[Int(row), default: []]
        let value = raised(unknowable.contains(Int(row)) ? .nan : pass.scores.values[place], by: broken)
        let departures = departures[Int(row), default: []]
        var score = AnomalyScore(
          row: table.place(of: Int(row)), value: value,
          isAlert: value > threshold.value || !departures.isEmpty || !broken.isEmpty, contributions: [])
        if score.isAlert {
          let reasons =
            departures.map { ($0, "\($0.column) is \($0.actual), \($0.expected) in all of training") }
            + broken.map { ($0.contribution, $0.reason) }
          var cells: [AnomalyScore.Contribution] = []
          if reasons.isEmpty || pass.scores.values[place] > threshold.value {
            cells = contributions(
              place, of: pass, encoding, sources, row: Int(row), count: max(contributors - reasons.count, 1))
            // Once is enough.
            let named = Set(departures.map(\.column) + broken.map(\.relation.target))
            cells.removeAll { named.contains($0.column) }
          }
          if reasons.isEmpty, let pair = oddPair(Int(row), table, encoding, cells) {
            score.reason = encoding.oddPairs.reason(pair)
          } else if reasons.isEmpty, cells.isEmpty {
            unexplained.append(scores.count)
          } else {
            score.reason = (reasons.map(\.1) + cells.map(\.words)).prefix(max(contributors, 1))
              .joined(separator: "; ")
          }
          score.contributions = Array((reasons.map(\.0) + cells).prefix(contributors))
        }
        scores.append(score)
      }
      let points = unexplained.map { pass.neighbours.points.sample($0 - start) }
      let reasons = try combinationReasons(points, of: unexplained.map { scores[$0].row }, machine: machine)
      for (place, reason) in zip(unexplained, reasons) { scores[place].reason = reason }
      try progress(WorkProgress("scoring", done: scores.count, of: rows.count, "rows"))
    }
    return scores
  }

  /// The score of a row that breaks relations between columns: the larger of its own and of the highest that an ordinary row
  /// had at the fit, plus the decimal logarithm of how many times what is usual the worst of them is missed. That of
  /// every other row stays as it is.
  func raised(_ value: Double, by breaks: [RelationBreak]) -> Double {
    guard let excess = breaks.first?.excess, !value.isNaN else { return value }
    return max(value, highestOrdinary) + log(excess) / log(10)
  }
}
