import HourglassBase
import HourglassData
import HourglassDrawing

/// A number that stands again and again far from all others of its column, as programs write where there is no value:
/// -999, 9999.
package struct SentinelValue: Sendable, Equatable {
  package var value: Double
  /// Cells that hold it.
  package var count: Int

  package init(value: Double, count: Int) { (self.value, self.count) = (value, count) }

  /// Fewer cells may hold the same by chance.
  private static let fewest = 3
  /// Values of one column.
  private static let mostFound = 4
  /// Interquartile ranges of the others that lie between it and the nearest of them.
  private static let farthest = 10.0

  /// Those of a column, from the outermost on.
  ///
  /// - Parameter values: not a number where a cell is missing.
  package static func all(in values: [Double]) -> [SentinelValue] {
    let known = values.filter { !$0.isNaN }
    // Most columns need not be sorted.
    guard let least = known.min(), let most = known.max(),
      [least, most].contains(where: { end in known.count { $0 == end } >= fewest })
    else { return [] }
    var rest = known.sorted()
    var found: [SentinelValue] = []
    while found.count < mostFound, let (sentinel, others) = outermost(of: rest) {
      found.append(sentinel)
      rest = others
    }
    return found
  }

  /// The one at an end, and all other numbers.
  ///
  /// - Parameter sorted: in ascending order.
  private static func outermost(of sorted: [Double]) -> (SentinelValue, others: [Double])? {
    guard let least = sorted.first, let most = sorted.last, least < most else { return nil }
    let low = sorted.prefix { $0 == least }.count
    let high = sorted.reversed().prefix { $0 == most }.count
    let ends = [
      (value: least, count: low, others: Array(sorted.dropFirst(low))),
      (value: most, count: high, others: Array(sorted.dropLast(high))),
    ]
    for (value, count, others) in ends where count >= fewest {
      let gap = value == least ? others[0] - value : value - others[others.count - 1]
      let limit = distance(beyond: others, of: value)
      if limit > 0, gap > limit { return (SentinelValue(value: value, count: count), others) }
    }
    return nil
  }

  /// How far from the others a value must lie; 0 where they do not say it.
  private static func distance(beyond others: [Double], of value: Double) -> Double {
    let spread = quantile(others, 0.75) - quantile(others, 0.25)
    if spread > 0 { return farthest * spread }
    // Most of the others are equal.
    return isOfNines(value) ? abs(value) / 2 : farthest * (others[others.count - 1] - others[0])
  }

  /// Whether it is 999, 9999 and so on, or minus that.
  private static func isOfNines(_ value: Double) -> Bool {
    var nines = 999.0
    while nines < abs(value), nines < 1e15 { nines = 10 * nines + 9 }
    return nines == abs(value)
  }
}

extension TableEncoding {
  /// Columns that are named for each value.
  private static let columnsNamed = 3

  /// Which numbers of the columns may stand for missing ones, one sentence for each. They are used as numbers all the
  /// same.
  package func sentinelNotes(in table: Table) -> [String] {
    var columnsOfValues: [(value: Double, columns: [String])] = []
    for column in columns {
      guard case .number(let number) = column.kind, let source = table[column.name] else { continue }
      for sentinel in SentinelValue.all(in: source.values.filter { !number.isImplausible($0) }) {
        let words = "\(column.name.quotedForMessage) (\(grouped(sentinel.count)) cells)"
        if let place = columnsOfValues.firstIndex(where: { $0.value == sentinel.value }) {
          columnsOfValues[place].columns.append(words)
        } else {
          columnsOfValues.append((sentinel.value, [words]))
        }
      }
    }
    return columnsOfValues.map { value, columns in
      let (named, more) = (columns.prefix(Self.columnsNamed), columns.count - Self.columnsNamed)
      let others = more > 0 ? " and \(ReportText.count(more, "other"))" : ""
      let place = "\(columns.count == 1 ? "column" : "columns") \(named.joined(separator: ", "))\(others)"
      return
        "The number \(ReportText.significant(value, 15)) stands in \(place), far from all others there, and is used as "
        + "a number; if it says that there is no value, leave these cells empty."
    }
  }
}
