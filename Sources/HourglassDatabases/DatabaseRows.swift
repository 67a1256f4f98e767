import HourglassBase

/// Rows of a table or a query, one after another, from memory that does not grow with them.
protocol DatabaseCursor: AnyObject {
  /// Those whose cells are given.
  var columns: [DatabaseColumn] { get }
  /// What a person should know, one sentence each.
  var notes: [String] { get }
  /// Goes on to the next row; false when there is none.
  func next() throws -> Bool
  /// Appends a cell of the row; nothing where it is NULL.
  func append(_ column: Int, to text: inout RowText)
}

/// What a database holds, as the text of a CSV file with a header, so that it is read as one.
package final class DatabaseRows {
  package let columns: [DatabaseColumn]
  /// What a person should know of the rows, one sentence each.
  package var notes: [String] { cursor.notes }
  private let cursor: any DatabaseCursor
  /// Given so far.
  package private(set) var rowCount = 0
  private var text = RowText()
  private var taken = 0
  private var left: Int

  /// - Parameter limit: rows that are given at most.
  /// - Throws: `HourglassError`: environment when the database cannot be reached or read, usage when the address names no table or
  ///   query, or one that is not there or gives no columns.
  package init(_ address: DatabaseAddress, limit: Int = .max) throws {
    left = limit
    switch address.system {
    case .sqlite(let path): cursor = try SQLiteCursor(path: path, address)
    case .postgreSQL(let server): cursor = try PostgreSQLCursor(server: server, address)
    }
    columns = cursor.columns
    guard !columns.isEmpty else {
      throw HourglassError(.usage, "\(address.title) gives no columns that can be used; name others.")
    }
    for column in columns {
      text.append(quoted: column.name)
      text.endCell()
    }
    text.endRow()
  }

  /// Reads on until `memory` is full or the rows end; returns the number of bytes read.
  ///
  /// - Throws: `HourglassError` (environment) when the connection is lost or the database refuses to go on.
  package func fill(_ memory: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < memory.count {
      if taken == text.bytes.count {
        guard try fillText() else { break }
      }
      let count = min(memory.count - filled, text.bytes.count - taken)
      text.bytes.withUnsafeBytes { bytes in
        UnsafeMutableRawBufferPointer(rebasing: memory[filled...]).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[taken..<taken + count]))
      }
      filled += count
      taken += count
    }
    return filled
  }

  private static let bytesAtOnce = 1 << 16

  private func fillText() throws -> Bool {
    text.removeAll()
    taken = 0
    while left > 0, text.bytes.count < Self.bytesAtOnce {
      guard try cursor.next() else {
        left = 0
        break
      }
      left -= 1
      rowCount += 1
      for column in columns.indices {
        cursor.append(column, to: &text)
        text.endCell()
      }
      text.endRow()
    }
    return !text.bytes.isEmpty
  }
}
