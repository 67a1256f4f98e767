import HourglassBase
import HourglassDatabaseSupport
import HourglassDatabases
import HourglassTestSupport
import Testing

/// Tables and queries of a real PostgreSQL.
@Suite(.enabled(if: PostgreSQLServer.isThere, Comment(rawValue: PostgreSQLServer.absence)), .serialized)
struct PostgreSQLTests {
  private var base: String { PostgreSQLServer.address ?? "" }

  /// A schema of its own for each test.
  private final class Schema {
    let name: String
    init(_ name: String) throws {
      self.name = name
      try PostgreSQLServer.run("DROP SCHEMA IF EXISTS \(name) CASCADE; CREATE SCHEMA \(name)")
    }
    deinit { _ = try? PostgreSQLServer.run("DROP SCHEMA \(name) CASCADE") }
  }

  private func error(_ address: String) -> HourglassError {
    let error = thrownError { _ = try lines(address) }
    #expect(!error.message.contains(PostgreSQLServer.password), "\(error)")
    return error
  }

  @Test func cellsAreWrittenAsACSVFileHasThem() throws {
    let schema = try Schema("cells")
    try PostgreSQLServer.run(
      """
      CREATE TYPE cells.colour AS ENUM ('red', 'green');
      CREATE DOMAIN cells.share AS numeric CHECK (VALUE >= 0);
      CREATE TABLE cells.t (id bigint PRIMARY KEY, i smallint, n numeric(38, 10), f real, d double precision, s text, zip char(8),
        b boolean, e cells.colour, day date, at timestamp, zoned timestamptz, clock time, span interval, raw bytea, q cells.share,
        cost money);
      INSERT INTO cells.t VALUES
        (9007199254740993, -5, 1234567890123456789012345678.0123456789, 0.1, 0.1, 'a,b', '01234', true, 'green', '2024-02-29',
         '2024-02-29 12:30:15.25', '2024-02-29 23:30:00-05', '08:15', '1 day', '\\x00', 0.5, 12),
        (1, NULL, 0.5, 'NaN', 'Infinity', E'say "no"\\nmore', NULL, false, 'red', '-infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
      """)
    let rows = try DatabaseRows(DatabaseAddress("\(base)?table=cells.t"))
    let kinds: [(String, DatabaseColumn.Kind)] = [
      ("id", .number), ("i", .number), ("n", .number), ("f", .number), ("d", .number), ("s", .text),
      ("zip", .text),
      ("b", .text), ("e", .text), ("day", .time), ("at", .time), ("zoned", .time), ("clock", .time),
      ("q", .number),
      ("cost", .open),
    ]
    #expect(rows.columns.map(\.name) == kinds.map(\.0) && rows.columns.map(\.kind) == kinds.map(\.1))
    #expect(rows.notes.count == 2, "\(rows.notes)")
    #expect(rows.notes[0].hasPrefix("Column \"span\" is left out: it holds spans of time (interval)"))
    #expect(rows.notes[1] == "Column \"raw\" is left out: it holds bytes (bytea).")
    // By the primary key; a time with a zone is that of UTC.
    let text = try rows.lines()
    #expect(
      text == [
        kinds.map { "\"\($0.0)\"" }.joined(separator: ","), "1,,0.5000000000,NaN,Infinity,\"say \"\"no\"\"",
        "more\",,false,red,-infinity,,,,,",
        "9007199254740993,-5,1234567890123456789012345678.0123456789,0.1,0.1,\"a,b\",01234   ,true,green,2024-02-29,"
          + "2024-02-29 12:30:15.25,2024-03-01 04:30:00+00,08:15:00,0.5,$12.00",
      ], "\(text)")
    withExtendedLifetime(schema) {}
  }

  @Test func manyRowsComeInTheirOrder() throws {
    let schema = try Schema("many")
    try PostgreSQLServer.run(
      """
      CREATE TABLE many.t (b int, a int, PRIMARY KEY (a, b)); INSERT INTO many.t SELECT g, 50000 - g FROM generate_series(1, 50000) g;
      CREATE TABLE many.bare (x real); INSERT INTO many.bare VALUES (2), (NULL), (1);
      CREATE VIEW many.v AS SELECT 1 AS x;
      """)
    let text = try lines("\(base)?table=many.t")
    #expect(text.dropFirst().enumerated().allSatisfy { $1 == "\(50000 - $0),\($0)" } && text.count == 50_001)
    #expect(try lines("\(base)?table=many.t", limit: 3).count == 4)
    let bare = try DatabaseRows(DatabaseAddress("\(base)?table=many.bare"))
    #expect(bare.notes.count == 1 && bare.notes[0].contains("since the table has no primary key"))
    #expect(try bare.lines() == ["\"x\"", "2", "NA", "1"])
    let query = "SELECT x FROM many.bare"
    let unordered = try DatabaseRows(DatabaseAddress("\(base)?query=\(query)"))
    #expect(unordered.notes.count == 1 && unordered.notes[0].contains("since the query has no ORDER BY"))
    #expect(try DatabaseRows(DatabaseAddress("\(base)?query=\(query) order\n by x;")).notes.isEmpty)
    // The order of something else is not that of the rows.
    for other in [
      "SELECT row_number() OVER (ORDER BY x) FROM many.bare", "SELECT 'it''s order by' FROM many.bare",
      "SELECT x AS \"order by\" FROM many.bare", "SELECT x FROM (\(query) ORDER BY x) s -- ORDER BY x\n",
    ] {
      let rows = try DatabaseRows(DatabaseAddress("\(base)?query=\(other)"))
      #expect(rows.notes.count == 1, "\(other)")
      let ordered = try DatabaseRows(DatabaseAddress("\(base)?query=\(other) ORDER BY abs(1), (1)"))
      #expect(ordered.notes.isEmpty, "\(other)")
    }
    #expect(try lines("\(base)?query=\(query) WHERE x > 9") == ["\"x\""])
    #expect(try lines("\(base)?table=many.v") == ["\"x\"", "1"])
    withExtendedLifetime(schema) {}
  }

  @Test func namesAreNeverStatements() throws {
    let schema = try Schema("names")
    try PostgreSQLServer.run("CREATE TABLE names.keep (x int); INSERT INTO names.keep VALUES (1)")
    // A name has 63 bytes at most.
    let names =
      HostileNames.all.filter { $0.utf8.count < 60 && !$0.utf8.contains(UInt8(ascii: ".")) }
      + ["t\"; DROP TABLE keep; --", "a b", "select", "T'x", "é", "$1"]
    for name in names {
      let quoted = name.parts(at: "\"").joined(separator: "\"\"")
      try PostgreSQLServer.run(
        "CREATE TABLE names.\"\(quoted)\" (x int); INSERT INTO names.\"\(quoted)\" VALUES (41)")
      #expect(try lines("\(base)?table=names.\(name)") == ["\"x\"", "41"], "\(name)")
      try PostgreSQLServer.run("DROP TABLE names.\"\(quoted)\"")
      let table = try DatabaseAddress("\(base)?table=names.\(name)").newTable(of: [NewColumn(name, .integer)])
      try table.append([.integer(43)])
      try table.commit()
      #expect(try PostgreSQLServer.run("TABLE names.\"\(quoted)\"") == [["43"]], "\(name)")
      try PostgreSQLServer.run("DROP TABLE names.\"\(quoted)\"")
    }
    #expect(try lines("\(base)?table=names.keep") == ["\"x\"", "1"])
    withExtendedLifetime(schema) {}
  }

  @Test func whatCannotBeReadIsSaid() throws {
    let schema = try Schema("refusals")
    try PostgreSQLServer.run(
      """
      CREATE TABLE refusals.orders (x int); INSERT INTO refusals.orders VALUES (0);
      DROP ROLE IF EXISTS refused; CREATE ROLE refused LOGIN PASSWORD 'other'; GRANT USAGE ON SCHEMA refusals TO refused;
      """)
    let refused = PostgreSQLServer.address(user: "refused", password: "other")
    let cases: [(String, HourglassError.Code, String)] = [
      (base, .usage, "is a database; name a table of it"),
      (
        "\(base)?table=refusals.order", .usage,
        "has no table \"refusals.order\"; did you mean \"refusals.orders\"?"
      ),
      ("\(base)?query=SELECT y FROM refusals.orders", .usage, "(column \"y\" does not exist)"),
      (
        "\(base)?query=SELECT 1 / x FROM refusals.orders", .badData,
        "cannot work out a row (division by zero)"
      ),
      ("\(base)?query=SELECT 1; DROP TABLE refusals.orders", .usage, "cannot insert multiple commands"),
      ("\(base)?query=DELETE FROM refusals.orders", .usage, "refuses"),
      ("\(base)?query=WITH d AS (DELETE FROM refusals.orders RETURNING x) TABLE d", .usage, "refuses"),
      ("\(base)?query=SELECT nextval('refusals.s')", .usage, "refuses"),
      (
        PostgreSQLServer.address(user: "hourglass", password: "wr0ng"), .environment,
        "password authentication failed for user \"hourglass\""
      ),
      ("postgresql://hourglass@127.0.0.1:1/x?table=t", .environment, "Connection refused"),
      (
        "\(refused)?table=refusals.orders", .environment,
        "(permission denied for table orders); ask for the right"
      ),
      ("postgresql://hourglass@nowhere.invalid/x?table=t", .environment, "cannot be reached"),
      ("postgresql://hourglass@127.0.0.1/x?sslmode=perhaps&table=t", .environment, "cannot be reached"),
      ("postgresql://hourglass:secr3t@127.0.0.1/x?nonsense=1&table=t", .usage, "cannot be read"),
    ]
    for (address, code, words) in cases {
      let error = error(address)
      #expect(error.code == code && error.message.contains(words), "\(error)")
      for secret in ["wr0ng", "other", "secr3t"] {
        #expect(!error.message.contains("\(secret)@") && !error.message.contains(":\(secret)"))
      }
    }
    #expect(try PostgreSQLServer.run("SELECT count(*) FROM refusals.orders") == [["1"]])
    // No right to make a table.
    let table = try DatabaseAddress("\(refused)?table=refusals.scores")
    #expect(
      thrownError { _ = try table.newTable(of: [NewColumn("x", .text)]) }.message.contains(
        "permission denied for schema refusals"))
    try PostgreSQLServer.run("DROP OWNED BY refused; DROP ROLE refused")
    withExtendedLifetime(schema) {}
  }

  @Test func aLostConnectionIsOneSentence() throws {
    let schema = try Schema("lost")
    try PostgreSQLServer.run(
      "CREATE TABLE lost.t (x int PRIMARY KEY); INSERT INTO lost.t SELECT generate_series(1, 100000)")
    let base = PostgreSQLServer.address(of: "lost")
    let rows = try DatabaseRows(DatabaseAddress("\(base)&table=lost.t"))
    var piece = [UInt8](repeating: 0, count: 1000)
    #expect(try piece.withUnsafeMutableBytes { try rows.fill($0) } == 1000)
    let table = try DatabaseAddress("\(base)&table=lost.scores").newTable(of: [NewColumn("reason", .text)])
    try table.append([.text("x")])
    #expect(try PostgreSQLServer.endConnections("lost") == 2)
    for error in [
      thrownError { _ = try rows.lines() },
      thrownError {
        for _ in 0..<10_000 { try table.append([.text(String(repeating: "x", count: 100))]) }
        try table.commit()
      },
    ] {
      #expect(
        error.code == .environment
          && error.message.contains("The connection to postgresql://hourglass@127.0.0.1"), "\(error)")
      #expect(
        error.message.contains("was lost (") && !error.message.contains(PostgreSQLServer.password), "\(error)"
      )
    }
    #expect(try PostgreSQLServer.run("SELECT to_regclass('lost.scores')") == [["NULL"]])
    withExtendedLifetime(schema) {}
  }

  @Test func aNewTableIsThereWholeOrNotAtAll() throws {
    let schema = try Schema("made")
    let columns = [
      NewColumn("row", .integer, isKey: true), NewColumn("score", .real), NewColumn("alert", .boolean),
      NewColumn("reason", .text),
    ]
    let address = try DatabaseAddress("\(base)?table=made.scores")
    do {
      let table = try address.newTable(of: columns)
      for row in [1, 2, 1] { try table.append([.integer(row), .missing, .missing, .missing]) }
      #expect(thrownError { try table.commit() }.message.contains("duplicate key"))
    }
    #expect(try PostgreSQLServer.run("SELECT to_regclass('made.scores')") == [["NULL"]])
    let table = try address.newTable(of: columns)
    try table.append([.integer(1), .real(0.1), .boolean(true), .text("a\"b'\t,\r\n\\N\\.\u{0}é")])
    try table.append([.integer(2), .missing, .boolean(false), .missing])
    // Nobody sees it before.
    #expect(try PostgreSQLServer.run("SELECT to_regclass('made.scores')") == [["NULL"]])
    try table.commit()
    #expect(
      try PostgreSQLServer.run("SELECT * FROM made.scores ORDER BY row")
        == [["1", "0.1", "t", "a\"b'\t,\r\n\\N\\. é"], ["2", "NULL", "f", "NULL"]])
    let error = thrownError { _ = try address.newTable(of: columns) }
    #expect(
      error.code == .usage
        && error.message.contains("already holds a table \"made.scores\", which would be lost"), "\(error)")
    withExtendedLifetime(schema) {}
  }
}
