import Foundation
import HourglassBase
import HourglassData
import HourglassTestSupport
import Testing

/// Columns of dates and times.
struct TimeColumnReadingTests {
  private let scratch = ScratchFolder()

  private func read(_ cells: [String], _ format: TableFormat = TableFormat(), separator: String = ",") throws
    -> Table
  {
    let text =
      "t\(separator)x\n"
      + cells.enumerated().map { "\"\($1)\"\(separator)\($0 * 7 % 5)" }.joined(separator: "\n")
    return try Table.read(path: scratch.write(Array(text.utf8), "table.csv"), format: format)
  }

  @Test(arguments: [
    ("2024-01-31", 1_706_659_200), ("2024-01-31T12:30:15Z", 1_706_704_215),
    ("2024-01-31 12:30", 1_706_704_200),
    ("2024/01/31 12:30:15.5", 1_706_704_215.5), ("31.01.2024 12:30", 1_706_704_200),
    ("31/01/2024", 1_706_659_200),
    ("1/31/2024 12:30 PM", 1_706_704_200), ("1/31/24 12:30 am", 1_706_661_000),
    ("31 Jan 2024", 1_706_659_200),
    ("January 31, 2024", 1_706_659_200), ("31-Jan-2024 12:30", 1_706_704_200),
    ("2024-01-31T12:30:00+02:00", 1_706_704_200),
    ("1960-03-01", -310_435_200), ("2000-02-29", 951_782_400),
  ])
  func oneTime(_ text: String, _ seconds: Double) throws {
    let table = try read([text, text, text])
    #expect(table.columns[0].kind == .time && table.columns[0].values == [seconds, seconds, seconds])
  }

  @Test(arguments: [
    "2023-02-29", "31.04.2024", "2024-13-01", "12.11", "1.2.3.4", "2024-01-31 25:00", "12:60", "soon",
  ])
  func noTime(_ text: String) throws {
    #expect(try read([text, "a", "b"]).columns[0].kind != .time)
    let among = try read([text] + (1...30).map { "2024-01-\($0 < 10 ? "0" : "")\($0)" })
    #expect(among.columns[0].values[0].isNaN)
  }

  @Test func timesOfDay() throws {
    let table = try read(["08:30", "23:59:59", "00:00"])
    #expect(table.columns[0].kind == .time && table.columns[0].values == [30600, 86399, 0])
    #expect((0..<3).map { table.columns[0].text(row: $0) } == ["08:30", "23:59:59", "00:00"])
  }

  @Test func theyAreShownAsTheyAre() throws {
    let cells = ["2024-02-29 08:30", "1999-12-31", "1960-03-01 23:59:58", "2100-03-01"]
    let table = try read(cells)
    #expect((0..<4).map { table.columns[0].text(row: $0) } == cells)
  }

  /// One date in which the first number can only be a day decides its column, however late it comes.
  @Test func dayOrMonthFirst() throws {
    let days = (1...12).map { "0\($0 % 9 + 1)/02/2024" }
    #expect(try read(days + ["13/02/2024"]).columns[0].text(row: 0) == "2024-02-02")
    #expect(
      try read(Array(repeating: "03/04/2024", count: 400) + ["13/04/2024"]).columns[0].text(row: 0)
        == "2024-04-03")
    let american = try read(["03/04/2024", "05/06/2024", "07/08/2024"])
    #expect(american.columns[0].text(row: 0) == "2024-03-04")
    #expect(
      american.notes == [
        "No date of column \"t\" shows which of day and month comes first; it is read as if \"03/04/2024\" has the month first."
      ])
    #expect(
      try read(["03/04/2024", "05/06/2024", "07/08/2024"], separator: ";").columns[0].text(row: 0)
        == "2024-04-03")
  }

  @Test func secondsSince1970() throws {
    func table(_ name: String, _ values: [Double]) throws -> Table {
      let text =
        "\(name),x\n" + values.enumerated().map { "\(Int($1)),\($0 * 7 % 5)" }.joined(separator: "\n")
      return try Table.read(path: scratch.write(Array(text.utf8), "table.csv"))
    }
    let seconds = (0..<50).map { 1_706_704_215 + 977 * Double($0 * $0) }
    #expect(try table("a", seconds).columns[0].kind == .time)
    let thousandths = try table("created_at", seconds.reversed().map { $0 * 1000 })
    #expect(thousandths.columns[0].kind == .time && thousandths.columns[0].values[49] == seconds[0])
    #expect(try table("account", seconds.map { $0 * 3 }.reversed()).columns[0].kind == .number)
    #expect(try table("amount", [1_200_000_000, 1_100_000_000, 1_900_000_000]).columns[0].kind == .number)
  }

  @Test func datesMayBeCategories() throws {
    let table = try read(["2024-01-31", "2024-01-31", "2024-02-01"], TableFormat(categories: ["t"]))
    #expect(table.columns[0].kind == .category(levels: ["2024-01-31", "2024-02-01"]))
  }
}
