import HourglassBase

/// What a column says that names each row of a table, as it is written in the file.
package struct RowNames: Sendable {
  package var column: String
  /// One for each row, empty where the cell is; none of a table that is not in memory.
  package var texts: [String]

  /// Bytes that a text takes in memory, about.
  private static let textSize = 48
  /// With fewer rows any texts may be all different.
  private static let fewestRows = 3

  /// Reads the names of the rows of a table.
  ///
  /// - Parameters:
  ///   - limit: rows to read at most; all when nil.
  ///   - progress: told of rows now and then; what it throws ends the work.
  /// - Throws: `HourglassError`: usage when the file has no such column; else as a table is read.
  package init(
    in column: String, _ source: TableSource, format: TableFormat, limit: Int?,
    progress: WorkProgress.Report = { _ in }
  ) throws {
    let reader = try TableReader(source, format: format)
    guard reader.columnNames.contains(column) else {
      throw HourglassError(
        .usage,
        "\(source.title) has no column \(column.quotedForMessage) to name rows by"
          + suggestion(column, among: reader.columnNames))
    }
    self.column = column
    texts = try Self.texts(in: column, reader, limit: limit, areDifferent: false, progress) ?? []
  }

  /// The first column of texts that are all different, one in each row; nil where there is none.
  ///
  /// - Parameters:
  ///   - table: what was read of the source.
  ///   - excluding: columns that are something else.
  ///   - progress: told of rows now and then; what it throws ends the work.
  /// - Throws: `HourglassError`, as a table is read.
  package static func found(
    in table: Table, _ source: TableSource, format: TableFormat, limit: Int?, excluding: Set<String>,
    progress: WorkProgress.Report = { _ in }
  ) throws -> RowNames? {
    guard table.rowCount >= fewestRows else { return nil }
    let first = try TableReader(source, format: format)
    for name in first.columnNames where !excluding.contains(name) && !format.categories.contains(name) {
      if let column = table[name] {
        guard case .category(let levels) = column.kind, levels.count == table.rowCount else { continue }
      } else {
        guard table.crowdedColumns.contains(name) else { continue }
      }
      let reader = try TableReader(source, format: format)
      if let texts = try texts(in: name, reader, limit: limit, areDifferent: true, progress) {
        return RowNames(column: name, texts: texts)
      }
    }
    return nil
  }

  /// The first column whose texts are all different in the sample of a larger table, and missing in no row; without the texts.
  ///
  /// - Parameters:
  ///   - excluding: columns that are something else.
  ///   - progress: told of rows now and then; what it throws ends the work.
  /// - Throws: `HourglassError`, as a table is read.
  package static func found(
    in scan: TableScan, format: TableFormat, excluding: Set<String>, progress: WorkProgress.Report
  ) throws -> RowNames? {
    for name in scan.columnNames where !excluding.contains(name) && !format.categories.contains(name) {
      if let column = scan.sample[name] {
        guard case .category(let levels) = column.kind, levels.count == scan.rowCount else { continue }
      } else {
        guard scan.sample.crowdedColumns.contains(name) else { continue }
      }
      if try isNaming(name, scan, progress) { return RowNames(column: name, texts: []) }
    }
    return nil
  }

  private static func isNaming(
    _ column: String, _ scan: TableScan, _ progress: WorkProgress.Report
  ) throws -> Bool {
    var (seen, drawn): (Set<String>, ArraySlice<UInt32>) = ([], scan.rows[...])
    let blocks = try scan.blocks(names: column)
    while let block = try blocks.next(4096) {
      for (place, name) in blocks.names.enumerated() {
        if name.isEmpty { return false }
        guard drawn.first == UInt32(block.firstRow + place) else { continue }
        drawn.removeFirst()
        if !seen.insert(name).inserted { return false }
      }
      try progress(
        WorkProgress("reading", done: block.firstRow + block.rowCount, of: scan.rowCount, "rows"))
    }
    return true
  }

  /// - Throws: `HourglassError` (usage) when the table has no such column.
  package init(in column: String, of scan: TableScan) throws(HourglassError) {
    guard scan.columnNames.contains(column) else {
      throw HourglassError(
        .usage,
        "\(scan.title) has no column \(column.quotedForMessage) to name rows by"
          + suggestion(column, among: scan.columnNames))
    }
    self.init(column: column, texts: [])
  }

  private init(column: String, texts: [String]) { (self.column, self.texts) = (column, texts) }

  /// nil where the texts have to be different, and are not, or one is missing.
  private static func texts(
    in column: String, _ reader: TableReader, limit: Int?, areDifferent: Bool,
    _ progress: WorkProgress.Report
  ) throws -> [String]? {
    reader.keepNames(in: column)
    var left = limit ?? .max
    var texts: [String] = []
    var seen: Set<String> = []
    while left > 0 {
      let wanted = min(reader.mostRowsAtOnce, left)
      let count = try reader.fill(wanted)
      try MemoryBudget.process.divided(by: 2).admit(
        MemoryBudget.product(textSize * (areDifferent ? 2 : 1), texts.count + count),
        for: "The names of more than \(grouped(texts.count)) rows of \(reader.path)",
        remedy: "give fewer rows")
      for name in reader.rowNames {
        if areDifferent, name.isEmpty || !seen.insert(name).inserted { return nil }
        texts.append(name)
      }
      left -= count
      try progress(WorkProgress("reading", done: texts.count, of: nil, "rows"))
      if count < wanted { break }
    }
    return texts
  }
}
