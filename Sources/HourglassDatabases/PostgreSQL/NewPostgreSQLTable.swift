import HourglassBase

/// A new table of PostgreSQL, in one transaction.
final class NewPostgreSQLTable: NewTable {
  private let connection: PostgreSQLConnection
  private var bytes: [UInt8] = []

  private static let bytesAtOnce = 1 << 16

  /// - Parameter name: as it is, or a schema and a name with a point between.
  init(_ name: String, _ columns: [NewColumn], server: String, place: String) throws {
    connection = try PostgreSQLConnection(server: server, place: place)
    let table = name.parts(at: ".", cuts: 1).map(\.quotedForSQL).joined(separator: ".")
    try connection.run("BEGIN")
    guard try connection.run("SELECT to_regclass($1)", [table]).text(0, 0) == nil else {
      throw DatabaseAddress.taken(name, in: place)
    }
    let definitions = columns.map { column in
      let type =
        switch column.kind {
        case .integer: "bigint"
        case .real: "real"
        case .boolean: "boolean"
        case .text: "text"
        }
      return column.definition(as: type)
    }
    try connection.run("CREATE TABLE \(table) (\(definitions.joined(separator: ", ")))")
    try connection.beginCopying("COPY \(table) FROM STDIN")
  }

  /// As COPY reads them: cells apart by tabulators, with backslashes before what ends a cell or a row.
  func append(_ row: [DatabaseValue]) throws {
    for (index, value) in row.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: "\t")) }
      switch value {
      case .missing: bytes += "\\N".utf8
      case .integer(let number): bytes += "\(number)".utf8
      case .real(let number): bytes += "\(number)".utf8
      case .boolean(let holds): bytes.append(UInt8(ascii: holds ? "t" : "f"))
      case .text(let text): append(text)
      }
    }
    bytes.append(UInt8(ascii: "\n"))
    if bytes.count >= Self.bytesAtOnce { try send() }
  }

  private func append(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): bytes += "\\\\".utf8
      case UInt8(ascii: "\t"): bytes += "\\t".utf8
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case UInt8(ascii: "\r"): bytes += "\\r".utf8
      // No text of PostgreSQL can hold it.
      case 0: bytes.append(UInt8(ascii: " "))
      default: bytes.append(byte)
      }
    }
  }

  private func send() throws {
    try connection.copy(bytes)
    bytes.removeAll(keepingCapacity: true)
  }

  func commit() throws {
    try send()
    try connection.endCopying()
    try connection.run("COMMIT")
  }
}
