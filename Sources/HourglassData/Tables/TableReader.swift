import Foundation
import HourglassBase
import HourglassDatabases

/// Reads a CSV file, plain or gzip, or a table or a query of a database, block by block. However long it is, its bytes take a
/// mebibyte of memory, or twice its longest row, which may have 64 MiB; its cells take a block.
///
/// A path that is an address such as `sqlite:FILE?table=T` or `postgresql://user@host/name?query=SELECT …` stands for what the
/// database gives; columns are what it says that they are, and the format's separator and header do not count.
///
/// Cells may stand in quotes (RFC 4180); separator, header and decimal comma are found out where the format leaves
/// them open. A text that is no UTF-8 is read as Windows-1252. An empty cell, `NA`, `N/A`, `#N/A`, `NaN`, `null`, `None`,
/// `nil`, `?`, `-`, `.` and what is not finite are missing.
public final class TableReader {
  let source: TableSource
  /// What people are told that the table is.
  var path: String { source.title }
  package var title: String { source.title }
  /// The names of the columns, all different.
  public let columnNames: [String]
  /// Between two cells.
  let separator: Character
  package let hasHeader: Bool
  private let format: TableFormat
  private let budget: MemoryBudget
  let records: RecordReader
  /// What the first line was taken for, where that is a guess.
  let firstLineNote: String?
  /// Whether the name of a column is no UTF-8.
  let hasForeignName: Bool
  /// What was seen of the columns so far.
  private(set) var columns: [ColumnReading]
  /// Of a database: what it says that the columns hold.
  private let kinds: [DatabaseColumn.Kind]?
  /// What is to be said of where the rows come from.
  let sourceNotes: () -> [String]
  /// The place of the next row, from 0.
  private var row = 0
  /// The column whose texts are kept as they are written.
  private var namingColumn: Int?
  /// Of the last block: the cells of that column.
  package private(set) var rowNames: [String] = []
  /// The row that was read to find out that there is no header.
  private var block: [Double] = []

  /// - Throws: `HourglassError`: environment when the file cannot be read, badData when it is damaged or no table,
  ///   usage for a separator that cannot be one.
  public convenience init(path: String, format: TableFormat = TableFormat()) throws {
    try self.init(TableSource(path), format: format, budget: .process)
  }

  /// - Parameter budget: what the rows in memory may take.
  package convenience init(path: String, format: TableFormat = TableFormat(), budget: MemoryBudget) throws {
    try self.init(TableSource(path), format: format, budget: budget)
  }

  /// - Parameter budget: what the rows in memory may take.
  package init(
    _ source: TableSource, format: TableFormat = TableFormat(), budget: MemoryBudget = .process
  ) throws {
    var format = format
    // So is the text that a database's rows are given as.
    if source.isDatabase { (format.separator, format.hasHeader) = (",", true) }
    if let separator = format.separator {
      guard let byte = separator.asciiValue, !"\"\n\r".utf8.contains(byte), byte != 0 else {
        throw HourglassError(
          .usage,
          "The separator \"\(separator)\" cannot be one; choose one ASCII character such as , or ; or a tabulator."
        )
      }
    }
    self.source = source
    self.format = format
    self.budget = budget
    let path = source.title
    let content = try source.content()
    kinds = content.columns?.map(\.kind)
    sourceNotes = content.notes
    let records = try RecordReader(content, budget: budget)
    let sniffed = records.withBeginning {
      TableSniffer($0, count: $1, isWhole: $2, format: format)
    }
    if sniffed.preamble > 0 { records.skip(sniffed.preamble, lines: 1) }
    records.separator = sniffed.separator
    separator = Character(Unicode.Scalar(sniffed.separator))
    firstLineNote = sniffed.note
    hasHeader = sniffed.hasHeader
    let width: Int
    if sniffed.hasHeader {
      guard let count = try records.next() else {
        throw HourglassError(.badData, "\(path) is empty; give a CSV file with a row for each sample.")
      }
      width = sniffed.lacksFirstName ? count + 1 : count
      let names = (0..<count).map { records.text($0) }
      columnNames = Self.distinct((sniffed.lacksFirstName ? ["row"] : []) + names.map(\.text))
      hasForeignName = names.contains(where: \.isForeign)
    } else {
      guard let first = sniffed.records.first else {
        // Where the first line cannot be read, this says why.
        _ = try records.next()
        throw HourglassError(.badData, "\(path) is empty; give a CSV file with a row for each sample.")
      }
      width = first.count
      columnNames = (1...width).map { "column\($0)" }
      hasForeignName = false
    }
    self.records = records
    // What is known of each column, twice while the beginning is looked at.
    try budget.admit(
      2 * width * MemoryLayout<ColumnReading>.stride, for: "\(path) with \(grouped(width)) columns")
    columns = Self.typed(Array(repeating: ColumnReading(), count: width), kinds)
    for (index, name) in columnNames.enumerated() where format.categories.contains(name) {
      columns[index].isText = true
    }
    let rows = sniffed.records.dropFirst(sniffed.hasHeader ? 1 : 0).filter { $0.count == width }
    let beginnings = Self.typed(
      columns.indices.map { index in Self.reading(rows.lazy.map { $0[index] }) }, kinds)
    let styles = Self.styles(beginnings, sniffed.separator)
    let orders = Self.orders(beginnings, sniffed.separator)
    for index in columns.indices {
      columns[index].style = styles[index]
      guard !columns[index].isText else { continue }
      columns[index].isText = beginnings[index].isCategory([])
      columns[index].isTime = beginnings[index].holdsTimes
      columns[index].order = orders[index]
    }
    for name in format.categories.union(format.features).sorted() where !columnNames.contains(name) {
      throw HourglassError(
        .usage,
        "\(path) has no column \(name.quotedForMessage); "
          + (nearestName(to: name, among: columnNames).map { "did you mean \($0.quotedForMessage)?" }
            ?? "check the name."))
    }
  }

