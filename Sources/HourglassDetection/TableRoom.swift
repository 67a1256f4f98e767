import HourglassBase

/// How much of a table a fit holds in memory.
struct TableRoom {
  /// Rows that somebody asked for; nil where memory decides.
  var rows: Int?
  var budget = MemoryBudget.process

  /// A fit takes eight times or so what its table does: this part of what may be taken is the table's own.
  private static let part = 10
  /// A sample has so many rows at most, and so many cells: more of them change a fit no more.
  private static let largestSample = 1_000_000
  private static let mostCells = 20_000_000
  private static let smallestSample = DetectorOptions.Limits.rowsInMemory.lowerBound

  /// - Throws: `HourglassError` (usage) for too few rows.
  func check() throws(HourglassError) {
    guard let rows, !DetectorOptions.Limits.rowsInMemory.contains(rows) else { return }
    throw HourglassError(
      .usage,
      "\(grouped(rows)) rows in memory are out of range; give \(grouped(Self.smallestSample)) to \(grouped(DetectorOptions.Limits.rowsInMemory.upperBound))"
    )
  }

  /// A table with more rows is fitted from a sample.
  func mostRows(columns: Int) -> Int {
    rows ?? max(budget.available / Self.part / (8 * max(columns, 1)), Self.smallestSample)
  }

  /// Rows to draw from a table with more than `mostRows`.
  func sampleSize(columns: Int) -> Int {
    rows
      ?? max(
        min(mostRows(columns: columns), Self.largestSample, Self.mostCells / max(columns, 1)),
        Self.smallestSample)
  }
}
