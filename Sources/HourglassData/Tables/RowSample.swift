import HourglassBase

/// Rows of a table that are drawn while it is read, each as likely, however many come.
///
/// Every row has a random number that follows from the seed and its place, and those with the smallest numbers are kept. So the
/// sample does not depend on how the rows come.
struct RowSample {
  private let size: Int
  private let key: (UInt32, UInt32)
  private var rows: [UInt32] = []
  private var numbers: [UInt64] = []
  /// Of each column.
  private var lists: [[Double]]
  /// No row with a larger number is among the smallest.
  private var largest = UInt64.max

  init(_ size: Int, width: Int, seed: UInt64) {
    precondition(size > 0, "a sample has at least one row")
    self.size = size
    key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    lists = Array(repeating: [], count: width)
  }

  /// Keeps these draws apart from others of the seed.
  private static let stream: UInt32 = 5

  /// So many rows are held until the surplus is let go of.
  private var room: Int { size + size / 4 + 4096 }

  /// - Throws: `HourglassError` (environment) when there is no memory for the sample.
  func admit(_ budget: MemoryBudget, for path: String) throws(HourglassError) {
    try budget.admit(
      MemoryBudget.product(8, lists.count + 2, room),
      for: "A sample of \(grouped(size)) rows of \(path) with \(grouped(lists.count)) columns",
      remedy: "draw fewer rows")
  }

  /// - Parameter cells: of these rows, row by row.
  mutating func add(_ next: Range<UInt32>, _ cells: UnsafeBufferPointer<Double>) {
    let width = lists.count
    for (place, row) in next.enumerated() {
      let number = number(of: row)
      guard number <= largest else { continue }
      rows.append(row)
      numbers.append(number)
      for index in 0..<width { lists[index].append(cells[place * width + index]) }
      if rows.count >= room { trim() }
    }
  }

  private func number(of row: UInt32) -> UInt64 {
    // As `RandomNumbers` counts, but any draw at once.
    let words = RandomNumbers.philox(
      (row, 0, Self.stream, RandomNumbers.Purpose.sampling.rawValue << 28), key)
    return UInt64(words[0]) << 32 | UInt64(words[1])
  }

  private mutating func trim() {
    guard rows.count > size else { return }
    // Equal numbers, should there be some, go by the rows' order.
    let order = rows.indices.sorted { (numbers[$0], rows[$0]) < (numbers[$1], rows[$1]) }
    let places = order.prefix(size).sorted()
    largest = numbers[order[size - 1]]
    rows = places.map { rows[$0] }
    numbers = places.map { numbers[$0] }
    for index in lists.indices {
      for (target, place) in places.enumerated() { lists[index][target] = lists[index][place] }
      lists[index].removeSubrange(places.count...)
    }
  }

  /// The sample, in the order of the rows.
  func drawn() -> (rows: [UInt32], lists: [[Double]]) {
    var sample = self
    sample.trim()
    return (sample.rows, sample.lists)
  }
}
