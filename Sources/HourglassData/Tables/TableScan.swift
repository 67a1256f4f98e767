import HourglassBase
import HourglassDatabases
import HourglassFiles

/// A look at all rows of a table that is not brought into memory: how many there are, what the columns hold, as `Table.read` finds
/// it, and a sample of the rows.
package struct TableScan: Sendable {
  /// Of the whole table; at most `UInt32.max`.
  package let rowCount: Int
  /// The rows that were drawn, in their order, with the columns that `Table.read` keeps and its notes.
  package let sample: Table
  /// Where each of them stands in the table, from 0, ascending.
  package var rows: [UInt32] { sample.places }
  /// How often each text of the counted column stands in the table.
  package let counts: [String: Int]
  package let columnNames: [String]
  /// What people are told that the table is.
  package var title: String { source.title }
  private let source: TableSource
  /// Of the file at the first pass.
  private let stamp: FileStamp?
  private let format: TableFormat
  private let limit: Int?
  /// How the columns are read again.
  private let columns: [ColumnReading]

  /// Different texts of the counted column, at most.
  static let countedTexts = 100_000

  /// - Parameters:
  ///   - source: gives the same rows each time it is read.
  ///   - limit: rows to look at, at most; all when nil.
  ///   - sampleSize: rows to draw of a table of so many columns, each row as likely, at least 1; all where there are no more.
  ///   - seed: which they are follows from it and from the number of rows, not from what is in them.
  ///   - counting: the column whose texts are counted.
  ///   - progress: told of rows now and then; what it throws ends the work.
  /// - Throws: `HourglassError`: as `Table.read`; usage when the counted column has more than 100,000 different texts.
  package init(
    _ source: TableSource, format: TableFormat, limit: Int?, sampleSize: (_ columns: Int) -> Int,
    seed: UInt64,
    counting counted: String? = nil, budget: MemoryBudget = MemoryBudget.process.divided(by: 2),
    progress: WorkProgress.Report = { _ in }
  ) throws {
    stamp = try source.stamp()
    var reader = try TableReader(source, format: format, budget: budget)
    let sampleSize = sampleSize(reader.columnNames.count)
    func pass(_ reader: TableReader) throws -> TablePass {
      var pass = TablePass(reader.columnNames, sampleSize: sampleSize, seed: seed, counting: counted)
      try pass.read(reader, limit: limit ?? .max, budget: budget, progress)
      return pass
    }
    var found = try pass(reader)
    let columns = reader.columns
    let isCategory = columns.indices.map {
      format.categories.contains(reader.columnNames[$0])
        || columns[$0].isCategory(differentNumbers: found.looks[$0].different)
    }
    let isTime = columns.indices.map {
      !format.categories.contains(reader.columnNames[$0]) && columns[$0].holdsTimes
    }
    let (styles, orders) = (reader.styles, reader.orders)
    var readings = columns.indices.map {
      ColumnReading(isText: isCategory[$0], isTime: isTime[$0], style: styles[$0], order: orders[$0])
    }
    let isRight = columns.indices.allSatisfy {
      guard columns[$0].isTime == isTime[$0] else { return false }
      if isTime[$0] { return columns[$0].order == orders[$0] }
      return columns[$0].isText == isCategory[$0] && (isCategory[$0] || columns[$0].style == styles[$0])
    }
    if !isRight {
      // The beginning misled.
      reader = try TableReader(source, format: format, budget: budget)
      reader.setColumns(readings)
      found = try pass(reader)
    }
    guard found.rowCount > 0 else { throw source.emptiness }
    let sample = found.drawn()
    let looks = found.looks.indices.map { index in
      found.looks[index].settled(drawn: sample.lists[index])
    }
    var table = Table.kept(
      reader, sample.lists, reader.columns, isCategory, forced: format, looks: looks)
    table.places = sample.rows
    for (index, name) in reader.columnNames.enumerated() where table[name]?.kind == .time {
      readings[index].isTime = true
    }
    if found.countsOverflow {
      throw HourglassError(
        .usage,
        "Column \((counted ?? "").quotedForMessage) of \(source.title) has more than \(grouped(Self.countedTexts)) different "
          + "labels; name a column with a few.")
    }
    (self.sample, rowCount, columnNames) = (table, found.rowCount, reader.columnNames)
    (self.source, self.format, self.limit, self.columns) = (source, format, limit, readings)
    counts = counted.flatMap { table[$0] }.map { found.texts(of: $0) } ?? [:]
  }

  /// The rows once more, from the first one on, with columns of the same kinds.
  ///
  /// - Parameter names: a column whose cells are kept as they are written.
  /// - Throws: as a table is read.
  package func blocks(names: String? = nil) throws -> Blocks {
    let reader = try TableReader(source, format: format)
    reader.setColumns(columns)
    if let names { reader.keepNames(in: names) }
    return Blocks(reader, count: rowCount, isLimited: limit != nil) { [source, stamp] in
      try source.stamp() == stamp
    }
  }

  /// Gives a table block by block.
  package final class Blocks {
    private let reader: TableReader
    private let count: Int
    private let isLimited: Bool
    private let isUnchanged: () throws -> Bool
    private var done = 0

    init(_ reader: TableReader, count: Int, isLimited: Bool, isUnchanged: @escaping () throws -> Bool) {
      (self.reader, self.count, self.isLimited) = (reader, count, isLimited)
      self.isUnchanged = isUnchanged
    }

    /// The names of the last block's rows, where a column has some.
    package var names: [String] { reader.rowNames }

    /// The next rows, of which `firstRow` says where they stand.
    ///
    /// - Parameter most: rows at most, from 1.
    /// - Returns: nil when there are no more.
    /// - Throws: `HourglassError` (environment) when there are more or fewer rows than before, or at the end when the file is another or was
    ///   written meanwhile; as a table is read.
    package func next(_ most: Int) throws -> Table? {
      guard done < count || !isLimited else {
        try checkIsUnchanged()
        return nil
      }
      let block = try reader.next(isLimited ? min(most, count - done) : most)
      done += block?.rowCount ?? 0
      guard done <= count, block != nil || done == count else {
        throw HourglassError(
          .environment,
          "\(reader.path) had \(grouped(count)) rows at first, and later \(done > count ? "more" : "\(grouped(done))")",
          .text("begin anew with a table that nobody writes"))
      }
      if block == nil { try checkIsUnchanged() }
      return block
    }

    private func checkIsUnchanged() throws {
      guard try !isUnchanged() else { return }
      throw HourglassError(
        .environment, "\(reader.path) was changed by another program while it was used",
        .text("begin anew with a table that nobody writes"))
    }
  }
}

