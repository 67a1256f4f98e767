import HourglassBase
import HourglassData
import HourglassEngine

// Why a row of a table is an alert, in words.

extension AnomalyDetector {
  /// The cells of each row that are another than the one value that their column had in training, as reasons for an alert.
  func departures(in table: Table, _ encoding: TableEncoding) -> [Int: [AnomalyScore.Contribution]] {
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
  func oddPair(
    _ row: Int, _ table: Table, _ encoding: TableEncoding, _ cells: [AnomalyScore.Contribution]
  ) -> OddPairs.Pair? {
    guard !encoding.oddPairs.pairs.isEmpty else { return nil }
    return encoding.oddPairs.pair(
      inRow: row, of: table, among: cells.first.map { [$0.column] })
  }

  /// What is said of rows of which no cell stands out: the training rows that are nearest.
  ///
  /// - Parameters:
  ///   - points: the rows where neighbours are sought.
  ///   - rows: their numbers, from 0. Of the rows of the fit each is nearest to itself, which says nothing.
  func combinationReasons(
    _ points: [[Float]], of rows: [Int], machine: VectorMachine
  ) throws -> [String] {
    let words = "no single cell; the combination is unusual"
    let references = neighbourDistance.points
    guard !points.isEmpty, referenceRows.count == references.count else { return points.map { _ in words } }
    let queries = SampleArray(
      trustedFloats: points.flatMap(\.self), count: points.count, shape: references.shape)
    let width = min(Self.rowsCompared + 1, references.count)
    let near = machine.neighbours(
      of: try PointMatrix(queries), among: try PointMatrix(references), width: width)
    return points.indices.map { place in
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

  /// The columns with the largest shares of what makes a row odd; none where no cell that can be named stands out.
  ///
  /// - Parameters:
  ///   - place: of the row in `pass`.
  ///   - row: in the table that `sources` are of.
  func contributions(
    _ place: Int, of pass: Pass, _ encoding: TableEncoding, _ sources: [Table.Column], row: Int, count: Int
  ) -> [AnomalyScore.Contribution] {
    let shares = columnShares(place, of: pass, encoding)
    let sums = shares.map(\.sum)
    let order = sums.indices.sorted { (sums[$1], $0) < (sums[$0], $1) }
    let rebuilt = pass.reconstructions.sample(place)
    let (near, middle) = (nearestInput(place, of: pass), middle)
    // What is missing, or as expected, is no reason, though its features may depart a little.
    let cells = order.lazy.filter { !sources[$0].values[row].isNaN }.map { index in
      let share = shares[index]
      let expected =
        share.tails > max(share.nearest, share.residual)
        ? middle ?? rebuilt : share.nearest > share.residual ? near ?? rebuilt : rebuilt
      return AnomalyScore.Contribution(
        column: encoding.columns[index].name, actual: sources[index].text(row: row),
        expected: expected.withUnsafeBufferPointer { encoding.expected(index, $0) }, share: sums[index])
    }.filter { $0.actual != $0.expected }.prefix(count).map { $0 }
    let least = min(Self.leastShare.share, Self.leastShare.timesEven / Double(encoding.columns.count))
    guard let first = cells.first, first.share >= least else { return [] }
    return cells.filter { $0.share >= Self.noShare }
  }
}

extension AnomalyScore.Contribution {
  /// Such as "amount is 5075, expected 511.165".
  var words: String { "\(column) is \(actual), expected \(expected)" }
}
