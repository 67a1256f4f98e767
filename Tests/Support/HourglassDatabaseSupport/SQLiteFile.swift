import CSQLite

/// A file of SQLite, written by SQLite itself and not by what is tested.
package struct SQLiteFile {
  package struct Refusal: Error { package var message: String }

  package let path: String

  package init(_ path: String) { self.path = path }

  /// - Returns: the cells of all rows that the last statement gives, with `NULL` for what is missing.
  @discardableResult
  package func run(_ sql: String) throws -> [[String]] {
    var handle: OpaquePointer?
    defer { sqlite3_close_v2(handle) }
    guard sqlite3_open(path, &handle) == SQLITE_OK else { throw Refusal(message: "\(path) cannot be opened") }
    final class Rows { var cells: [[String]] = [] }
    let rows = Rows()
    let status = sqlite3_exec(
      handle, sql,
      { context, count, values, _ in
        let rows = Unmanaged<Rows>.fromOpaque(context!).takeUnretainedValue()
        rows.cells.append((0..<Int(count)).map { values?[$0].map { String(cString: $0) } ?? "NULL" })
        return 0
      }, Unmanaged.passUnretained(rows).toOpaque(), nil)
    guard status == SQLITE_OK else { throw Refusal(message: String(cString: sqlite3_errmsg(handle))) }
    return rows.cells
  }
}
