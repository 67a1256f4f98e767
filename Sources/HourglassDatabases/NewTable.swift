import HourglassBase

/// A cell to be written.
package enum DatabaseValue: Sendable, Equatable {
  case missing
  case integer(Int)
  /// Written with as many digits as tell it from other numbers of its precision.
  case real(Float)
  case boolean(Bool)
  case text(String)
}

/// A column to be made.
package struct NewColumn: Sendable {
  package enum Kind: Sendable { case integer, real, boolean, text }

  package var name: String
  package var kind: Kind
  /// Whether it holds no value twice, and names the row.
  package var isKey: Bool

  package init(_ name: String, _ kind: Kind, isKey: Bool = false) {
    (self.name, self.kind, self.isKey) = (name, kind, isKey)
  }

  /// As a statement that makes a table has it.
  ///
  /// - Parameter type: what the database calls the column's kind.
  func definition(as type: String) -> String {
    "\(name.quotedForSQL) \(type)\(isKey ? " PRIMARY KEY" : "")"
  }
}

/// A table that is made and filled in one transaction: until `commit()` nobody sees anything of it, and when the last reference goes
/// without, nothing of it stays.
package protocol NewTable: AnyObject {
  /// - Parameter row: as many cells as there are columns.
  /// - Throws: `HourglassError` (environment) when the database refuses it or is lost.
  func append(_ row: [DatabaseValue]) throws
  func commit() throws
}

extension DatabaseAddress {
  /// Begins a table that is not there yet, of the name that the address selects.
  ///
  /// - Throws: `HourglassError`: usage when the address names no table, or there is one of that name; environment when the database
  ///   cannot be reached or refuses.
  package func newTable(of columns: [NewColumn]) throws -> any NewTable {
    guard case .table(let name) = selection else {
      throw HourglassError(.usage, "\(title) names no table to write; give one by ?table=NAME.")
    }
    switch system {
    case .sqlite(let path): return try NewSQLiteTable(name, columns, path: path, place: place)
    case .postgreSQL(let server): return try NewPostgreSQLTable(name, columns, server: server, place: place)
    }
  }

  /// That there is a table already.
  static func taken(_ name: String, in place: String) -> HourglassError {
    HourglassError(
      .usage, "\(place) already holds a table \(name.quotedForMessage), which would be lost",
      .text("choose another name, or drop the table first"))
  }
}

extension String {
  /// As a name in SQL, whatever it holds.
  var quotedForSQL: String { "\"" + parts(at: "\"").joined(separator: "\"\"") + "\"" }
}
