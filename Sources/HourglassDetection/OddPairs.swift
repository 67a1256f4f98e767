import HourglassBase
import HourglassData
import HourglassDrawing

/// Pairs of values of two columns of categories that training rows never or hardly ever had together, though each of the two
/// values is common. A missing cell is a value too.
struct OddPairs: Sendable, Equatable {
  /// A value of a column; nil where it has none.
  struct Value: Sendable, Hashable {
    var column: String
    var text: String?

    /// Such as "currency CHF", or "no country".
    var words: String { text.map { "\(column) \($0)" } ?? "no \(column)" }
  }

  struct Pair: Sendable, Equatable {
    var first: Value
    var second: Value
    /// Training rows that have both.
    var count: Int
    /// How many were to be expected if the values did not depend on each other.
    var expected: Double
  }

  /// Training rows.
  var rows = 0
  var pairs: [Pair] = []

  /// Columns that are looked at, in the order of the table.
  static let columnLimit = 24
  /// Pairs that are kept: those that were to be expected most often.
  static let limit = 4096
  /// So many rows were to be expected at least, ...
  private static let fewestExpected = 8.0
  /// ... and at most this share of them was there; or at most so few where that many were to be expected.
  private static let share = 0.02
  private static let few = (count: 2, ofExpected: 20.0)

  private static func isOdd(_ count: Int, expected: Double) -> Bool {
    guard expected >= fewestExpected else { return false }
    return Double(count) <= share * expected || count <= few.count && expected >= few.ofExpected
  }

  init(rows: Int = 0, pairs: [Pair] = []) { (self.rows, self.pairs) = (rows, pairs) }

  /// - Parameter columns: as they are encoded; the rare texts of a column are no value.
  init(of table: Table, rows chosen: [UInt32], columns: [TableEncoding.Column]) {
    var coded: [Coded] = []
    for column in columns where coded.count < Self.columnLimit {
      if let found = Coded(column, in: table) { coded.append(found) }
    }
    rows = chosen.count
    for second in coded.indices {
      for first in 0..<second {
        let (one, other) = (coded[first], coded[second])
        var counts = [Int](repeating: 0, count: one.values.count * other.values.count)
        var (singles, others) = (
          [Int](repeating: 0, count: one.values.count), [Int](repeating: 0, count: other.values.count)
        )
        for row in chosen {
          let (a, b) = (one.codes[Int(row)], other.codes[Int(row)])
          if a >= 0 { singles[a] += 1 }
          if b >= 0 { others[b] += 1 }
          if a >= 0, b >= 0 { counts[a * other.values.count + b] += 1 }
        }
        for a in one.values.indices {
          for b in other.values.indices {
            let expected = Double(singles[a]) * Double(others[b]) / Double(max(rows, 1))
            let count = counts[a * other.values.count + b]
            guard Self.isOdd(count, expected: expected) else { continue }
            pairs.append(
              Pair(first: one.values[a], second: other.values[b], count: count, expected: expected))
          }
        }
      }
    }
    if pairs.count > Self.limit {
      let order = pairs.indices.sorted { (pairs[$1].expected, $0) < (pairs[$0].expected, $1) }
      pairs = order.prefix(Self.limit).sorted().map { pairs[$0] }
    }
  }

  /// A column's cells as places among its values; -1 for a rare text.
  private struct Coded {
    var values: [Value]
    var codes: [Int]

    init?(_ column: TableEncoding.Column, in table: Table) {
      guard case .category(let category) = column.kind, let source = table[column.name],
        case .category(let levels) = source.kind
      else { return nil }
      values = category.levels.map { Value(column: column.name, text: $0) }
      let places = Dictionary(uniqueKeysWithValues: category.levels.enumerated().map { ($1, $0) })
      let missing = category.marksMissing ? values.count : -1
      if category.marksMissing { values.append(Value(column: column.name, text: nil)) }
      let codeOfLevel = levels.map { places[$0] ?? -1 }
      codes = source.values.map { $0.isNaN ? missing : codeOfLevel[Int($0)] }
    }
  }

  /// The pair of a row that is the oddest: the one that was to be expected most often.
  func pair(inRow row: Int, of table: Table, among columns: Set<String>?) -> Pair? {
    var cells: [String: String?] = [:]
    for column in Set(pairs.flatMap { [$0.first.column, $0.second.column] }) {
      guard let source = table[column], case .category(let levels) = source.kind else { continue }
      let value = source.values[row]
      cells[column] = value.isNaN ? .some(nil) : levels[Int(value)]
    }
    return pairs.filter { pair in
      columns.map { $0.contains(pair.first.column) || $0.contains(pair.second.column) } ?? true
        && cells[pair.first.column] == .some(pair.first.text)
        && cells[pair.second.column] == .some(pair.second.text)
    }.max { $0.expected < $1.expected }
  }

  /// Such as "currency CHF with no country: 0 of 4,000 rows".
  func reason(_ pair: Pair) -> String {
    let (first, second) =
      pair.first.text == nil ? (pair.second, pair.first) : (pair.first, pair.second)
    return "\(first.words) with \(second.words): \(grouped(pair.count)) of \(grouped(rows)) training rows"
  }
}
