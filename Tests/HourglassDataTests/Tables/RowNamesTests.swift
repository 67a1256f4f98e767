import HourglassBase
import HourglassData
import HourglassTestSupport
import Testing

/// A column of texts that are all different names the rows.
struct RowNamesTests {
  private let scratch = ScratchFolder()

  private func file(_ rows: Int, _ cell: (Int) -> String) throws -> String {
    let lines = (0..<rows).map { "\($0 % 7),\(cell($0)),\($0 % 3 == 0 ? "a" : "b")" }
    return try scratch.write("x,who,kind\n" + lines.joined(separator: "\n") + "\n", "rows.csv")
  }

  private func found(_ path: String, limit: Int? = nil, excluding: Set<String> = []) throws -> RowNames? {
    let table = try Table.read(path: path, format: TableFormat(), limit: limit)
    return try RowNames.found(
      in: table, TableSource(path), format: TableFormat(), limit: limit, excluding: excluding)
  }

  /// Of few rows, and of more than a column of categories may have texts.
  @Test(arguments: [20, 5000]) func differentTextsAreFound(_ rows: Int) throws {
    let path = try file(rows) { "\"n, \($0)\"" }
    let names = try #require(try found(path))
    #expect(names.column == "who" && names.texts == (0..<rows).map { "n, \($0)" })
    #expect(try found(path, limit: 10)?.texts.count == 10)
    #expect(try found(path, excluding: ["who"]) == nil)
  }

  @Test func whatComesTwiceOrIsMissingNamesNothing() throws {
    #expect(try found(file(5000) { "n\($0 % 4999)" }) == nil)
    #expect(try found(file(5000) { $0 == 70 ? "" : "n\($0)" }) == nil)
    #expect(try found(file(50) { "\($0 * 100)" }) == nil)
  }

  @Test func aColumnThatIsAskedForIsReadAsItIsWritten() throws {
    let path = try file(30) { $0 % 2 == 0 ? "007" : "" }
    let names = try RowNames(in: "who", TableSource(path), format: TableFormat(), limit: nil)
    #expect(names.texts == (0..<30).map { $0 % 2 == 0 ? "007" : "" })
    expectSentence(["no column \"whom\" to name rows by", "\"who\""], .usage) {
      _ = try RowNames(in: "whom", TableSource(path), format: TableFormat(), limit: nil)
    }
  }
}
