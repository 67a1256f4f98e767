import HourglassBase
import HourglassDatabases
import HourglassFiles

/// Where the rows of a table come from: a CSV file, or a table or a query of a database. It can be read several times.
package final class TableSource: Sendable {
  private enum Place {
    case file(String)
    case database(DatabaseAddress)
    /// What a database gave, in a file of ours.
    case kept(NamelessFile, columns: [DatabaseColumn], notes: [String])
  }

  private let place: Place
  /// What people are told that it is: the path, or the address of the database without a password.
  package let title: String
  /// Whether the columns have names and types without looking at rows.
  package var isDatabase: Bool { if case .file = place { false } else { true } }

  package var isFileOfSQLite: Bool {
    if case .database(let address) = place { address.path != nil } else { false }
  }

  /// - Parameter path: of a CSV file, plain or gzip; or the address of a table or query: `sqlite:FILE?table=T`,
  ///   `postgresql://user@host/name?query=SELECT …`.
  /// - Throws: `HourglassError` (usage) for an address that is none.
  package init(_ path: String) throws {
    guard DatabaseAddress.isOne(path) else {
      (place, title) = (.file(path), path)
      return
    }
    let address = try DatabaseAddress(path)
    (place, title) = (.database(address), address.title)
  }

  private init(_ place: Place, title: String) { (self.place, self.title) = (place, title) }

  /// The same rows however often they are read: those of a database are kept in a file for as long as this lives, since another
  /// query might give others, or in another order.
  ///
  /// - Parameters:
  ///   - limit: rows to keep at most; all when nil.
  ///   - progress: told of rows now and then; what it throws ends the work, and nothing is kept.
  /// - Throws: `HourglassError` (environment) when the database cannot be read, or there is no room for the file; what `progress` throws.
  package func kept(
    limit: Int?, progress: WorkProgress.Report = { _ in }
  ) throws -> TableSource {
    guard case .database(let address) = place else { return self }
    let rows = try DatabaseRows(address, limit: limit ?? .max)
    let file = try NamelessFile(for: "the rows of \(title)")
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { memory.deallocate() }
    while true {
      let count = try rows.fill(memory)
      try file.append(UnsafeRawBufferPointer(rebasing: memory[..<count]))
      if count < memory.count { break }
      try progress(WorkProgress("reading", done: rows.rowCount, of: nil, "rows"))
    }
    return TableSource(.kept(file, columns: rows.columns, notes: rows.notes), title: title)
  }

  /// Of a file that others may change; nil of what is ours alone, or comes from a database.
  func stamp() throws(HourglassError) -> FileStamp? {
    guard case .file(let path) = place else { return nil }
    return try FileStamp(path: path)
  }

  /// The text of the table from its beginning.
  func content() throws -> TableContent {
    switch place {
    case .file(let path):
      let reader = try ContentReader(path: path, unquestioned: UnpackedSize.unquestionedOfTables)
      return TableContent(
        title: title, byteCount: reader.isCompressed ? nil : reader.fileByteCount, fill: reader.fill)
    case .database(let address):
      let rows = try DatabaseRows(address)
      return TableContent(title: title, columns: rows.columns, notes: { rows.notes }, fill: rows.fill)
    case .kept(let file, let columns, let notes):
      var offset = 0
      return TableContent(
        title: title, columns: columns, notes: { notes },
        fill: { memory in
          let count = try file.fill(memory, at: offset)
          offset += count
          return count
        })
    }
  }

  /// That there are no rows.
  package var emptiness: HourglassError {
    HourglassError(
      .badData,
      isDatabase
        ? "\(title) has no rows; name a table or a query that has some."
        : "\(title) has no rows below its header; give a row for each sample.")
  }
}

/// The text of a table, which is read once.
struct TableContent {
  /// What people are told that it is.
  var title: String
  /// Where that is known before it is read.
  var byteCount: Int?
  /// Of a database, what it says of each column; nil where nothing is known.
  var columns: [DatabaseColumn]?
  /// What a person should know of what was read so far, one sentence each.
  var notes: () -> [String] = { [] }
  /// Reads on until the memory is full or the content ends; returns the number of bytes read.
  var fill: (UnsafeMutableRawBufferPointer) throws -> Int
}
