import CSQLite
import HourglassBase

/// An open file of SQLite.
final class SQLiteConnection {
  let handle: OpaquePointer
  /// What people are told that it is.
  let place: String

  /// What a row may have, as in CSV.
  private static let longestText: Int32 = 1 << 26
  private static let patience: Int32 = 5000

  /// - Parameter flags: how it is opened, such as for reading only.
  /// - Throws: `HourglassError` (environment) when it cannot be opened, or is no database.
  init(path: String, place: String, flags: Int32) throws {
    var opened: OpaquePointer?
    // SQLite itself takes `:memory:` and, as some systems build it, what begins with `file:` for other things than files.
    let isPlain = path.begins(with: "/") || path.begins(with: "./")
    let status = sqlite3_open_v2(isPlain ? path : "./\(path)", &opened, flags, nil)
    guard status == SQLITE_OK, let opened else {
      let reason = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(opened)
      throw HourglassError(
        .environment, "\(place) cannot be opened (\(shortened(reason))); check the path and its permissions.")
    }
    (handle, self.place) = (opened, place)
    sqlite3_extended_result_codes(handle, 1)
    sqlite3_busy_timeout(handle, Self.patience)
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Self.longestText)
    // The file may be a stranger's: functions in its views and triggers are not run, and its pages are checked.
    try run("PRAGMA trusted_schema = OFF")
    try run("PRAGMA cell_size_check = ON")
  }

  deinit { sqlite3_close_v2(handle) }

  /// Opens a file only to read it. What a process that was killed wrote without committing it is undone before, as SQLite does
  /// for whoever opens the file next, though not for those who only read.
  ///
  /// - Throws: as `init`.
  static func reading(path: String, place: String) throws -> SQLiteConnection {
    let connection = try SQLiteConnection(
      path: path, place: place, flags: SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX)
    let look = "SELECT 1 FROM sqlite_master"
    // SQLITE_READONLY_ROLLBACK, a macro that Swift does not see.
    if sqlite3_exec(connection.handle, look, nil, nil, nil) == SQLITE_READONLY | (3 << 8) {
      try SQLiteConnection(path: path, place: place, flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX).run(
        look)
    }
    return connection
  }

  /// - Throws: `HourglassError` (environment) when SQLite refuses.
  func run(_ sql: String) throws {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw refusal }
  }

  /// What went wrong last.
  var refusal: HourglassError {
    let code = sqlite3_extended_errcode(handle)
    let reason = shortened(String(cString: sqlite3_errmsg(handle)))
    return switch code & 0xff {
    case SQLITE_BUSY, SQLITE_LOCKED:
      HourglassError(
        .environment, "\(place) is in use by another process (\(reason)); try again when that has ended.")
    case SQLITE_NOTADB:
      HourglassError(.badData, "\(place) is no database of SQLite (\(reason)); check the path.")
    case SQLITE_CORRUPT:
      HourglassError(.badData, "\(place) is damaged (\(reason)); restore it from a copy.")
    case SQLITE_TOOBIG:
      HourglassError(
        .badData, "\(place) cannot take or give a cell (\(reason)); shorten it to 64 MiB at most.")
    case SQLITE_ERROR:
      HourglassError(.usage, "\(place) refuses (\(reason)); check the names of tables and columns.")
    default: HourglassError(.environment, "\(place) cannot be used (\(reason)); check the file and its disk.")
    }
  }

  /// The one statement of a text.
  ///
  /// - Throws: `HourglassError` (usage) when it is none, or several.
  func statement(_ sql: String) throws -> SQLiteStatement { try SQLiteStatement(sql, self) }

  /// The texts in the first column of what a statement gives.
  func texts(_ sql: String, _ parameters: [String] = []) throws -> [String] {
    let statement = try statement(sql)
    for (index, parameter) in parameters.enumerated() {
      try statement.bind(parameter, at: index + 1)
    }
    var texts: [String] = []
    while try statement.step() {
      texts.append(statement.withText(0) { String(decoding: $0, as: UTF8.self) })
    }
    return texts
  }
}

/// One prepared statement.
final class SQLiteStatement {
  private let connection: SQLiteConnection
  private let handle: OpaquePointer

  fileprivate init(_ sql: String, _ connection: SQLiteConnection) throws {
    self.connection = connection
    let text = Array(sql.utf8) + [0]
    var prepared: OpaquePointer?
    let (status, isAll) = text.withUnsafeBufferPointer { bytes -> (Int32, Bool) in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        var tail: UnsafePointer<CChar>?
        let status = sqlite3_prepare_v2(
          connection.handle, characters.baseAddress, Int32(clamping: bytes.count), &prepared, &tail)
        let rest = tail.map { String(cString: $0) } ?? ""
        return (status, rest.allSatisfy { $0.isWhitespace || $0 == ";" })
      }
    }
    guard status == SQLITE_OK else { throw connection.refusal }
    guard let prepared, isAll else {
      sqlite3_finalize(prepared)
      throw HourglassError(
        .usage, "The query of \(connection.place) is not one statement; give one SELECT.")
    }
    handle = prepared
  }

  deinit { sqlite3_finalize(handle) }

  /// Whether it changes nothing and gives rows.
  var isQuery: Bool { sqlite3_stmt_readonly(handle) != 0 && columnCount > 0 }
  var columnCount: Int { Int(sqlite3_column_count(handle)) }

  func name(_ column: Int) -> String {
    sqlite3_column_name(handle, Int32(column)).map { String(cString: $0) } ?? ""
  }

  /// The type that the table declares, in small letters; empty where there is none.
  func declaredType(_ column: Int) -> String {
    sqlite3_column_decltype(handle, Int32(column)).map { String(cString: $0).lowercased() } ?? ""
  }

  /// Goes on to the next row; false when there is none.
  func step() throws -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw connection.refusal
    }
  }

  func reset() { sqlite3_reset(handle) }

  // MARK: - Cells

  func type(_ column: Int) -> Int32 { sqlite3_column_type(handle, Int32(column)) }
  func integer(_ column: Int) -> Int64 { sqlite3_column_int64(handle, Int32(column)) }
  func real(_ column: Int) -> Double { sqlite3_column_double(handle, Int32(column)) }

  func withText<Result>(_ column: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    let bytes = sqlite3_column_text(handle, Int32(column))
    return body(
      UnsafeBufferPointer(
        start: bytes, count: bytes == nil ? 0 : Int(sqlite3_column_bytes(handle, Int32(column)))))
  }

  // MARK: - Parameters, counted from 1

  /// SQLite copies the text.
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  func bind(_ text: String, at place: Int) throws {
    try check(
      sqlite3_bind_text(handle, Int32(place), text, Int32(clamping: text.utf8.count), Self.copied))
  }

  func bind(_ number: Int, at place: Int) throws {
    try check(sqlite3_bind_int64(handle, Int32(place), Int64(number)))
  }

  func bind(_ number: Double, at place: Int) throws {
    try check(sqlite3_bind_double(handle, Int32(place), number))
  }

  func bindNull(at place: Int) throws { try check(sqlite3_bind_null(handle, Int32(place))) }

  /// A parameter that is not taken keeps the value of the row before.
  private func check(_ status: Int32) throws {
    guard status == SQLITE_OK else { throw connection.refusal }
  }
}
