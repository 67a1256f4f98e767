import HourglassBase
import HourglassDatabaseSupport
import HourglassDatabases
import HourglassTestSupport
import Testing

/// Tables and queries of SQLite.
struct SQLiteTests {
  private let scratch = ScratchFolder()
  private var path: String { "\(scratch.path)/shop.db" }
  private var file: SQLiteFile { SQLiteFile(path) }

  private func error(_ address: String) -> HourglassError { thrownError { _ = try lines(address) } }

  @Test func cellsAreWrittenAsACSVFileHasThem() throws {
    try file.run(
      """
      CREATE TABLE t (id INTEGER PRIMARY KEY, n INT, r REAL, s TEXT, b BOOLEAN, day DATE, pic BLOB, anything);
      INSERT INTO t VALUES (2, 9007199254740993, 0.1, 'a,b', 1, '2024-02-29', x'00', NULL);
      INSERT INTO t VALUES (1, -5, 1e22, 'say "no"' || char(10) || 'more', 0, '2024-03-01', x'00', 'x');
      INSERT INTO t VALUES (3, NULL, 0.1 + 0.2, '007', NULL, NULL, NULL, 2.5);
      INSERT INTO t VALUES (4, 7, 2.5e-10, '', 2, 0, NULL, x'01');
      """)
    let rows = try DatabaseRows(DatabaseAddress("sqlite:\(path)?table=t"))
    #expect(rows.columns.map(\.name) == ["id", "n", "r", "s", "b", "day", "anything"])
    #expect(rows.columns.map(\.kind) == [.open, .open, .open, .text, .text, .open, .open])
    #expect(rows.notes == ["Column \"pic\" is left out: it holds bytes (BLOB)."])
    // Shortest decimals that stand for the numbers (IEEE 754).
    #expect(
      try rows.lines() == [
        "\"id\",\"n\",\"r\",\"s\",\"b\",\"day\",\"anything\"",
        "1,-5,1e+22,\"say \"\"no\"\"", "more\",false,2024-03-01,x",
        "2,9007199254740993,0.1,\"a,b\",true,2024-02-29,", "3,,0.30000000000000004,007,,,2.5",
        "4,7,2.5e-10,,2,0,",
      ])
    #expect(
      rows.notes.dropFirst() == [
        "1 cell of column \"anything\" holds bytes (BLOB) and counts as missing."
      ])
    #expect(
      try lines("sqlite:\(path)?query=SELECT max(r) AS \"m\"\"x\" FROM t;", limit: 1) == [
        "\"m\"\"x\"", "1e+22",
      ])
    #expect(try lines("sqlite:\(path)?table=t", limit: 1).count == 3)
  }

  /// Rows of one column are there even where it is NULL, which would be an empty line.
  @Test func missingCellsOfASingleColumnAreRows() throws {
    try file.run("CREATE TABLE t (x REAL); INSERT INTO t VALUES (1), (NULL), (3)")
    #expect(try lines("sqlite:\(path)?table=t") == ["\"x\"", "1.0", "NA", "3.0"])
  }

  @Test func rowsComeInTheOrderOfTheKeyOrElseAsTheyWereInserted() throws {
    try file.run(
      """
      CREATE TABLE k (b TEXT, a INT, PRIMARY KEY (a, b)) WITHOUT ROWID;
      INSERT INTO k VALUES ('y', 2), ('x', 2), ('z', 1);
      CREATE TABLE r (a INT); CREATE INDEX i ON r (a); INSERT INTO r VALUES (3), (1), (2);
      CREATE VIEW v AS SELECT a FROM r;
      """)
    #expect(try lines("sqlite:\(path)?table=k") == ["\"b\",\"a\"", "z,1", "x,2", "y,2"])
    #expect(try lines("sqlite:\(path)?table=r") == ["\"a\"", "3", "1", "2"])
    #expect(try lines("sqlite:\(path)?table=v").count == 4)
  }

  @Test func namesAreNeverStatements() throws {
    let names = HostileNames.all + ["t\"; DROP TABLE keep; --", "a b", "select", "T'x", "x.y", "é"]
    try file.run("CREATE TABLE keep (x); INSERT INTO keep VALUES (1)")
    for name in names where !name.isEmpty && !name.allSatisfy(\.isWhitespace) && !name.utf8.contains(0) {
      let quoted = name.parts(at: "\"").joined(separator: "\"\"")
      try file.run("CREATE TABLE \"\(quoted)\" (x INT); INSERT INTO \"\(quoted)\" VALUES (41)")
      #expect(try lines("sqlite:\(path)?table=\(name)") == ["\"x\"", "41"], "\(name)")
      try file.run("DROP TABLE \"\(quoted)\"")
      let table = try DatabaseAddress("sqlite:\(path)?table=\(name)").newTable(of: [NewColumn(name, .integer)]
      )
      try table.append([.integer(43)])
      try table.commit()
      #expect(try lines("sqlite:\(path)?table=\(name)").last == "43", "\(name)")
      try file.run("DROP TABLE \"\(quoted)\"")
    }
    #expect(try lines("sqlite:\(path)?table=keep") == ["\"x\"", "1"])
  }

  @Test func whatCannotBeReadIsSaid() throws {
    try file.run("CREATE TABLE orders (x INT); CREATE TABLE people (y INT); INSERT INTO orders VALUES (1)")
    let base = "sqlite:\(path)"
    let cases: [(String, HourglassError.Code, String)] = [
      (
        base, .usage, "is a database; name a table of it; it has \"orders\", \"people\", as in ?table=orders."
      ),
      ("\(base)?table=order", .usage, "has no table \"order\"; did you mean \"orders\"?"),
      ("\(base)?query=SELECT z FROM orders", .usage, "refuses (no such column: z); check the names"),
      ("\(base)?query=SELECT 1; DROP TABLE orders", .usage, "is not one statement; give one SELECT."),
      ("\(base)?query=DELETE FROM orders RETURNING x", .usage, "none that only reads rows; give a SELECT."),
      ("\(base)?query=PRAGMA user_version = 3", .usage, "none that only reads rows"),
      (
        "sqlite:\(scratch.path)/none.db?table=x", .environment,
        "cannot be opened (unable to open database file)"
      ),
    ]
    for (address, code, words) in cases {
      let error = error(address)
      #expect(error.code == code && error.message.contains(words), "\(error)")
    }
    #expect(!scratch.exists("none.db"))
    let text = try scratch.write(String(repeating: "no database, ", count: 200), "text.db")
    #expect(error("sqlite:\(text)?table=x").message.contains("is no database of SQLite"))
    try file.run(
      "CREATE TABLE big (x TEXT); INSERT INTO big SELECT hex(randomblob(3000)) FROM orders, orders")
    var bytes = try scratch.read("shop.db")
    // Pages behind the first, which has the schema, are not what they were.
    for place in 5000..<bytes.count { bytes[place] = 0xa5 }
    let damaged = try scratch.write(bytes, "damaged.db")
    #expect(error("sqlite:\(damaged)?table=big").message.contains("is damaged"))
  }

  /// A file and its journal in the middle of a transaction are what a process that was killed leaves.
  @Test func whatAKilledProcessLeftIsUndoneBeforeReading() throws {
    try file.run("CREATE TABLE orders (x INT); INSERT INTO orders VALUES (1), (2)")
    let size = try scratch.read("shop.db").count
    let table = try DatabaseAddress("sqlite:\(path)?table=scores").newTable(of: [NewColumn("reason", .text)])
    let text = String(repeating: "x", count: 1000)
    // More than SQLite keeps in memory.
    for _ in 0..<6000 { try table.append([.text(text)]) }
    let copy = try scratch.write(scratch.read("shop.db"), "killed.db")
    _ = try scratch.write(scratch.read("shop.db-journal"), "killed.db-journal")
    #expect(try scratch.read("killed.db").count > size)
    #expect(try lines("sqlite:\(copy)?table=orders") == ["\"x\"", "1", "2"])
    #expect(try scratch.read("killed.db").count == size)
    #expect(!scratch.exists("killed.db-journal"))
  }

  @Test func aNewTableIsThereWholeOrNotAtAll() throws {
    let columns = [
      NewColumn("row", .integer, isKey: true), NewColumn("score", .real), NewColumn("alert", .boolean),
      NewColumn("reason", .text),
    ]
    try file.run("CREATE TABLE orders (x INT)")
    let address = try DatabaseAddress("sqlite:\(path)?table=scores")
    do {
      let table = try address.newTable(of: columns)
      try table.append([.integer(1), .real(0.1), .boolean(true), .text("x")])
      // Not the text of the row before.
      let long = String(repeating: "x", count: (1 << 26) + 1)
      let error = thrownError { try table.append([.integer(2), .missing, .missing, .text(long)]) }
      #expect(error.code == .badData && error.message.contains("64 MiB"), "\(error)")
      // The same key.
      #expect(
        thrownError { try table.append([.integer(1), .missing, .missing, .missing]) }.message.contains(
          "UNIQUE"))
    }
    #expect(try file.run("SELECT name FROM sqlite_master") == [["orders"]])
    let table = try address.newTable(of: columns)
    try table.append([.integer(1), .real(0.1), .boolean(true), .text("a\"b',\n\\é")])
    try table.append([.integer(2), .missing, .boolean(false), .missing])
    try table.commit()
    #expect(
      try file.run("SELECT * FROM scores ORDER BY row")
        == [["1", "0.1", "1", "a\"b',\n\\é"], ["2", "NULL", "0", "NULL"]])
    for name in ["scores", "SCORES", "orders"] {
      let other = try DatabaseAddress("sqlite:\(path)?table=\(name)")
      let error = thrownError { _ = try other.newTable(of: columns) }
      #expect(error.code == .usage && error.message.contains("already holds a table \"\(name)\""), "\(error)")
    }
    #expect(try file.run("SELECT count(*) FROM scores") == [["2"]])
    // A file that is new goes again.
    let new = try DatabaseAddress("sqlite:\(scratch.path)/new.db?table=scores")
    _ = try new.newTable(of: columns)
    #expect(!scratch.exists("new.db"))
    try new.newTable(of: columns).commit()
    #expect(try SQLiteFile("\(scratch.path)/new.db").run("SELECT count(*) FROM scores") == [["0"]])
  }
}
