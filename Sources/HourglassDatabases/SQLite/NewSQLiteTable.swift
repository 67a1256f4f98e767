import CSQLite
import HourglassBase
import HourglassPlatform

/// A new table of SQLite, in one transaction.
final class NewSQLiteTable: NewTable {
  private let path: String
  private var connection: SQLiteConnection?
  private var insertion: SQLiteStatement?
  /// Whether the file is new, and goes again when nothing comes of it.
  private let isNewFile: Bool
  private var isCommitted = false

  init(_ name: String, _ columns: [NewColumn], path: String, place: String) throws {
    // Made here, where only one of several processes succeeds; an empty file is an empty database.
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    isNewFile = descriptor >= 0
    if isNewFile { close(descriptor) }
    self.path = path
    let connection = try SQLiteConnection(
      path: path, place: place,
      flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX)
    self.connection = connection
    // From now on no other process can write, so that the end cannot be refused.
    try connection.run("BEGIN IMMEDIATE")
    guard try connection.texts("SELECT name FROM sqlite_master WHERE name = ? COLLATE NOCASE", [name]).isEmpty
    else {
      throw DatabaseAddress.taken(name, in: place)
    }
    let definitions = columns.map { column in
      let type =
        switch column.kind {
        case .integer: "INTEGER"
        case .real: "REAL"
        case .boolean: "BOOLEAN"
        case .text: "TEXT"
        }
      return column.definition(as: type)
    }
    try connection.run("CREATE TABLE \(name.quotedForSQL) (\(definitions.joined(separator: ", ")))")
    let places = columns.map { _ in "?" }.joined(separator: ", ")
    insertion = try connection.statement("INSERT INTO \(name.quotedForSQL) VALUES (\(places))")
  }

  func append(_ row: [DatabaseValue]) throws {
    guard let insertion else { return }
    for (index, value) in row.enumerated() {
      switch value {
      case .missing: try insertion.bindNull(at: index + 1)
      case .integer(let number): try insertion.bind(number, at: index + 1)
      // By its digits, as other databases and CSV files get it.
      case .real(let number): try insertion.bind(Double("\(number)") ?? Double(number), at: index + 1)
      case .boolean(let holds): try insertion.bind(holds ? 1 : 0, at: index + 1)
      case .text(let text): try insertion.bind(text, at: index + 1)
      }
    }
    _ = try insertion.step()
    insertion.reset()
  }

  func commit() throws {
    insertion = nil
    try connection?.run("COMMIT")
    isCommitted = true
  }

  deinit {
    guard !isCommitted else { return }
    insertion = nil
    // Closing rolls the transaction back.
    connection = nil
    // Another process may have written into it since.
    var status = stat()
    if isNewFile, stat(path, &status) == 0, status.st_size == 0 { unlink(path) }
  }
}