  /// Names without those that came before: `x`, `x (2)`; unnamed columns are `column1` and so on.
  private static func distinct(_ names: [String]) -> [String] {
    var taken: Set<String> = []
    // What an equal name came to, so that the next one need not count from the beginning.
    var numbers: [String: Int] = [:]
    return names.enumerated().map { index, name in
      let name = name.isEmpty ? "column\(index + 1)" : String(name.prefix(TableLimits.levelLength))
      var candidate = name
      var number = numbers[name] ?? 2
      while !taken.insert(candidate).inserted {
        candidate = "\(name) (\(number))"
        number += 1
      }
      if number > 2 { numbers[name] = number }
      return candidate
    }
  }

  /// What is known of a column, going by some of its cells.
  private static func reading(_ cells: some Sequence<String>) -> ColumnReading {
    var column = ColumnReading(isText: true)
    for cell in cells {
      _ = Array(cell.utf8).withUnsafeBufferPointer { column.value(of: $0) }
    }
    return column
  }

  private static func styles(_ columns: [ColumnReading], _ separator: UInt8) -> [NumberStyle] {
    let convention = NumberEvidence.convention(columns.map(\.evidence), separator: separator)
    return columns.map { $0.shownStyle(convention) }
  }

  /// Where a file's dates do not show which of day and month comes first, it is the day where cells are apart by semicolons or
  /// numbers have a decimal comma, since that is so in the same countries.
  private static func orders(_ columns: [ColumnReading], _ separator: UInt8) -> [TimeText.Order] {
    let point = NumberEvidence.convention(columns.map(\.evidence), separator: separator)
    let isDayFirst = separator == UInt8(ascii: ";") || point == NumberStyle.comma
    return columns.map { $0.shownOrder(isDayFirst ? .dayFirst : .monthFirst) }
  }

  /// The order of days and months of each column, going by all cells so far.
  var orders: [TimeText.Order] { Self.orders(columns, records.separator) }

  /// How the numbers of each column are written, going by all cells so far.
  var styles: [NumberStyle] { Self.styles(columns, records.separator) }

  /// Whether numbers so far were read in another style than that in which they are written, as later cells show.
  package var isMisread: Bool {
    zip(columns, styles).contains { !$0.isText && $0.style != $1 }
      || zip(columns, orders).contains { $0.isTime && $0.order != $1 }
  }

  /// A reader of the same file from its beginning on, that knows how the numbers are written.
  ///
  /// - Throws: as for a new one.
  package func again() throws -> TableReader {
    let reader = try TableReader(source, format: format, budget: budget)
    let (styles, orders) = (styles, orders)
    reader.setColumns(
      columns.indices.map {
        ColumnReading(
          isText: columns[$0].isText, isTime: columns[$0].isTime, style: styles[$0], order: orders[$0])
      })
    return reader
  }

  /// Says which columns hold texts, and what is known of them, before the first block is read.
  func setColumns(_ columns: [ColumnReading]) { self.columns = Self.typed(columns, kinds) }

