import HourglassBase
import HourglassMessages
import HourglassONNX

// How rare single cells are, as in `MarginalTails`.

extension DetectorTranslation {
  /// The mean over the terms of each point, `[batch, 1]` of 64 bits.
  ///
  /// - Parameter points: of a joined space.
  mutating func rarity(_ points: String, by tails: MarginalTails) -> String {
    writer.scope = "tails"
    var (terms, tables): ([String], [(feature: Int, table: TailTable)]) = ([], [])
    for (index, part) in tails.parts.enumerated() {
      switch part {
      case .numbers(let first, let sorted):
        tables += sorted.enumerated().map { (first + $0, TailTable($1)) }
      case .category(let first, let rarity):
        let features = writer.add(
          "Slice",
          [points] + [[first], [first + rarity.count], [1]].map { writer.integers($0) })
        let level = writer.add("ArgMax", [features], .integer("axis", 1), .integer("keepdims", 1))
        terms.append(op("Gather", writer.doubles("tails/\(index)", [rarity.count], rarity), level))
      case .circle: break
      }
    }
    if !tables.isEmpty { terms.append(looked(points, in: tables)) }
    guard !terms.isEmpty else { return op("Mul", cast(column(0, of: points), to: .double), writer.double(0)) }
    return op("Div", rowSum(concatenated(terms)), writer.double(Double(tails.termCount)))
  }

  /// The rarity of each of some features, found by halving: all of them at once.
  private mutating func looked(_ points: String, in tables: [(feature: Int, table: TailTable)]) -> String {
    let longest = tables.reduce(1) { max($0, $1.table.values.count) }
    var extent = 1
    while extent <= longest { extent *= 2 }
    // Behind the last value lie others that nothing reaches.
    let values = tables.flatMap {
      $0.table.values + Array(repeating: .infinity, count: extent - $0.table.values.count)
    }
    var ends: [Int] = []
    for (_, table) in tables { ends.append((ends.last ?? 0) + table.rarity.count) }
    let starts = [0] + ends.dropLast()
    let numbers = writer.add(
      "Gather", [points, writer.integers("tails.features", tables.map(\.feature))], .integer("axis", 1))
    let memory = writer.weight("tails/values", [values.count], values)
    // Of each feature the place before its first value.
    let before = writer.integers("tails.before", tables.indices.map { $0 * extent - 1 })
    var place = before
    var step = extent / 2
    while step > 0 {
      let further = op("Add", place, writer.integer(step))
      let isReached = op("LessOrEqual", op("Gather", memory, further), numbers)
      place = op("Where", isReached, further, place)
      step /= 2
    }
    let count = op("Sub", place, before)
    let last = op("Gather", memory, op("Max", place, writer.integer(0)))
    let isMet = op(
      "And", op("Greater", count, writer.integer(0)), op("Equal", last, numbers))
    let entry = op("Sub", op("Mul", count, writer.integer(2)), cast(isMet, to: .int64))
    let rarity = writer.doubles("tails/rarity", [ends.last ?? 0], tables.flatMap(\.table.rarity))
    return op("Gather", rarity, op("Add", entry, writer.integers("tails.starts", starts)))
  }
}

/// How rare a number is by where it lies among those of training.
private struct TailTable {
  /// The different ones, ascending.
  var values: [Float] = []
  /// Below the first value, at it, between it and the second, and so on to above the last.
  var rarity: [Double]

  /// - Parameter sorted: at least one, ascending.
  init(_ sorted: [Float]) {
    let total = sorted.count
    func between(_ below: Int) -> Double { MarginalTails.rarity(of: min(below, total - below), among: total) }
    rarity = [between(0)]
    for (index, value) in sorted.enumerated() where index + 1 == total || sorted[index + 1] != value {
      values.append(value)
      rarity += [MarginalTails.tail(of: value, among: sorted), between(index + 1)]
    }
  }
}
