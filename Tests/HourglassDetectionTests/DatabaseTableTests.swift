import Foundation
import HourglassBase
import HourglassData
import HourglassDatabaseSupport
import HourglassDatabases
import HourglassDetection
import HourglassTestSupport
import Synchronization
import Testing

/// The same rows from a CSV file, SQLite and PostgreSQL.
@Suite(.serialized)
struct DatabaseTableTests {
  private let scratch = ScratchFolder()

  private static let header = "id,x,pieces,price,shop,open,at,state"
  private static let types =
    "id bigint PRIMARY KEY, x double precision, pieces int, price numeric(38, 10), shop text, open boolean, at timestamp, state text"

  /// Every tenth row, counted from 1.
  private static func isBroken(_ row: Int) -> Bool { row.isMultiple(of: 10) }

  /// The cells of a row, counted from 1; nil where one is missing.
  private static func cells(_ row: Int, _ numbers: inout TestNumbers) -> [String?] {
    // Decimals of few digits, which all programs read alike.
    let x = (1000 * numbers.double(in: -1...1)).rounded() / 1000
    let pieces = Int((20 + 10 * x).rounded()) + (isBroken(row) ? 40 : 0)
    let price = (100 * (3 + 2 * x + numbers.double(in: -0.05...0.05))).rounded() / 100
    let hour = 8 + Int((4 * (x + 1)).rounded())
    let at = "2024-0\(1 + row % 9)-\(10 + row % 19) \(hour < 10 ? "0" : "")\(hour):30:00"
    return [
      "\(row)", row % 17 == 3 ? nil : "\(x)", "\(pieces)", row % 23 == 5 ? nil : "\(price)",
      x > 0.3 ? "north, 1" : x > -0.3 ? "south" : "west", x > 0 ? "true" : "false", row % 29 == 7 ? nil : at,
      isBroken(row) ? "broken" : "ok",
    ]
  }

  private static func rows(_ count: Int) -> [[String?]] {
    var numbers = TestNumbers(8)
    return (1...count).map { cells($0, &numbers) }
  }

  private static func csv(_ rows: [[String?]]) -> String {
    ([header] + rows.map { $0.map { ($0 ?? "").tableCell }.joined(separator: ",") }).joined(separator: "\n")
      + "\n"
  }

  /// - Parameter table: its name, in quotes where it needs them.
  private static func sql(_ rows: [[String?]], _ table: String) -> String {
    // SQLite has numbers for true and false where nothing says what a text is meant for.
    let values = rows.map { row in
      "("
        + row.enumerated().map { place, cell in
          guard let cell else { return "NULL" }
          return [4, 6, 7].contains(place) ? "'\(cell)'" : cell
        }.joined(separator: ", ") + ")"
    }
    return "CREATE TABLE \(table) (\(types)); INSERT INTO \(table) VALUES \(values.joined(separator: ", "));"
  }

  private func detection(_ path: String, run: String) -> TableDetection {
    var options = DetectorOptions(seed: 4)
    (options.epochs, options.threads) = (5, 1)
    var detection = TableDetection(
      path: path, options: options, folder: DetectionFolder("\(scratch.path)/\(run)"))
    (detection.labelColumn, detection.identifier) = ("state", "id")
    return detection
  }

  /// `result.json` without what is of a place or of a moment.
  private func result(_ run: String) throws -> NSDictionary {
    func without(_ value: Any) -> Any {
      if let list = value as? [Any] { return list.map(without) }
      guard let members = value as? [String: Any] else { return value }
      return members.filter { key, _ in !["run", "data"].contains(key) && !key.hasPrefix("seconds") }
        .mapValues(without)
    }
    let object = try JSONSerialization.jsonObject(with: Data(scratch.read("\(run)/result.json")))
    let members = try #require(object as? [String: Any])
    #expect(members["data"] != nil && members["seconds"] != nil)
    return without(members) as? NSDictionary ?? [:]
  }

  /// Fits to a source and scores it, and compares all that comes of it with what came of the CSV file.
  private func compare(_ address: String, run: String) async throws {
    let fitted = try await detection(address, run: run).run()
    #expect(try result(run) == result("csv"), "\(fitted.notes)")
    for file in ["scores.csv", "model.safetensors"] {
      #expect(try scratch.read("\(run)/\(file)") == scratch.read("csv/\(file)"), "\(file)")
    }
    let detector = try AnomalyDetector.read(path: "\(scratch.path)/csv/model.safetensors")
    _ = try TableScoring(detector: detector, path: address).write(to: "\(scratch.path)/\(run).csv")
    #expect(try scratch.read("\(run).csv") == scratch.read("csv.csv"))
  }

