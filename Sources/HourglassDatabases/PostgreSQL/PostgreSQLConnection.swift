import CPostgres
import HourglassBase
import HourglassPlatform

/// A connection to a server of PostgreSQL.
final class PostgreSQLConnection {
  private let handle: OpaquePointer
  /// What people are told that it is.
  let place: String

  /// - Parameter server: the address, which may hold a password; what it leaves open libpq takes from its environment
  ///   (`PGPASSWORD`, `PGSERVICE`, ~/.pgpass and so on).
  /// - Throws: `HourglassError` (environment) when the server cannot be reached or refuses; usage for an address that is none.
  init(server: String, place: String) throws {
    self.place = place
    // What libpq says of an address that it cannot read repeats parts of it, perhaps those of a password.
    let options = PQconninfoParse(server, nil)
    guard options != nil else {
      throw HourglassError(
        .usage,
        "The address of \(place) cannot be read; write it as postgresql://USER@HOST:PORT/DATABASE, and settings behind it as in "
          + "?sslmode=require.")
    }
    PQconninfoFree(options)
    // Those that stand first are overruled by the address.
    var settings = [("fallback_application_name", "hourglass")]
    if getenv("PGCONNECT_TIMEOUT") == nil { settings.append(("connect_timeout", "15")) }
    settings += [("dbname", server), ("client_encoding", "UTF8")]
    handle = try Self.connected(settings, place: place)
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    guard PQstatus(handle) == CONNECTION_OK else {
      let reason = Self.firstLine(PQerrorMessage(handle))
      let needsPassword = PQconnectionNeedsPassword(handle) != 0
      // What is whole is ended by `deinit`, here too.
      throw HourglassError(
        .environment, "\(place) cannot be reached (\(reason))",
        .text(
          needsPassword
            ? "give a password by PGPASSWORD or ~/.pgpass" : "check server, database, user and password"))
    }
  }

  private static func connected(_ settings: [(name: String, value: String)], place: String) throws
    -> OpaquePointer
  {
    var names = settings.map { strdup($0.name) }
    var values = settings.map { strdup($0.value) }
    defer { for text in names + values { free(text) } }
    names.append(nil)
    values.append(nil)
    let handle = names.map { UnsafePointer($0) }.withUnsafeBufferPointer { names in
      values.map { UnsafePointer($0) }.withUnsafeBufferPointer { values in
        PQconnectdbParams(names.baseAddress, values.baseAddress, 1)
      }
    }
    guard let handle else {
      throw HourglassError(.environment, "\(place) cannot be reached (out of memory); free some memory.")
    }
    return handle
  }

  /// Ends what is not committed.
  deinit { PQfinish(handle) }

  // MARK: - Statements

  /// Runs one statement; several in one text are refused by the server.
  ///
  /// - Throws: `HourglassError` when the server refuses it or is lost.
  @discardableResult
  func run(_ sql: String, _ parameters: [String] = []) throws -> PostgreSQLResult {
    let texts = parameters.map { strdup($0) }
    defer { for text in texts { free(text) } }
    let values = texts.map { UnsafePointer<CChar>($0) }
    let result = values.withUnsafeBufferPointer {
      PostgreSQLResult(
        PQexecParams(handle, sql, Int32(parameters.count), nil, $0.baseAddress, nil, nil, 0))
    }
    guard result.isDone else { throw refusal(result) }
    return result
  }

  /// What went wrong.
  func refusal(_ result: PostgreSQLResult?) -> HourglassError {
    let reason = result?.message ?? Self.firstLine(PQerrorMessage(handle))
    let state = result?.state ?? ""
    // An operator may end a connection, which libpq sees a moment later than the reason.
    guard PQstatus(handle) == CONNECTION_OK, !state.begins(with: "57P") else {
      return HourglassError(
        .environment, "The connection to \(place) was lost (\(reason))",
        .text("try again when the server is there"))
    }
    // Classes of https://www.postgresql.org/docs/current/errcodes-appendix.html
    return switch String(state.prefix(2)) {
    case _ where state == "42501":
      HourglassError(
        .environment, "\(place) refuses (\(reason))", .text("ask for the right, or connect as another user"))
    case "0A", "25", "3F", "42":
      HourglassError(.usage, "\(place) refuses (\(reason))", .text("correct the query or the name"))
    case "22":
      HourglassError(
        .badData, "\(place) cannot work out a row (\(reason))", .text("correct the query or the data"))
    default:
      HourglassError(.environment, "\(place) refuses (\(reason))", .text("see what the server's log says"))
    }
  }

