import Foundation
import HourglassGraph

/// Reads a CSV file, plain or gzip, block by block: the file is never in memory as a whole.
///
/// Cells may stand in quotes (RFC 4180); separator, header and decimal comma are found out where the format leaves
/// them open. An empty cell, `NA`, `NaN`, `null`, `None`, `?` and what is not finite are missing.
public final class TableReader {
  public let path: String
  /// The names of the columns, all different.
  public let columnNames: [String]
  /// Between two cells.
  public let separator: Character
  public let hasHeader: Bool
  private let records: RecordReader
  private let point: UInt8
  private var columns: [ColumnReading]
  /// The place of the next row, from 0.
  private var row = 0
  /// The row that was read to find out that there is no header.
  private var block: [Double] = []

  /// What is known of a column while it is read.
  struct ColumnReading {
    var isText = false
    /// Texts to their indices, when they are categories.
    var levels: [String: Int] = [:]
    var names: [String] = []
    /// Whether there are more texts than categories can be.
    var overflows = false
    /// Cells that are numbers, and that are neither numbers nor missing.
    var numberCount = 0
    var textCount = 0
    var firstText = ""
  }

  /// - Throws: `HourglassError`: environment when the file cannot be read, badData when it is damaged or no table,
  ///   usage for a separator that cannot be one.
  public init(path: String, format: TableFormat = TableFormat()) throws {
    if let separator = format.separator {
      guard let byte = separator.asciiValue, !"\"\n\r".utf8.contains(byte), byte != 0 else {
        throw HourglassError(
          .usage,
          "The separator \"\(separator)\" cannot be one; choose one ASCII character such as , or ; or a tabulator."
        )
      }
    }
    self.path = path
    let records = try RecordReader(path: path)
    let sniffed = records.withBeginning {
      TableSniffer($0, count: $1, isWhole: $2, format: format)
    }
    records.separator = sniffed.separator
    separator = Character(Unicode.Scalar(sniffed.separator))
    point = sniffed.point
    hasHeader = sniffed.hasHeader
    let width: Int
    if sniffed.hasHeader {
      guard let count = try records.next() else {
        throw HourglassError(.badData, "\(path) is empty; give a CSV file with a row for each sample.")
      }
      width = count
      columnNames = Self.distinct((0..<count).map { records.text($0) })
    } else {
      guard let first = sniffed.records.first else {
        // Where the first line cannot be read, this says why.
        _ = try records.next()
        throw HourglassError(.badData, "\(path) is empty; give a CSV file with a row for each sample.")
      }
      width = first.count
      columnNames = (1...width).map { "column\($0)" }
    }
    self.records = records
    columns = Array(repeating: ColumnReading(), count: width)
    for (index, name) in columnNames.enumerated() where format.categories.contains(name) {
      columns[index].isText = true
    }
    let rows = sniffed.records.dropFirst(sniffed.hasHeader ? 1 : 0).filter { $0.count == width }
    for index in columns.indices where !columns[index].isText {
      columns[index].isText = Self.isText(rows.lazy.map { $0[index] }, point: point)
    }
    for name in format.categories where !columnNames.contains(name) {
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
    return names.enumerated().map { index, name in
      let name = name.isEmpty ? "column\(index + 1)" : String(name.prefix(TableLimits.levelLength))
      var candidate = name
      var number = 2
      while !taken.insert(candidate).inserted {
        candidate = "\(name) (\(number))"
        number += 1
      }
      return candidate
    }
  }

  /// More than a twentieth of the cells that are not missing are no numbers.
  private static func isText(_ cells: some Sequence<String>, point: UInt8) -> Bool {
    var (numbers, texts) = (0, 0)
    for cell in cells {
      switch Array(cell.utf8).withUnsafeBufferPointer({ CellNumber.read($0, point: point) }) {
      case .number: numbers += 1
      case .text: texts += 1
      case .missing: break
      }
    }
    return texts * 20 > numbers + texts
  }

  /// Says which columns hold texts, and what is known of them, before the first block is read.
  func setColumns(_ columns: [ColumnReading]) { self.columns = columns }

  /// What was seen of the columns so far.
  var seen: [ColumnReading] { columns }

  /// From now on these columns hold texts and all others numbers, whatever the beginning of the file looks like.
  package func readTexts(in names: Set<String>) {
    for (index, name) in columnNames.enumerated() { columns[index].isText = names.contains(name) }
  }

  /// What a person should know of cells that are no numbers in columns of numbers, one sentence each.
  package func strayNotes(in names: Set<String>) -> [String] {
    columnNames.indices.filter {
      names.contains(columnNames[$0]) && !columns[$0].isText && columns[$0].textCount > 0
    }
    .map { Table.strayNote(columnNames[$0].quotedForMessage, columns[$0].textCount, columns[$0].firstText) }
  }

  // MARK: - Blocks

  /// The next rows.
  ///
  /// - Parameter limit: rows to read at most, from 1.
  /// - Returns: nil when there are no more.
  /// - Throws: `HourglassError` (badData) naming the line where a row has another number of cells than the first.
  public func next(_ limit: Int = 4096) throws -> Table? {
    let firstRow = row
    let count = try fill(limit)
    guard count > 0 else { return nil }
    let width = columnNames.count
    return Table(
      columns: (0..<width).map { index in
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
    columns[index].isText ? .category(levels: columns[index].names) : .number
  }

  /// Fills `block` row by row; a row of texts has their indices.
  func fill(_ limit: Int) throws -> Int {
    let width = columnNames.count
    if block.count < limit * width { block = Array(repeating: 0, count: limit * width) }
    var count = 0
    while count < limit, let cells = try records.next() {
      guard cells == width else {
        throw HourglassError(
          .badData,
          "Line \(records.line) of \(path) has \(cells) cells, but \(hasHeader ? "the header" : "the first line") has "
            + "\(width); correct the line\(cells == 1 || width == 1 ? ", or name the separator with --separator" : "")."
        )
      }
      columns.withUnsafeMutableBufferPointer { columns in
        block.withUnsafeMutableBufferPointer { block in
          for index in 0..<width {
            block[count * width + index] = records.withCell(index) { cell in
              Self.value(of: cell, point: point, &columns[index])
            }
          }
        }
      }
      count += 1
    }
    row += count
    return count
  }

  /// Appends the values of `count` rows of the block to lists, one for each column.
  func appendBlock(_ count: Int, to lists: inout [[Double]]) {
    let width = columnNames.count
    block.withUnsafeBufferPointer { block in
      for index in 0..<width {
        for row in 0..<count { lists[index].append(block[row * width + index]) }
      }
    }
  }

  @inline(__always)
  private static func value(
    of cell: UnsafeBufferPointer<UInt8>, point: UInt8, _ column: inout ColumnReading
  ) -> Double {
    guard !column.isText else { return level(of: cell, point: point, &column) }
    switch CellNumber.read(cell, point: point) {
    case .number(let value):
      column.numberCount += 1
      return value
    case .missing: return .nan
    case .text:
      if column.textCount == 0 { column.firstText = String(decoding: cell.prefix(60), as: UTF8.self) }
      column.textCount += 1
      return .nan
    }
  }

  private static func level(
    of cell: UnsafeBufferPointer<UInt8>, point: UInt8, _ column: inout ColumnReading
  ) -> Double {
    switch CellNumber.read(cell, point: point) {
    case .missing: return .nan
    case .number: column.numberCount += 1
    case .text: column.textCount += 1
    }
    let text = String(decoding: cell.prefix(TableLimits.levelLength), as: UTF8.self)
    if let index = column.levels[text] { return Double(index) }
    guard column.names.count < TableLimits.levels else {
      if !column.overflows { column.names.append("(others)") }
      column.overflows = true
      return Double(TableLimits.levels)
    }
    column.levels[text] = column.names.count
    column.names.append(text)
    return Double(column.names.count - 1)
  }
}