  private func fitToCSV(_ rows: [[String?]]) async throws {
    let path = try scratch.write(Self.csv(rows), "rows.csv")
    let fitted = try await detection(path, run: "csv").run()
    #expect(fitted.alerts > 0, "\(fitted.notes)")
    let detector = try AnomalyDetector.read(path: "\(scratch.path)/csv/model.safetensors")
    _ = try TableScoring(detector: detector, path: path).write(to: "\(scratch.path)/csv.csv")
  }

  @Test func sqliteGivesTheSameResult() async throws {
    let rows = Self.rows(300)
    try await fitToCSV(rows)
    let path = "\(scratch.path)/shop.db"
    // Inserted in another order than that of the key.
    try SQLiteFile(path).run(Self.sql(rows.reversed(), "\"the sales\""))
    try await compare("sqlite:\(path)?table=the sales", run: "table")
    try await compare("sqlite:\(path)?query=SELECT * FROM \"the sales\" ORDER BY id", run: "query")
    // The file is read as it was.
    #expect(try SQLiteFile(path).run("SELECT count(*) FROM sqlite_master WHERE type = 'table'") == [["1"]])
  }

  /// Long work ends while rows are still being kept, not only afterwards, and leaves no table.
  @Test func readingADatabaseTellsItsProgressAndCanBeEnded() async throws {
    try await fitToCSV(Self.rows(300))
    let path = "\(scratch.path)/shop.db"
    let count = 60_000
    try SQLiteFile(path).run(
      Self.sql(Self.rows(10), "few")
        + "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count)) "
        + "INSERT INTO few SELECT i + 10, 0.5, 25, 4, 'south', 1, '2024-01-10 09:30:00', 'ok' FROM n")
    let detector = try AnomalyDetector.read(path: "\(scratch.path)/csv/model.safetensors")
    let address = "sqlite:\(path)?table=few"
    var told: [WorkProgress] = []
    #expect(throws: CancellationError.self) {
      _ = try TableScoring(detector: detector, path: address).write(
        to: nil, into: DatabaseAddress("sqlite:\(path)?table=scores")
      ) {
        told.append($0)
        throw CancellationError()
      }
    }
    #expect(told.count == 1 && told[0].stage == "reading" && 0 < told[0].done && told[0].done < count)
    #expect(try SQLiteFile(path).run("SELECT count(*) FROM sqlite_master WHERE name = 'scores'") == [["0"]])
    let stages = Mutex<[String]>([])
    await #expect(throws: CancellationError.self) {
      _ = try await detection(address, run: "ended").run { event in
        guard case .progress(let progress) = event else { return }
        stages.withLock { $0.append(progress.stage) }
        throw CancellationError()
      }
    }
    #expect(stages.withLock { $0 } == ["reading"])
    #expect(!scratch.exists("ended"))
  }

  @Test(.enabled(if: PostgreSQLServer.isThere, Comment(rawValue: PostgreSQLServer.absence)))
  func postgreSQLGivesTheSameResult() async throws {
    let rows = Self.rows(300)
    try await fitToCSV(rows)
    let base = PostgreSQLServer.address ?? ""
    try PostgreSQLServer.run(
      "DROP SCHEMA IF EXISTS same CASCADE; CREATE SCHEMA same; "
        + Self.sql(rows.reversed(), "same.\"the sales\""))
    defer { _ = try? PostgreSQLServer.run("DROP SCHEMA same CASCADE") }
    try await compare("\(base)?table=same.the sales", run: "table")
    try await compare("\(base)?query=SELECT * FROM same.\"the sales\" ORDER BY id", run: "query")
    // An enumeration and a domain are read as what they hold.
    try PostgreSQLServer.run(
      """
      CREATE TYPE same.shop AS ENUM ('south', 'west', 'north, 1'); CREATE DOMAIN same.price AS numeric;
      ALTER TABLE same."the sales" ALTER shop TYPE same.shop USING shop::same.shop, ALTER price TYPE same.price,
        ALTER at TYPE timestamptz USING at AT TIME ZONE 'UTC';
      """)
    try await compare("\(base)?table=same.the sales", run: "enum")
    for file in ["table/result.json", "table/report.html", "table/model.safetensors", "query/result.json"] {
      #expect(
        !holds(String(decoding: try scratch.read(file), as: UTF8.self), PostgreSQLServer.password), "\(file)")
    }
    let result = String(decoding: try scratch.read("table/result.json"), as: UTF8.self)
    #expect(
      result.contains("postgresql:\\/\\/hourglass@127.0.0.1")
        || result.contains("postgresql://hourglass@127.0.0.1"))
  }

  @Test func declaredTypesAreKnowledge() throws {
    let path = "\(scratch.path)/typed.db"
    try SQLiteFile(path).run(
      """
      CREATE TABLE t (zip TEXT, code VARCHAR(9), n REAL, day TEXT, big INTEGER, won BOOLEAN, bare TEXT);
      WITH RECURSIVE g(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM g WHERE i < 299)
      INSERT INTO t SELECT '0' || (1000 + i % 7), CAST(i % 5 AS TEXT), i % 11 + 0.125, date('2024-01-01', (i % 50) || ' days'),
        9007199254740993 + 2 * (i * 7 % 13), i % 3 = 0, NULL FROM g;
      """)
    let table = try Table.read(path: "sqlite:\(path)?table=t")
    #expect(table["zip"]?.kind == .category(levels: (0..<7).map { "0\(1000 + $0)" }))
    #expect(table["code"]?.kind == .category(levels: ["0", "1", "2", "3", "4"]))
    #expect(table["n"]?.kind == .number && table["n"]?.values.prefix(2) == [0.125, 1.125])
    // 19723 days from 1970 to 2024.
    #expect(table["day"]?.kind == .time && table["day"]?.values.first == 19_723 * 86_400)
    #expect(table["won"]?.kind == .category(levels: ["true", "false"]))
    #expect(table["bare"]?.kind == .number)
    #expect(
      table.notes.contains { $0.hasPrefix("Column \"zip\" is one of texts in the database") },
      "\(table.notes)")
    // Odd numbers above 2^53 are not there in double precision.
    #expect(
      table.notes.contains {
        $0.hasPrefix("In column \"big\" 300 whole numbers, such as 9007199254740993, have more digits")
      }, "\(table.notes)")
    #expect(
      thrownError { _ = try Table.read(path: "sqlite:\(path)?query=SELECT * FROM t WHERE n > 99") }.message
        .hasSuffix("has no rows; name a table or a query that has some."))
  }

  /// A point before three digits may part thousands; of a column of numbers it does not, whatever other columns hold.
  @Test(.enabled(if: PostgreSQLServer.isThere, Comment(rawValue: PostgreSQLServer.absence)))
  func numbersOfADatabaseHaveAPoint() throws {
    let query = "SELECT 1.125::numeric AS n, g || ',5' AS s FROM generate_series(1, 30) g ORDER BY 2"
    let table = try Table.read(path: "\(PostgreSQLServer.address ?? "")?query=\(query)")
    #expect(table["n"]?.values == Array(repeating: 1.125, count: 30))
  }

  @Test func numbersOfSQLiteHaveAPoint() throws {
    let path = "\(scratch.path)/comma.db"
    try SQLiteFile(path).run(
      """
      CREATE TABLE t (x REAL, s TEXT, o);
      WITH RECURSIVE g(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM g WHERE i < 29)
      INSERT INTO t SELECT 2.375 + 996.75 * (i % 2), (i % 3) || ',5', (i % 3) || ',5' FROM g;
      """)
    for query in ["SELECT * FROM t", "SELECT x + 0 AS x, s, o FROM t"] {
      let table = try Table.read(path: "sqlite:\(path)?query=\(query) ORDER BY rowid")
      #expect(table["x"]?.values == (0..<30).map { $0 % 2 == 0 ? 2.375 : 999.125 })
      #expect(table["s"]?.kind == .category(levels: ["0,5", "1,5", "2,5"]))
    }
  }

  @Test func digitsThatAreLostAreTold() throws {
    // 2^70, 2 * 10^22 = 2^23 * 5^22, and an even number above 2^53 are there in double precision.
    let path = try scratch.write(
      "held,lost\n1180591620717411303424,12345678901234567890123\n20000000000000000000000,98765432109876543210.00\n"
        + "-9007199254740994,-9007199254740993\n", "digits.csv")
    let notes = try Table.read(path: path).notes
    #expect(
      notes.contains {
        $0.hasPrefix(
          "In column \"lost\" 3 whole numbers, such as 12345678901234567890123, have more digits")
      }, "\(notes)")
    #expect(!notes.contains { $0.contains("\"held\"") }, "\(notes)")
  }

  @Test func scoresAreWrittenIntoTheDatabase() async throws {
    let rows = Self.rows(300)
    try await fitToCSV(rows)
    let path = "\(scratch.path)/shop.db"
    let file = SQLiteFile(path)
    try file.run(Self.sql(rows, "sales"))
    let detector = try AnomalyDetector.read(path: "\(scratch.path)/csv/model.safetensors")
    let scoring = try TableScoring(detector: detector, path: "sqlite:\(path)?table=sales")
    let into = try DatabaseAddress("sqlite:\(path)?table=scores")
    let summary = try scoring.write(to: nil, into: into)
    try expectScores(
      file.run("SELECT row, id, score, alert, reason FROM scores ORDER BY row"), summary.alerts)
    // What is there is not lost, nor is anything left of what does not end.
    #expect(
      thrownError { _ = try scoring.write(to: nil, into: into) }.message.contains(
        "already holds a table \"scores\""))
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      _ = try scoring.write(to: "\(scratch.path)/half.csv", into: into.selecting(.table("half"))) { _ in
        throw Stop()
      }
    }
    #expect(
      try file.run("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name") == [
        ["sales"], ["scores"],
      ])
    #expect(!scratch.exists("half.csv"))
    // The scores of a fit.
    var detection = detection("sqlite:\(path)?table=sales", run: "again")
    detection.into = into.selecting(.table("fitted"))
    let fitted = try await detection.run()
    let alerts = try file.run("SELECT count(*), sum(alert), min(row), max(row) FROM fitted")
    #expect(alerts == [["300", "\(fitted.alerts)", "1", "300"]])
  }

  @Test(.enabled(if: PostgreSQLServer.isThere, Comment(rawValue: PostgreSQLServer.absence)))
  func scoresAreWrittenIntoPostgreSQL() async throws {
    let rows = Self.rows(300)
    try await fitToCSV(rows)
    let base = PostgreSQLServer.address ?? ""
    try PostgreSQLServer.run(
      "DROP SCHEMA IF EXISTS into_it CASCADE; CREATE SCHEMA into_it; " + Self.sql(rows, "into_it.sales"))
    defer { _ = try? PostgreSQLServer.run("DROP SCHEMA into_it CASCADE") }
    let detector = try AnomalyDetector.read(path: "\(scratch.path)/csv/model.safetensors")
    let scoring = try TableScoring(detector: detector, path: "\(base)?table=into_it.sales")
    let into = try DatabaseAddress("\(base)?table=into_it.scores")
    let summary = try scoring.write(to: nil, into: into)
    try expectScores(
      PostgreSQLServer.run("SELECT row, id, score, alert::int, reason FROM into_it.scores ORDER BY row"),
      summary.alerts)
    // Connections that end in the middle.
    let half = try DatabaseAddress("\(PostgreSQLServer.address(of: "half"))&table=into_it.half")
    let error = thrownError {
      _ = try scoring.write(to: "\(scratch.path)/half.csv", into: half) { _ in
        try PostgreSQLServer.endConnections("half")
      }
    }
    #expect(
      error.message.contains("was lost") && !error.message.contains(PostgreSQLServer.password), "\(error)")
    #expect(
      try PostgreSQLServer.run("SELECT to_regclass('into_it.half')") == [["NULL"]]
        && !scratch.exists("half.csv"))
  }

  /// - Parameter table: row, name, score, whether it is an alert, and why.
  private func expectScores(_ table: [[String]], _ alerts: Int) throws {
    let file = try ScoresFile("csv.csv", in: scratch)
    #expect(table.map { $0[0] } == (1...300).map(String.init) && table.map { $0[1] } == table.map { $0[0] })
    #expect(table.map { Float($0[2]) } == file.lines.map { Float($0.score) })
    #expect(table.count { $0[3] == "1" } == alerts && alerts > 0)
    #expect(table.allSatisfy { ($0[3] == "1") == ($0[4] != "NULL") })
  }
}
