import CSQLite
import HourglassBase

/// The rows of a table or a query of SQLite.
final class SQLiteCursor: DatabaseCursor {
  private let statement: SQLiteStatement
  /// The statement's column of each of `columns`.
  private var places: [Int] = []
  private var areBooleans: [Bool] = []
  private(set) var columns: [DatabaseColumn] = []
  private var leftOut: [String] = []
  /// Cells of each of `columns` that hold bytes.
  private var blobCounts: [Int] = []

  var notes: [String] {
    leftOut
      + zip(columns, blobCounts).filter { $1 > 0 }.map { column, count in
        "\(grouped(count)) cell\(count == 1 ? "" : "s") of column \(column.name.quotedForMessage) "
          + "\(count == 1 ? "holds" : "hold") bytes (BLOB) and count\(count == 1 ? "s" : "") as missing."
      }
  }

  init(path: String, _ address: DatabaseAddress) throws {
    let connection = try SQLiteConnection.reading(path: path, place: address.place)
    switch address.selection {
    case .query(let query): statement = try connection.statement(query)
    case .table(let name): statement = try connection.statement(Self.query(of: name, connection))
    case nil: throw Self.missingTable("\(address.place) is a database; name a table of it", connection)
    }
    guard statement.isQuery else {
      throw HourglassError(
        .usage, "The query of \(address.place) is none that only reads rows; give a SELECT.")
    }
    for column in 0..<statement.columnCount {
      let (name, type) = (statement.name(column), statement.declaredType(column))
      // What a column may hold follows from parts of its type's name (https://sqlite.org/datatype3.html); BLOB is exact here, since
      // a column without a type has the same affinity.
      if type == "blob" {
        leftOut.append("Column \(name.quotedForMessage) is left out: it holds bytes (BLOB).")
        continue
      }
      let isNumber = type.contains("int")
      let isText = !isNumber && ["char", "clob", "text"].contains(where: type.contains)
      let isBoolean = type == "boolean" || type == "bool"
      columns.append(DatabaseColumn(name: name, kind: isText || isBoolean ? .text : .open))
      places.append(column)
      areBooleans.append(isBoolean)
      blobCounts.append(0)
    }
  }

  /// All rows of a table, in the order of its primary key or else in that in which they came.
  private static func query(of name: String, _ connection: SQLiteConnection) throws -> String {
    let kinds = try connection.texts(
      "SELECT type FROM sqlite_master WHERE name = ? AND type IN ('table', 'view')", [name])
    guard let kind = kinds.first else {
      throw missingTable("\(connection.place) has no table \(name.quotedForMessage)", connection, like: name)
    }
    let key = try connection.texts("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", [name])
    let order = !key.isEmpty ? key.map(\.quotedForSQL) : kind == "table" ? ["rowid"] : []
    return "SELECT * FROM \(name.quotedForSQL)"
      + (order.isEmpty ? "" : " ORDER BY \(order.joined(separator: ", "))")
  }

  private static func missingTable(
    _ fact: String, _ connection: SQLiteConnection, like name: String? = nil
  ) -> HourglassError {
    let names =
      (try? connection.texts(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
      )) ?? []
    return HourglassError(.usage, fact + DatabaseAddress.choice(name, among: names))
  }

  func next() throws -> Bool { try statement.step() }

  func append(_ column: Int, to text: inout RowText) {
    let place = places[column]
    switch statement.type(place) {
    case SQLITE_NULL: break
    case SQLITE_INTEGER:
      let number = statement.integer(place)
      if areBooleans[column], 0...1 ~= number {
        text.append(number == 1 ? "true" : "false")
      } else {
        text.append("\(number)")
      }
    // SQLite itself would write 15 digits.
    case SQLITE_FLOAT: text.append("\(statement.real(place))")
    case SQLITE_BLOB: blobCounts[column] += 1
    default: statement.withText(place) { text.append($0) }
    }
  }
}

extension DatabaseAddress {
  /// What to say of a table that is not there, or not named, behind the fact.
  ///
  /// - Parameter name: the one that was asked for.
  static func choice(_ name: String?, among names: [String]) -> String {
    if let name, let nearest = nearestName(to: name, among: names) {
      return "; did you mean \(nearest.quotedForMessage)?"
    }
    guard let first = names.first else { return "; it has no tables that can be read." }
    let shown = names.prefix(8).map(\.quotedForMessage).joined(separator: ", ")
    return
      "; it has \(shown)\(names.count > 8 ? " and \(grouped(names.count - 8)) more" : ""), as in ?table=\(shortened(first))."
  }
}
