import Foundation
import HourglassBase

extension Table {
  /// Reads a CSV file, plain or gzip, or what a database holds, see `TableReader`.
  ///
  /// A column is one of categories when more than a twentieth of its cells are neither numbers nor missing; but where at
  /// least half of them are numbers, and the texts are at most 32 different ones or a fifth of the cells, it is one of
  /// numbers, unless it has at most 32 different values in all that come again. A text in a column of numbers counts as
  /// missing, which `notes` tell. Columns of numbers that say which row it is (row numbers, identifiers, clocks), and columns
  /// with more than 4,096 different texts (names rather than categories), are left out. What is no UTF-8 is read as Windows-1252.
  ///
  /// - Parameter limit: rows to read at most; all when nil.
  /// - Throws: `HourglassError`: environment when the file cannot be read or is larger than memory, badData when it
  ///   is damaged, has no rows or lines of different lengths, usage for a format that does not suit it or a limit below 0.
  public static func read(
    path: String, format: TableFormat = TableFormat(), limit: Int? = nil
  ) throws -> Table {
    if let limit, limit < 0 {
      throw HourglassError(.usage, "\(limit) rows cannot be read; give a limit of 0 or more.")
    }
    // Of a database too, the second look is at the same rows.
    return try read(TableSource(path).kept(limit: limit), format: format, limit: limit)
  }

  package static func read(path: String, format: TableFormat, limit: Int?, budget: MemoryBudget) throws
    -> Table
  {
    try read(TableSource(path).kept(limit: limit), format: format, limit: limit, budget: budget)
  }

  /// - Parameters:
  ///   - budget: what the table may take; half of what there is, since whoever works with a table copies it.
  ///   - progress: told of rows now and then; what it throws ends the work.
  package static func read(
    _ source: TableSource, format: TableFormat, limit: Int?,
    budget: MemoryBudget = MemoryBudget.process.divided(by: 2), progress: WorkProgress.Report = { _ in }
  ) throws -> Table {
    // No table has more rows than a number can count.
    guard
      let table = try read(
        source, format: format, limit: limit, mostRows: { _ in .max }, budget: budget, progress: progress)
    else { preconditionFailure("a table without a bound is read") }
    return table
  }

  /// The same of a table that may be too large.
  ///
  /// - Parameter mostRows: of so many columns.
  /// - Returns: nil where there are more rows, or, by the length of the first ones, seem to be more than twice as many.
  package static func read(
    _ source: TableSource, format: TableFormat, limit: Int?, mostRows: (_ columns: Int) -> Int,
    budget: MemoryBudget = MemoryBudget.process.divided(by: 2), progress: WorkProgress.Report = { _ in }
  ) throws -> Table? {
    let reader = try TableReader(source, format: format, budget: budget)
    let mostRows = mostRows(reader.columnNames.count)
    guard
      var (lists, columns) = try read(
        reader, limit: limit ?? .max, mostRows: mostRows, budget: budget, progress)
    else { return nil }
    let isCategory = columns.indices.map {
      format.categories.contains(reader.columnNames[$0]) || columns[$0].isCategory(lists[$0])
    }
    // Where the beginning misled, the file is read once more; texts turn into numbers without, unless there are too many.
    let (styles, orders) = (reader.styles, reader.orders)
    let isTime = columns.indices.map {
      !format.categories.contains(reader.columnNames[$0]) && columns[$0].holdsTimes
    }
    let isRight = columns.indices.allSatisfy {
      guard columns[$0].isTime == isTime[$0] else { return false }
      if isTime[$0] { return columns[$0].order == orders[$0] }
      return columns[$0].isText
        ? isCategory[$0] || !columns[$0].overflows : !isCategory[$0] && columns[$0].style == styles[$0]
    }
    if isRight {
      for index in columns.indices { columns[index].style = styles[index] }
    } else {
      let again = try TableReader(source, format: format, budget: budget)
      again.setColumns(
        columns.indices.map {
          ColumnReading(isText: isCategory[$0], isTime: isTime[$0], style: styles[$0], order: orders[$0])
        })
      lists = []
      guard
        let second = try read(again, limit: limit ?? .max, mostRows: mostRows, budget: budget, progress)
      else { return nil }
      (lists, columns) = second
    }
    guard lists.first?.isEmpty == false else {
      throw source.emptiness
    }
    return kept(reader, lists, columns, isCategory, forced: format)
  }

