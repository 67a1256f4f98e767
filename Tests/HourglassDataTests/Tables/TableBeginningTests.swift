import Foundation
import HourglassBase
import HourglassData
import HourglassTestSupport
import Testing

/// What the first lines of a file say of the rest.
struct TableBeginningTests {
  private let scratch = ScratchFolder()

  private func read(_ text: String, _ format: TableFormat = TableFormat()) throws -> Table {
    try Table.read(path: scratch.write(Array(text.utf8), "table.csv"), format: format)
  }

  /// Rows of three numbers, none of which counts up.
  private let rows = (0..<30).map { "\($0 * 7 % 11),\($0 * 5 % 13),\($0 * 3 % 7)" }.joined(separator: "\n")

  @Test func namesThatCountUp() throws {
    let table = try read("0,1,2\n" + rows)
    #expect(table.rowCount == 30 && table.columns.map(\.name) == ["0", "1", "2"])
    #expect(table.notes == ["The first line (0, 1, 2) is taken as the columns' names."])
    #expect(try read("1990,1995,2000\n" + rows).columns.map(\.name) == ["1990", "1995", "2000"])
  }

  @Test func wholeNamesAboveDecimals() throws {
    let decimals = (0..<30).map { "\($0 % 7).25,\($0 % 5).5,\($0 % 11).75" }.joined(separator: "\n")
    #expect(try read("10,7,3\n" + decimals).rowCount == 30)
    #expect(try read("10.5,7,3\n" + decimals).rowCount == 31)
  }

  @Test func aFirstLineOfNumbersIsARowAndTold() throws {
    let table = try read("5,9,2\n" + rows)
    #expect(table.rowCount == 31 && table.columns[0].values[0] == 5)
    #expect(
      table.notes == [
        "The first line (5, 9, 2) has numbers, so it is taken as a row, and the columns are named column1, column2 and so on."
      ])
    #expect(try read("5,9,2\n" + rows, TableFormat(hasHeader: true)).notes == [])
  }

  /// As NumPy and pandas people write them: an index of the rows below an empty cell.
  @Test func anIndexUnderAHeaderOfNumbers() throws {
    let lines = (0..<30).map { "\($0),\($0 * 7 % 11).5,\($0 * 5 % 13).5" }.joined(separator: "\n")
    let table = try read(",0,1\n" + lines)
    #expect(table.rowCount == 30 && table.columns.map(\.name) == ["0", "1"])
    #expect(table.notes.contains("Column \"column1\" is left out: it numbers the rows."))
  }

  @Test func cellsApartByBlanks() throws {
    let table = try read("  a   b\tc\n1  2.5   x\n 3 4.5 y  \n5\t6.5   x\n")
    #expect(table.columns.map(\.name) == ["a", "b", "c"])
    #expect(table["b"]?.values == [2.5, 4.5, 6.5])
    // Texts of two words are no table.
    #expect(try read("place\nNew York\nLos Angeles\nSan Jose\nNew York\n").columns.map(\.name) == ["place"])
  }

  @Test func rowNamesOfR() throws {
    let lines = ["Mazda", "Datsun", "Hornet"].enumerated().map { "\"\($1)\" \($0 * 3 % 5) \($0 + 7)" }
    let table = try read("\"mpg\" \"cyl\"\n" + lines.joined(separator: "\n"))
    #expect(table.columns.map(\.name).suffix(2) == ["mpg", "cyl"] && table["mpg"]?.values == [0, 3, 1])
    #expect(table.notes[0].hasPrefix("The header has one name fewer than the rows have cells"))
    let numbered = try read(
      "a,b\n" + (1...30).map { "\($0),\($0 * 7 % 11),\($0 * 5 % 3)" }.joined(separator: "\n"))
    #expect(numbered.columns.map(\.name) == ["a", "b"])
  }

  @Test(arguments: ["sep=;\n", "SEP=;\r\n", "\"sep=;\"\n", "\"sep=;\"\r\n"])
  func excelNamesItsSeparator(_ line: String) throws {
    let table = try read(line + "a;b\n1,5;2\n2,5;3\n")
    #expect(table.columns.map(\.name) == ["a", "b"] && table["a"]?.values == [1.5, 2.5])
    let error = #expect(throws: HourglassError.self) { try read("sep=;\na;b\n1;2;3\n") }
    #expect(error?.message.hasPrefix("Line 3 of") == true)
  }

  /// A frame of pandas with a target, and a series with its index.
  @Test func numberedNamesBesideOthers() throws {
    let lines = (0..<30).map { "\($0 % 7).25,\($0 % 5).5,\($0 % 3 == 0 ? "low" : "high")" }.joined(
      separator: "\n")
    #expect(try read("0,1,label\n" + lines).columns.map(\.name) == ["0", "1", "label"])
    let series = try read(",0\n" + (0..<30).map { "\($0),\($0 * 7 % 11).5" }.joined(separator: "\n"))
    #expect(series.rowCount == 30 && series.columns.map(\.name) == ["0"])
  }
}
