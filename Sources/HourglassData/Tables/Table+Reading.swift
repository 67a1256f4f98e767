import Foundation
import HourglassGraph

extension Table {
  /// Reads a CSV file, plain or gzip.
  ///
  /// A column is one of categories when more than a twentieth of its cells are neither numbers nor missing; the rare
  /// text in a column of numbers counts as missing, which `notes` tell. Row numbers, and columns with more than
  /// 4,096 different texts (names rather than categories), are left out.
  ///
  /// - Parameter limit: rows to read at most; all when nil.
  /// - Throws: `HourglassError`: environment when the file cannot be read or is larger than memory, badData when it
  ///   is damaged, has no rows or lines of different lengths, usage for a format that does not suit it.
  public static func read(
    path: String, format: TableFormat = TableFormat(), limit: Int? = nil
  ) throws -> Table {
    try read(
      path: path, format: format, limit: limit,
      memoryLimit: Int(clamping: ProcessInfo.processInfo.physicalMemory) / 2)
  }

  package static func read(path: String, format: TableFormat, limit: Int?, memoryLimit: Int) throws -> Table {
    let reader = try TableReader(path: path, format: format)
    var (lists, columns) = try read(reader, limit: limit ?? .max, memoryLimit: memoryLimit)
    // Texts that the beginning did not show; their column is read once more.
    let late = columns.indices.filter { !columns[$0].isText && isMixed(columns[$0]) }
    if !late.isEmpty {
      let again = try TableReader(path: path, format: format)
      var known = again.seen
      for index in known.indices { known[index].isText = columns[index].isText || late.contains(index) }
      again.setColumns(known)
      lists = []
      (lists, columns) = try read(again, limit: limit ?? .max, memoryLimit: memoryLimit)
    }
    guard lists.first?.isEmpty == false else {
      throw HourglassError(.badData, "\(path) has no rows below its header; give a row for each sample.")
    }
    return table(reader, lists, columns, forced: format.categories)
  }

  private static func isMixed(_ column: TableReader.ColumnReading) -> Bool {
    column.textCount * 20 > column.numberCount + column.textCount
  }

  private static func read(
    _ reader: TableReader, limit: Int, memoryLimit: Int
  ) throws -> ([[Double]], [TableReader.ColumnReading]) {
    let width = reader.columnNames.count
    var lists = [[Double]](repeating: [], count: width)
    let rowsAtOnce = max(1, min(4096, (1 << 20) / width))
    var left = limit
    while left > 0 {
      let count = try reader.fill(min(rowsAtOnce, left))
      reader.appendBlock(count, to: &lists)
      if count < rowsAtOnce { break }
      left -= count
      guard (lists.first?.count ?? 0) * width * 8 <= memoryLimit else {
        throw HourglassError(
          .environment,
          "\(reader.path) has more than \(lists.first?.count ?? 0) rows of \(width) columns, which take more than "
            + "half of the memory; give fewer rows.")
      }
    }
    return (lists, reader.seen)
  }

  private static func table(
    _ reader: TableReader, _ lists: [[Double]], _ columns: [TableReader.ColumnReading], forced: Set<String>
  ) -> Table {
    var kept: [Column] = []
    var notes: [String] = []
    for (index, name) in reader.columnNames.enumerated() {
      let (seen, values) = (columns[index], lists[index])
      let title = name.quotedForMessage
      if seen.overflows {
        notes.append(
          "Column \(title) is left out: it has more than \(TableLimits.levels) different texts, names rather "
            + "than categories.")
      } else if seen.isText, !isMixed(seen), !forced.contains(name), seen.numberCount > 0 {
        // Only the beginning looked like texts.
        let numbers = seen.names.map { Double($0) ?? .nan }
        kept.append(Column(name: name, values: values.map { $0.isNaN ? $0 : numbers[Int($0)] }))
        notes.append(strayNote(title, seen.textCount, seen.names.first { Double($0) == nil } ?? ""))
      } else if seen.isText {
        kept.append(Column(name: name, kind: .category(levels: seen.names), values: values))
      } else if isRowNumber(values), values.count > 2 {
        notes.append("Column \(title) is left out: it numbers the rows.")
      } else {
        kept.append(Column(name: name, values: values))
        if seen.textCount > 0 { notes.append(strayNote(title, seen.textCount, seen.firstText)) }
      }
    }
    return Table(columns: kept, notes: notes)
  }

  static func strayNote(_ title: String, _ count: Int, _ first: String) -> String {
    "Column \(title) holds numbers; \(count) cell\(count == 1 ? "" : "s") of it that \(count == 1 ? "is" : "are") "
      + "none, such as \(first.quotedForMessage), count\(count == 1 ? "s" : "") as missing."
  }

  /// 0, 1, 2, ... or 1, 2, 3, ...
  private static func isRowNumber(_ values: [Double]) -> Bool {
    guard let first = values.first, first == 0 || first == 1 else { return false }
    return values.enumerated().allSatisfy { $1 == first + Double($0) }
  }
}
