import CPostgres
import HourglassBase

/// The rows of a table or a query of PostgreSQL, by a cursor in a transaction that only reads.
final class PostgreSQLCursor: DatabaseCursor {
  private let connection: PostgreSQLConnection
  private var result: PostgreSQLResult
  private var row = -1
  /// One at first, since nobody knows how large they are.
  private var rowsAtOnce = 1
  /// The result's column of each of `columns`.
  private var places: [Int] = []
  private var areBooleans: [Bool] = []
  private(set) var columns: [DatabaseColumn] = []
  private(set) var notes: [String] = []

  private static let mostAtOnce = 16_384
  /// Of rows that are fetched at once, in bytes.
  private static let sizeWanted = 1 << 20

  init(server: String, _ address: DatabaseAddress) throws {
    connection = try PostgreSQLConnection(server: server, place: address.place)
    let query: String
    switch address.selection {
    case .query(let text):
      query = text
      if !Self.hasOrder(text) { notes.append(Self.unorderedNote("the query has no ORDER BY")) }
    case .table(let name):
      let table = try connection.table(name)
      query = table.query
      if !table.isOrdered { notes.append(Self.unorderedNote("the table has no primary key")) }
    case nil:
      throw HourglassError(
        .usage,
        "\(address.place) is a database; name a table of it"
          + DatabaseAddress.choice(nil, among: try connection.tables()))
    }
    // One state of the database; numbers and times do not depend on settings of server, user or machine.
    try connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    for setting in [
      "datestyle = 'ISO, YMD'", "timezone = 'UTC'", "extra_float_digits = 3", "synchronize_seqscans = off",
    ] { try connection.run("SET LOCAL \(setting)") }
    try connection.run("DECLARE hourglass_rows NO SCROLL CURSOR FOR \(query)")
    result = try connection.run("FETCH FORWARD \(rowsAtOnce) FROM hourglass_rows")
    for column in 0..<result.columnCount {
      let (name, type) = (result.name(column), result.type(column))
      if let reason = PostgreSQLType.refusal(type) {
        notes.append("Column \(name.quotedForMessage) is left out: \(reason).")
        continue
      }
      columns.append(DatabaseColumn(name: name, kind: PostgreSQLType.kind(type)))
      places.append(column)
      areBooleans.append(type == PostgreSQLType.boolean)
    }
  }

  /// Whether the rows of a query have an order: that of a window, of a query in parentheses or in a text is not theirs.
  private static func hasOrder(_ query: String) -> Bool {
    var outside: [UInt8] = []
    var depth = 0
    var rest = Array(query.utf8)[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "'"), UInt8(ascii: "\""): rest = rest.drop { $0 != byte }.dropFirst()
      case UInt8(ascii: "-") where rest.first == byte: rest = rest.drop { $0 != UInt8(ascii: "\n") }
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"): depth -= 1
      default:
        if depth == 0 { outside.append(byte) }
        continue
      }
      outside.append(UInt8(ascii: " "))
    }
    let words = String(decoding: outside, as: UTF8.self).lowercased().split(whereSeparator: \.isWhitespace)
    return zip(words, words.dropFirst()).contains { $0 == "order" && $1 == "by" }
  }

  private static func unorderedNote(_ reason: String) -> String {
    "Rows were taken in the order in which the server gave them, since \(reason); it may give them in another one next time, and with "
      + "it other results."
  }

  func next() throws -> Bool {
    row += 1
    guard row == result.rowCount else { return true }
    // The last ones were fewer than asked for.
    guard result.rowCount > 0 else { return false }
    let size = max(result.size / result.rowCount, 1)
    rowsAtOnce = min(max(Self.sizeWanted / size, 1), min(2 * rowsAtOnce, Self.mostAtOnce))
    result = try connection.run("FETCH FORWARD \(rowsAtOnce) FROM hourglass_rows")
    row = 0
    return result.rowCount > 0
  }

  func append(_ column: Int, to text: inout RowText) {
    result.withCell(row, places[column]) { cell in
      guard let cell else { return }
      if areBooleans[column] {
        text.append(cell.first == UInt8(ascii: "t") ? "true" : "false")
      } else {
        text.append(cell)
      }
    }
  }
}

extension PostgreSQLConnection {
  /// Tables and views that the user may read, but for the server's own.
  fileprivate func tables() throws -> [String] {
    try run(
      """
      SELECT CASE WHEN pg_table_is_visible(c.oid) THEN c.relname ELSE n.nspname || '.' || c.relname END
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
        AND has_table_privilege(c.oid, 'SELECT')
      ORDER BY 1
      """
    ).texts
  }

  /// The query that reads a table: of the name as it is, or of a schema and a name with a point between.
  ///
  /// - Throws: `HourglassError` (usage) when there is none.
  fileprivate func table(_ name: String) throws -> (query: String, isOrdered: Bool) {
    let parts = name.parts(at: ".", cuts: 1)
    let qualified = parts.map(\.quotedForSQL).joined(separator: ".")
    // The server itself writes the name that it found, so that nothing in it can be taken for more than a name.
    let found = try run(
      """
      SELECT t.name, (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY array_position(i.indkey::int2[], a.attnum))
        FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
        WHERE i.indisprimary AND i.indrelid = t.name)
      FROM (SELECT coalesce(to_regclass($1), to_regclass($2)) AS name) t WHERE t.name IS NOT NULL
      """, [name.quotedForSQL, qualified])
    guard found.rowCount == 1, let table = found.text(0, 0) else {
      throw HourglassError(
        .usage,
        "\(place) has no table \(name.quotedForMessage)" + DatabaseAddress.choice(name, among: try tables()))
    }
    let order = found.text(0, 1)
    return ("SELECT * FROM \(table)" + (order.map { " ORDER BY \($0)" } ?? ""), order != nil)
  }
}