/// What one pass over a table shows.
private struct TablePass {
  private(set) var looks: [ColumnLook]
  private(set) var rowCount = 0
  private var sample: RowSample
  private let counted: Int?
  private var counts: [Double: Int] = [:]
  private(set) var countsOverflow = false

  init(_ names: [String], sampleSize: Int, seed: UInt64, counting: String?) {
    looks = names.map { ColumnLook($0) }
    sample = RowSample(sampleSize, width: names.count, seed: seed)
    counted = counting.flatMap(names.firstIndex)
  }

  mutating func read(
    _ reader: TableReader, limit: Int, budget: MemoryBudget, _ progress: WorkProgress.Report
  ) throws {
    try sample.admit(budget, for: reader.path)
    let width = looks.count
    let isNumber = reader.columns.map { !$0.isText && !$0.isTime }
    let rowsAtOnce = reader.mostRowsAtOnce
    var left = limit
    while left > 0 {
      let count = try reader.fill(min(rowsAtOnce, left))
      guard rowCount + count <= Int(UInt32.max) else {
        throw HourglassError(
          .badData, "\(reader.path) has more than \(grouped(Int(UInt32.max))) rows; give fewer rows")
      }
      reader.withBlock { block in
        for index in 0..<width where isNumber[index] {
          looks[index].add(stride(from: index, to: count * width, by: width), of: block)
        }
        if let counted {
          for row in 0..<count { tally(block[row * width + counted]) }
        }
        sample.add(UInt32(rowCount)..<UInt32(rowCount + count), block)
      }
      rowCount += count
      left -= count
      if count < rowsAtOnce { break }
      try progress(reader.progress)
    }
  }

  private mutating func tally(_ value: Double) {
    guard !value.isNaN, !countsOverflow else { return }
    counts[value, default: 0] += 1
    countsOverflow = counts.count > TableScan.countedTexts
  }

  func drawn() -> (rows: [UInt32], lists: [[Double]]) { sample.drawn() }

  /// How often each text of the counted column was there.
  func texts(of column: Table.Column) -> [String: Int] {
    let values = counts.keys.sorted()
    let cells = Table.Column(name: column.name, kind: column.kind, values: values)
    return Dictionary(
      values.indices.map { (cells.text(row: $0), counts[values[$0], default: 0]) }, uniquingKeysWith: +)
  }
}