  private static func read(
    _ reader: TableReader, limit: Int, mostRows: Int, budget: MemoryBudget, _ progress: WorkProgress.Report
  ) throws -> ([[Double]], [ColumnReading])? {
    let width = reader.columnNames.count
    var lists = [[Double]](repeating: [], count: width)
    let rowsAtOnce = reader.mostRowsAtOnce
    var left = limit
    var (rows, room, isFirst) = (0, 0, true)
    while left > 0 {
      let count = try reader.fill(min(rowsAtOnce, left))
      rows += count
      if rows > mostRows || isFirst && min(reader.expectedRows ?? 0, Double(limit)) > 2 * Double(mostRows) {
        return nil
      }
      isFirst = false
      if rows > room {
        // Half as much again, and while a list moves its old memory too.
        let larger = room == 0 ? rows : max(rows, room + room / 2)
        try budget.admit(
          8 * width * (larger - room) + 8 * room,
          for: "\(reader.path) with more than \(grouped(rows - count)) rows of \(grouped(width)) columns",
          remedy: "give fewer rows")
        room = larger
        for index in lists.indices { lists[index].reserveCapacity(room) }
      }
      reader.appendBlock(count, to: &lists)
      if count < rowsAtOnce { break }
      left -= count
      try progress(WorkProgress("reading", done: rows, of: nil, "rows"))
    }
    return (lists, reader.columns)
  }

  /// The columns that are no names, counters or clocks.
  ///
  /// - Parameter looks: what all rows show of each column, where `lists` are of a sample; nil where they are of all rows.
  static func kept(
    _ reader: TableReader, _ lists: [[Double]], _ columns: [ColumnReading], _ isCategory: [Bool],
    forced: TableFormat, looks: [ColumnLook]? = nil
  ) -> Table {
    var kept: [Column] = []
    var notes = reader.fileNotes
    var numbers: [(name: String, reading: ColumnReading)] = []
    var crowded: Set<String> = []
    for (index, name) in reader.columnNames.enumerated() {
      let seen = columns[index]
      let title = name.quotedForMessage
      guard !isCategory[index] else {
        if seen.overflows {
          crowded.insert(name)
          notes.append(
            "Column \(title) is left out: it has more than \(TableLimits.levels) different texts, names rather "
              + "than categories.")
        } else {
          kept.append(Column(name: name, kind: .category(levels: seen.names), values: lists[index]))
        }
        if !forced.categories.contains(name) { notes += seen.categoryNote(title).map { [$0] } ?? [] }
        continue
      }
      if seen.isTime {
        kept.append(Column(name: name, kind: .time, values: lists[index]))
        numbers.append((title, seen))
        notes += seen.strayNote(title).map { [$0] } ?? []
        continue
      }
      let look = looks?[index]
      let times =
        look.map { !seen.isText && $0.areTimes ? EpochTimes.seconds(lists[index]) : nil }
        ?? EpochTimes.values(name, lists[index], isText: seen.isText)
      if !forced.features.contains(name), let times {
        kept.append(Column(name: name, kind: .time, values: times))
        notes.append("Column \(title) is read as times, counted in seconds or parts of seconds since 1970.")
        continue
      }
      let values = seen.isText ? seen.numbers(lists[index]) : lists[index]
      let reason = look.map(\.identityReason) ?? RowIdentity.reason(values)
      if !forced.features.contains(name), let reason {
        notes.append("Column \(title) is left out: \(reason).")
      } else {
        kept.append(Column(name: name, values: values))
        numbers.append((title, seen))
        notes += seen.strayNote(title).map { [$0] } ?? []
      }
    }
    var table = Table(
      trustedColumns: kept, notes: notes + reader.numberNotes(numbers))
    table.crowdedColumns = crowded
    // Of no columns too.
    table.rowCount = lists.first?.count ?? 0
    return table
  }
}
