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
    /// What the reconstruction says.
    public var expected: String
    /// Its share of the departures of all columns, 0...1.
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
    for start in stride(from: 0, to: rows.count, by: Self.rowsAtOnce) {
      let chosen = Array(rows[start..<min(start + Self.rowsAtOnce, rows.count)])
      let pass = try pass(encoded, rows: chosen, machine: machine)
      var unexplained: [Int] = []
      for (place, row) in chosen.enumerated() {
        let broken = breaks[Int(row), default: []]
        let value = raised(unknowable.contains(Int(row)) ? .nan : pass.scores.values[place], by: broken)
        let departures = departures[Int(row), default: []]
        var score = AnomalyScore(
          row: table.firstRow + Int(row), value: value,
          isAlert: value > threshold.value || !departures.isEmpty || !broken.isEmpty, contributions: [])
        if score.isAlert {
          let reasons =
            departures.map { ($0, "\($0.column) is \($0.actual), \($0.expected) in all of training") }
            + broken.map { ($0.contribution, $0.reason) }
          var cells: [AnomalyScore.Contribution] = []
          if reasons.isEmpty || pass.scores.values[place] > threshold.value {
            cells = contributions(
              pass.residuals.sample(place), pass.reconstructions.sample(place), encoding, sources,
              row: Int(row), count: max(contributors - reasons.count, 1))
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
      let codes = unexplained.map { pass.codes.sample($0 - start) }
      let reasons = try combinationReasons(codes, of: unexplained.map { scores[$0].row }, machine: machine)
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

  /// The pair of categories that explains an alert: where no cell stands out, or the one that does is one of the pair.
  private func oddPair(
    _ row: Int, _ table: Table, _ encoding: TableEncoding, _ cells: [AnomalyScore.Contribution]
  ) -> OddPairs.Pair? {
    guard !encoding.oddPairs.pairs.isEmpty else { return nil }
    return encoding.oddPairs.pair(
      inRow: row, of: table, among: cells.first.map { [$0.column] })
  }

  /// What is said of rows of which no cell stands out: the training rows that are nearest.
  ///
  /// - Parameter rows: their numbers, from 0. Of the rows of the fit each is nearest to itself, which says nothing.
  private func combinationReasons(
    _ codes: [[Float]], of rows: [Int], machine: VectorMachine
  ) throws -> [String] {
    let words = "no single cell; the combination is unusual"
    guard !codes.isEmpty, referenceRows.count == references.count else { return codes.map { _ in words } }
    let points = SampleArray(
      trustedFloats: codes.flatMap(\.self), count: codes.count, shape: references.shape)
    let width = min(Self.rowsCompared + 1, references.count)
    let near = machine.neighbours(
      of: try PointMatrix(points), among: try PointMatrix(references), width: width)
    return codes.indices.map { place in
      let found = near.indices[place * width..<(place + 1) * width].map { Int(referenceRows[Int($0)]) }
      let others = found.filter { $0 != rows[place] }.prefix(Self.rowsCompared).map { grouped($0 + 1) }
      guard !others.isEmpty else { return words }
      return
        "\(words), compared with \(others.count == 1 ? "row" : "rows") \(others.joined(separator: ", ")) "
        + "(nearest training rows)"
    }
  }

  /// Training rows that a row is said to be compared with.
  private static let rowsCompared = 3
  /// A cell stands out from this share of the row's departures on, or from this many times the even one if that is less.
  private static let leastShare = (share: 0.1, timesEven: 3.0)
  /// A share that rounds to nothing is no reason.
  private static let noShare = 0.005

  /// The columns with the largest residuals, each beside the mean square of its residuals in training; none where no cell
  /// that can be named stands out.
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
    let cells = reconstruction.withUnsafeBufferPointer { features in
      // What is missing, or as expected, is no reason, though its features may depart a little.
      order.lazy.filter { !sources[$0].values[row].isNaN }.map { index in
        AnomalyScore.Contribution(
          column: encoding.columns[index].name, actual: sources[index].text(row: row),
          expected: encoding.expected(index, features), share: parts[index] / total)
      }.filter { $0.actual != $0.expected }.prefix(count).map { $0 }
    }
    let least = min(Self.leastShare.share, Self.leastShare.timesEven / Double(encoding.columns.count))
    guard let first = cells.first, first.share >= least else { return [] }
    return cells.filter { $0.share >= Self.noShare }
  }
}

extension AnomalyScore.Contribution {
  /// Such as "amount is 5075, expected 511.165".
  var words: String { "\(column) is \(actual), expected \(expected)" }
}
