import Foundation
import HourglassDatabaseSupport
import HourglassTestSupport
import Testing

/// Tables of databases, by the program.
struct DatabaseTests {
  private static func sql(_ table: String) -> String {
    let rows = (1...200).map { row in
      let x = Double((row * 37) % 101) / 100
      return "(\(row), \(x), \(3 * x + (row % 50 == 0 ? 9 : 0)), \((row * 53) % 97))"
    }
    return
      "CREATE TABLE \(table) (id int PRIMARY KEY, a real, b real, c int); INSERT INTO \(table) VALUES \(rows.joined(separator: ", "));"
  }

  private let options = ["--epochs", "2", "--threads", "1"]

  @Test func sqliteIsFittedScoredAndWrittenTo() throws {
    let scratch = try Scratch(data: false)
    let file = SQLiteFile("\(scratch.path)/shop.db")
    try file.run(Self.sql("sales"))
    // The folder is named after the table.
    let fit = try scratch.hourglass(
      ["detect", "sqlite:shop.db?table=sales", "--id", "id", "--into", "fitted"] + options)
    #expect(fit.status == 0 && fit.errors.contains("scores: sqlite:shop.db?table=fitted"), "\(fit.errors)")
    #expect(scratch.exists("runs/detect-sales/scores.csv"))
    #expect(try file.run("SELECT count(*), max(id) FROM fitted") == [["200", "99"]])
    let score = try scratch.hourglass(
      "detect", "score", "runs/detect-sales", "sqlite:shop.db", "--query",
      "SELECT * FROM sales WHERE id > 150 ORDER BY id",
      "--into", "scored", "--json")
    #expect(
      score.status == 0 && score.output.contains("\"into\":\"sqlite:shop.db?table=scored\""),
      "\(score.errors)\(score.output)")
    #expect(!scratch.exists("scores.csv") && !score.output.contains("\"out\""))
    #expect(
      try file.run("SELECT count(*), min(CAST(id AS INT)), sum(alert) > 0 FROM scored") == [
        ["50", "151", "1"]
      ])
    let both = try scratch.hourglass(
      "detect", "score", "runs/detect-sales", "sqlite:shop.db?table=sales", "--into",
      "sqlite:other.db?table=x", "--out", "o.csv")
    #expect(both.status == 0 && scratch.exists("o.csv"), "\(both.errors)")
    #expect(try SQLiteFile("\(scratch.path)/other.db").run("SELECT count(*) FROM x") == [["200"]])
    // Names that SQLite would not take for those of files.
    for name in [":memory:", "file:odd.db"] {
      let odd = try scratch.hourglass(
        "detect", "score", "runs/detect-sales", "sqlite:shop.db?table=sales", "--into",
        "sqlite:\(name)?table=x")
      #expect(odd.status == 0, "\(odd.errors)")
      #expect(try SQLiteFile("\(scratch.path)/\(name)").run("SELECT count(*) FROM x") == [["200"]])
    }
    // The database itself is not written over.
    expectRefusal(
      try scratch.hourglass("detect", "score", "runs/detect-sales", "sqlite:o.csv?table=x", "--out", "o.csv"),
      status: 64,
      saying: "--out is the input itself, o.csv, which would be lost")
  }

  @Test func whatMakesNoSenseIsSaid() throws {
    let scratch = try Scratch(data: false)
    try SQLiteFile("\(scratch.path)/shop.db").run(Self.sql("sales"))
    try scratch.write("a,b\n1,2\n", "rows.csv")
    let cases: [([String], String)] = [
      (
        ["sqlite:shop.db?table=sales", "--separator", ";"],
        "--separator is for CSV files; leave it out with a database."
      ),
      (
        ["sqlite:shop.db?table=sales", "--no-header"],
        "--header is for CSV files; leave it out with a database."
      ),
      (["rows.csv", "--query", "SELECT 1"], "--query is for databases; give it with sqlite:FILE"),
      (["sqlite:shop.db?table=sales", "--query", "SELECT 1"], "and no table."),
      (["rows.csv", "--into", "scores"], "--into is \"scores\", but the rows come from no database;"),
      (
        ["rows.csv", "--into", "sqlite:shop.db"],
        "--into is sqlite:shop.db, which names no table; add ?table=NAME."
      ),
      (["sqlite:shop.db?table=sales", "--into", ""], "--into is empty; name the table to write."),
      (["sqlite:shop.db?table=sale"], "sqlite:shop.db has no table \"sale\"; did you mean \"sales\"?"),
      (
        ["sqlite:shop.db?table=sales", "--into", "sales"],
        "sqlite:shop.db already holds a table \"sales\", which would be lost; choose another name"
      ),
    ]
    for (arguments, words) in cases {
      let outcome = try scratch.hourglass(["detect", "fit", "--out", "run"] + arguments + options)
      // What is known only when the database is asked is said below what is being read.
      #expect(outcome.status == 64 && outcome.complaints.count == 1, "\(outcome.errors)")
      #expect(outcome.complaints.first?.contains(words) ?? false, "\(outcome.errors)")
      #expect(!scratch.exists("run"), "\(arguments)")
    }
  }

  /// Whatever goes wrong, and wherever the address was meant to go, nobody reads the password.
  @Test func passwordsAreNeverShown() throws {
    let scratch = try Scratch(data: false)
    let address = "postgresql://ann:s3cr3t@127.0.0.1:1/shop?table=t"
    let commands = [
      ["detect", address], ["detect", "fit", address, "--out", "run"], ["detect", "fit", address, address],
      ["detect", "fit", "--data", address], ["detect", "score", address, address], ["evaluate", address],
      ["train", address], ["train", "linear-pca", "--data", address], [address],
      ["detect", "fit", "x.csv", "--into", address],
      ["detect", "fit", "postgresql://ann:s3cr3t@", "--query", "x"],
      ["detect", "postgresql://ann:s3 s3cr3t@h?table=x"],
      ["detect", "fit", address, "--ignore", "a,b"], ["detect", "fit", address, "--out", address],
      ["detect", "POSTGRESQL://ann:s3cr3t@127.0.0.1:1/shop?table=t"],
      ["detect", "postgresql://ann@127.0.0.1:1/shop?password=s3cr3t"],
      ["detect", "postgresql://ann@127.0.0.1:1/shop?table=t&password=s3cr3t"],
      ["train", "postgresql://ann@127.0.0.1:1/shop?password=s3cr3t"],
    ]
    for command in commands {
      let outcome = try scratch.hourglass(command)
      #expect(outcome.status != 0, "\(command)")
      #expect(
        !outcome.errors.contains("s3") && !outcome.output.contains("s3"), "\(command): \(outcome.errors)")
    }
    #expect(scratch.names("").allSatisfy { !$0.contains("s3cr3t") })
  }

  @Test(.enabled(if: PostgreSQLServer.isThere, Comment(rawValue: PostgreSQLServer.absence)))
  func postgreSQLIsFittedScoredAndWrittenTo() throws {
    let scratch = try Scratch(data: false)
    try PostgreSQLServer.run(
      "DROP SCHEMA IF EXISTS program CASCADE; CREATE SCHEMA program; " + Self.sql("program.sales"))
    defer { _ = try? PostgreSQLServer.run("DROP SCHEMA program CASCADE") }
    let base = PostgreSQLServer.address ?? ""
    let fit = try scratch.hourglass(
      [
        "detect", "fit", "\(base)?table=program.sales", "--id", "id", "--out", "run", "--into",
        "program.fitted", "--json",
      ] + options)
    #expect(fit.status == 0, "\(fit.errors)")
    let score = try scratch.hourglass(
      "detect", "score", "run", base, "--query", "SELECT * FROM program.sales WHERE id > 150 ORDER BY id",
      "--into", "program.scored",
      "--out", "scores.csv", "--json")
    #expect(score.status == 0, "\(score.errors)")
    #expect(try PostgreSQLServer.run("SELECT count(*), bool_or(alert) FROM program.scored") == [["50", "t"]])
    #expect(try PostgreSQLServer.run("SELECT count(*) FROM program.fitted") == [["200"]])
    let wrong = try scratch.hourglass(
      "detect", "fit",
      PostgreSQLServer.address(user: "hourglass", password: "wr0ng") + "?table=program.sales", "--out", "two")
    #expect(wrong.status == 1 && wrong.complaints.count == 1, "\(wrong.errors)")
    for words in [
      "password authentication failed for user \"hourglass\"", "check server, database, user and password",
    ] {
      #expect(wrong.errors.contains(words), "\(wrong.errors)")
    }
    #expect(!wrong.errors.contains("wr0ng") && !scratch.exists("two"))
    for text in [fit.errors, fit.output, score.errors, score.output] {
      #expect(!text.contains(PostgreSQLServer.password))
    }
    for file in ["result.json", "report.html", "model.safetensors", "scores.csv"] {
      #expect(
        !holds(String(decoding: try scratch.read("run/\(file)"), as: UTF8.self), PostgreSQLServer.password),
        "\(file)")
    }
  }
}