  private static func typed(
    _ columns: [ColumnReading], _ kinds: [DatabaseColumn.Kind]?
  ) -> [ColumnReading] {
    guard let kinds else { return columns }
    return zip(columns, kinds).map { column, kind in
      var column = column
      column.declared = kind
      return column
    }
  }

  /// From now on these columns hold texts, these times and all others numbers, whatever the beginning of the file looks like.
  package func read(texts: Set<String>, times: Set<String>) {
    for (index, name) in columnNames.enumerated() {
      (columns[index].isText, columns[index].isTime) = (texts.contains(name), times.contains(name))
    }
  }

  // MARK: - Blocks

  /// The next rows.
  ///
  /// - Parameter limit: rows to read at most, from 1; of wide tables fewer are read, so that a block stays small.
  /// - Returns: nil when there are no more.
  /// - Throws: `HourglassError` (badData) naming the line where a row has another number of cells than the first; usage for a
  ///   limit below 1.
  public func next(_ limit: Int = 4096) throws -> Table? {
    guard limit >= 1 else {
      throw HourglassError(.usage, "A block of \(limit) rows cannot be read; ask for 1 at least.")
    }
    let firstRow = row
    let count = try fill(min(limit, mostRowsAtOnce))
    guard count > 0 else { return nil }
    let width = columnNames.count
    return Table(
      trustedColumns: (0..<width).map { index in
        let values = [Double](unsafeUninitializedCapacity: count) { memory, filled in
          block.withUnsafeBufferPointer { block in
            for row in 0..<count { memory.initializeElement(at: row, to: block[row * width + index]) }
          }
          filled = count
        }
        return Table.Column(name: columnNames[index], kind: kind(index), values: values)
      }, firstRow: firstRow)
  }

  private func kind(_ index: Int) -> Table.Kind {
    if columns[index].isTime { return .time }
    return columns[index].isText ? .category(levels: columns[index].names) : .number
  }

  /// Rows of a block, at least one: numbers of eight mebibytes.
  var mostRowsAtOnce: Int { max(1, min(4096, (1 << 20) / columnNames.count)) }

  /// Fills `block` row by row; a row of texts has their indices.
  func fill(_ limit: Int) throws -> Int {
    let width = columnNames.count
    if block.count < limit * width {
      try budget.admit(8 * limit * width, for: "A block of \(limit) rows of \(path)")
      block = Array(repeating: 0, count: limit * width)
    }
    var count = 0
    rowNames.removeAll(keepingCapacity: true)
    while count < limit, let cells = try records.next() {
      guard cells == width else {
        throw HourglassError(
          .badData,
          "Line \(records.line) of \(path) has \(cells) cells, but \(hasHeader ? "the header" : "the first line") has "
            + "\(width)",
          remedies: [.text("correct the line")]
            + (cells == 1 || width == 1 ? [.give(.separator, "what stands between two cells")] : []))
      }
      columns.withUnsafeMutableBufferPointer { columns in
        block.withUnsafeMutableBufferPointer { block in
          for index in 0..<width {
            block[count * width + index] = records.withCell(index) { cell in
              columns[index].value(of: cell)
            }
          }
        }
      }
      if let namingColumn { rowNames.append(records.text(namingColumn).text) }
      count += 1
    }
    row += count
    return count
  }

  /// How many rows there seem to be, going by the length of those so far; nil where the length of all is not known.
  var expectedRows: Double? {
    let (done, total) = records.progress
    return total.map { Double(row) * Double($0) / Double(max(done, 1)) }
  }

  /// How far it has come: in bytes, where their number is known.
  var progress: WorkProgress {
    let (done, total) = records.progress
    return total.map { WorkProgress("looking at all rows", done: done, of: max($0, done), "bytes") }
      ?? WorkProgress("looking at all rows", done: row, of: nil, "rows")
  }

  /// Shows the cells of the last rows, row by row.
  func withBlock(_ body: (UnsafeBufferPointer<Double>) -> Void) { block.withUnsafeBufferPointer(body) }

  /// From now on the cells of this column are kept for each block, in `rowNames`.
  package func keepNames(in column: String) { namingColumn = columnNames.firstIndex(of: column) }

  /// Appends the values of `count` rows of the block to lists, one for each column.
  func appendBlock(_ count: Int, to lists: inout [[Double]]) {
    let width = columnNames.count
    block.withUnsafeBufferPointer { block in
      for index in 0..<width {
        for row in 0..<count { lists[index].append(block[row * width + index]) }
      }
    }
  }
}