  static func firstLine(_ message: UnsafePointer<CChar>?) -> String {
    let text = message.map { String(cString: $0) } ?? ""
    let line = text.parts(at: "\n").first { !$0.isEmpty } ?? "no reason is given"
    return shortened(line.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " "))
  }

  // MARK: - Copying

  /// Begins to send rows to a table.
  func beginCopying(_ sql: String) throws {
    let result = PostgreSQLResult(PQexec(handle, sql))
    guard result.isCopying else { throw refusal(result) }
  }

  func copy(_ bytes: [UInt8]) throws {
    let sent = bytes.withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        PQputCopyData(handle, $0.baseAddress, Int32(clamping: $0.count))
      }
    }
    guard sent == 1 else { throw refusal(PQgetResult(handle).map { PostgreSQLResult($0) }) }
  }

  func endCopying() throws {
    guard PQputCopyEnd(handle, nil) == 1 else { throw refusal(nil) }
    let result = PostgreSQLResult(PQgetResult(handle))
    guard result.isDone else { throw refusal(result) }
    while let next = PQgetResult(handle) { PQclear(next) }
  }
}

/// What a statement came to.
final class PostgreSQLResult {
  private let handle: OpaquePointer?

  fileprivate init(_ handle: OpaquePointer?) { self.handle = handle }

  deinit { PQclear(handle) }

  var isDone: Bool {
    let status = PQresultStatus(handle)
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
  }

  var isCopying: Bool { PQresultStatus(handle) == PGRES_COPY_IN }

  /// The server's words, or libpq's where it has none; nil where there are none at all.
  var message: String? {
    guard let handle else { return nil }
    if let words = PQresultErrorField(handle, Int32(UInt8(ascii: "M"))) {
      return PostgreSQLConnection.firstLine(words)
    }
    guard let words = PQresultErrorMessage(handle), words.pointee != 0 else { return nil }
    return PostgreSQLConnection.firstLine(words)
  }

  /// The five letters that stand for what went wrong (SQLSTATE).
  var state: String? {
    PQresultErrorField(handle, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
  }

  var rowCount: Int { Int(PQntuples(handle)) }
  var columnCount: Int { Int(PQnfields(handle)) }
  /// Bytes that it takes.
  var size: Int { PQresultMemorySize(handle) }

  func name(_ column: Int) -> String { PQfname(handle, Int32(column)).map { String(cString: $0) } ?? "" }
  func type(_ column: Int) -> UInt32 { PQftype(handle, Int32(column)) }

  /// The text of a cell; nil where it is NULL.
  func withCell<Result>(_ row: Int, _ column: Int, _ body: (UnsafeBufferPointer<UInt8>?) -> Result) -> Result
  {
    guard PQgetisnull(handle, Int32(row), Int32(column)) == 0,
      let text = PQgetvalue(handle, Int32(row), Int32(column))
    else { return body(nil) }
    let count = Int(PQgetlength(handle, Int32(row), Int32(column)))
    return text.withMemoryRebound(to: UInt8.self, capacity: max(count, 1)) {
      body(UnsafeBufferPointer(start: $0, count: count))
    }
  }

  func text(_ row: Int, _ column: Int) -> String? {
    withCell(row, column) { $0.map { String(decoding: $0, as: UTF8.self) } }
  }

  /// The texts of the first column.
  var texts: [String] { (0..<rowCount).map { text($0, 0) ?? "" } }
}
