import Foundation
import HourglassBase
import HourglassData
import HourglassTestSupport
import Testing

struct TableReadingTests {
  private let scratch = ScratchFolder()

  private func read(_ text: String, _ format: TableFormat = TableFormat()) throws -> Table {
    try Table.read(path: scratch.write(Array(text.utf8), "table.csv"), format: format)
  }

  private func error(_ text: String, _ format: TableFormat = TableFormat()) throws -> HourglassError {
    let path = try scratch.write(Array(text.utf8), "table.csv")
    return thrownError { _ = try Table.read(path: path, format: format) }
  }

  /// Cells as texts, a line for each row.
  private func cells(_ table: Table) -> [[String]] {
    (0..<table.rowCount).map { row in table.columns.map { $0.text(row: row) } }
  }

  @Test func numbersAndCategories() throws {
    let table = try read("x,y,colour\n1,-2.5,red\n1e3,.5,blue\n+7,0,red\n")
    #expect(table.columns.map(\.name) == ["x", "y", "colour"])
    #expect(table.columns[0].values == [1, 1000, 7] && table.columns[1].values == [-2.5, 0.5, 0])
    #expect(table.columns[2].kind == .category(levels: ["red", "blue"]))
    #expect(table.columns[2].values == [0, 1, 0] && table.notes.isEmpty)
  }

  @Test(arguments: [",", ";", "\t", "|"])
  func separators(separator: String) throws {
    let lines = [["a", "b", "c"], ["1.5", "2", "3"], ["4", "5.25", "6"]]
    let table = try read(lines.map { $0.joined(separator: separator) }.joined(separator: "\r\n"))
    #expect(cells(table) == [["1.5", "2", "3"], ["4", "5.25", "6"]])
  }

  @Test func quotesKeepSeparatorsLinesAndQuotes() throws {
    let table = try read(
      "name,\"a, b\"\n\"x \"\"y\"\"\",1\n\"two\nlines\", 2\n  plain  ,\"3\"\n\"x \"\"y\"\"\",7\n")
    #expect(table.columns.map(\.name) == ["name", "a, b"])
    #expect(cells(table) == [["x \"y\"", "1"], ["two\nlines", "2"], ["plain", "3"], ["x \"y\"", "7"]])
  }

  @Test func missingValues() throws {
    let table = try read("x,y\n1,a\n,?\nNA,b\nNaN,null\ninf,a\nnone,N/A\n2,\n")
    #expect(table.columns[0].values.map(\.isNaN) == [false, true, true, true, true, true, false])
    #expect(table.columns[1].values.map(\.isNaN) == [false, true, false, true, false, true, true])
    #expect(table.columns[0].text(row: 1) == "missing")
  }

  @Test func byteOrderMarkEmptyLinesAndNoLastLineEnd() throws {
    let table = try read("\u{FEFF}x,y\n\n1,2\n\n\n3,4")
    #expect(table.columns.map(\.name) == ["x", "y"] && cells(table) == [["1", "2"], ["3", "4"]])
  }

  @Test func headerIsFoundOrSaid() throws {
    #expect(try read("1,2\n3,4\n").columns.map(\.name) == ["column1", "column2"])
    #expect(try read("1,2\n3,4\n").rowCount == 2)
    #expect(try read("1,2\n3,4\n", TableFormat(hasHeader: true)).columns.map(\.name) == ["1", "2"])
    #expect(try read("a,b\nc,d\na,e\n").rowCount == 3, "a comes again below, so it is no name")
    #expect(try read("a,b\nc,d\nf,e\n").rowCount == 2)
    #expect(try read("x,x,\n1,2,5\n3,4,6\n").columns.map(\.name) == ["x", "x (2)", "column3"])
  }

  @Test func decimalCommas() throws {
    let table = try read("x;y\n1,5;2\n-0,25;3\n")
    #expect(table.columns[0].values == [1.5, -0.25] && table.columns[1].values == [2, 3])
  }

  /// Expected values are Swift's own readings of the texts.
  @Test func numbersAreReadAsSwiftReadsThem() throws {
    var random = SystemRandomNumberGenerator()
    var texts = ["0.1", "123456789012", "1700000000123", "9007199254740993", "1e-300", "2.5E+10", "0.000001"]
    for _ in 0..<2000 {
      let value =
        Double.random(in: -1...1, using: &random) * pow(10, Double(Int.random(in: -8...8, using: &random)))
      texts.append(String(format: "%.\(Int.random(in: 0...9, using: &random))f", value))
      texts.append("\(value)")
    }
    let table = try read("x\n" + texts.joined(separator: "\n"))
    for (text, value) in zip(texts, table.columns[0].values) {
      let expected = try #require(Double(text))
      #expect(abs(value - expected) <= expected.ulp, "\(text)")
      if text.filter(\.isNumber).count <= 15 { #expect(value == expected, "\(text)") }
    }
  }

  @Test func strayTextsAreMissingAndTold() throws {
    let rows = (0..<100).map { $0 == 60 ? "oops,\($0 * 7 % 31)" : "\($0 % 13).5,\($0 * 7 % 31)" }
    let table = try read("x,y\n" + rows.joined(separator: "\n"))
    #expect(table.columns[0].kind == .number && table.columns[0].values[60].isNaN)
    #expect(
      table.notes == [
        "Column \"x\" holds numbers; 1 cell of it that is none, such as \"oops\", counts as missing."
      ])
  }

  /// The first two hundred rows, from which kinds are guessed, mislead.
  @Test func lateTextsAndLateNumbers() throws {
    let rows = (0..<1000).map { row in
      "\(row < 300 ? "\(row * 3 % 17)" : "level\(row % 3)"),\(row < 15 ? "text" : "\(row % 50).25")"
    }
    let table = try read("late,early\n" + rows.joined(separator: "\n"))
    guard case .category(let levels) = table.columns[0].kind else {
      Issue.record("\(table.columns[0].kind)")
      return
    }
    #expect(
      levels.count == 20 && table.columns[0].text(row: 0) == "0"
        && table.columns[0].text(row: 301) == "level1")
    #expect(table.columns[1].kind == .number && table.columns[1].values[15] == 15.25)
    #expect(table.columns[1].values.prefix(15).count { $0.isNaN } == 15)
  }

  /// Every twelfth cell is no number, which would be too many for strays if they were not the same again and again.
  @Test(arguments: [["unknown"], ["--"], ["<0.1", "err"]])
  func strayTextsThatComeAgain(texts: [String]) throws {
    let rows = (0..<300).map { row in
      row % 12 == 5 ? "\(texts[row / 12 % texts.count]),1" : "\(Double(row * 7 % 311) / 8),\(row % 7)"
    }
    let table = try read("a,b\n" + rows.joined(separator: "\n"))
    #expect(table.columns[0].kind == .number)
    #expect(
      (0..<300).allSatisfy { row in
        let value = table.columns[0].values[row]
        return row % 12 == 5 ? value.isNaN : value == Double(row * 7 % 311) / 8
      })
    let shown = texts.map { "\"\($0)\"" }.joined(separator: " and ")
    #expect(
      table.notes == [
        "Column \"a\" holds numbers; 25 cells of it that are none, such as \(shown), count as missing."
      ])
  }

  @Test func numbersWithStraysInASmallTable() throws {
    let rows = (0..<20).map { $0 % 10 == 3 ? "off,\($0 % 3)" : "\($0).5,\($0 % 3)" }
    #expect(try read("a,b\n" + rows.joined(separator: "\n")).columns[0].kind == .number)
  }

  @Test func categoriesThatArePartlyNumbers() throws {
    let levels = ["1", "2", "3", "A", "B"]
    let rows = (0..<300).map { "\(levels[$0 % 5]),\($0 * 7 % 31)" }
    let table = try read("a,b\n" + rows.joined(separator: "\n"))
    #expect(table.columns[0].kind == .category(levels: levels))
    #expect(
      table.notes == [
        "60 % of the cells of \"a\" are numbers; it is taken as categories because of texts such as \"A\" and \"B\"."
      ])
    // Many different texts, and more than a fifth of the cells: names and numbers mixed.
    let mixed = (0..<300).map { "\($0 % 3 == 0 ? "n\($0)" : "\($0)"),\($0 * 7 % 31)" }
    let second = try read("a,b\n" + mixed.joined(separator: "\n"))
    guard case .category = second.columns[0].kind else {
      Issue.record("\(second.columns[0].kind)")
      return
    }
    #expect(second.notes.first?.hasPrefix("67 % of the cells of \"a\" are numbers") ?? false)
  }

  /// The beginning looks like names, of which there are then too many different ones to turn back.
  @Test func numbersAfterNamesAreReadOnceMore() throws {
    let rows = (0..<9000).map {
      "\($0 < 200 && $0 % 3 > 0 ? "n\($0)" : "\(Double($0 * 7 % 9001) / 4)"),\($0 % 7)"
    }
    let table = try read("a,b\n" + rows.joined(separator: "\n"))
    #expect(table.columns.count == 2 && table.columns[0].kind == .number)
    #expect(table.columns[0].values[8999] == 8987.0 / 4 && table.columns[0].values[1].isNaN)
    #expect(table.notes.count == 1 && table.notes[0].contains("133 cells of it that are none"))
  }

  @Test func decimalCommasAfterTexts() throws {
    let rows = (0..<400).map { "\($0 < 41 ? "text\($0)" : "\($0),25");\($0 % 7)" }
    let table = try read("a;b\n" + rows.joined(separator: "\n"))
    #expect(table.columns[0].kind == .number && table.columns[0].values[399] == 399.25)
  }

  @Test(arguments: ["\"$1,2#4\"", "1# %", "1.#34 EUR", "€ -#"])
  func numbersWithMoreAroundThemAreRead(pattern: String) throws {
    let rows = (0..<60).map { "\(pattern.replacing("#", with: "\($0 % 10)")),\($0 * 7 % 31)" }
    let table = try read("a,b\n" + rows.joined(separator: "\n"))
    #expect(table.columns[0].kind == .number && table.columns[0].values.allSatisfy { !$0.isNaN })
    #expect(
      table.notes[0].hasPrefix("Numbers with more than digits and a point in column \"a\""), "\(table.notes)")
  }

  @Test(arguments: ["<#.5", "~ 1#", "≥#"])
  func boundsAreTold(pattern: String) throws {
    let rows = (0..<60).map { "\(pattern.replacing("#", with: "\($0 % 10)")),\($0 * 7 % 31)" }
    let table = try read("a,b\n" + rows.joined(separator: "\n"))
    #expect(
      table.notes.count == 1 && table.notes[0].hasPrefix("Column \"a\" holds numbers with more around them"),
      "\(table.notes)")
  }

  @Test(arguments: ["level#", "#a", "A#", "2024-01-1#", "10.0.0.#", "#:30", "no"])
  func codesAreNoNumbersWithMoreAroundThem(pattern: String) throws {
    let rows = (0..<60).map { "\(pattern.replacing("#", with: "\($0 % 10)")),\($0 * 7 % 31)" }
    #expect(try read("a,b\n" + rows.joined(separator: "\n")).notes.isEmpty)
  }

  @Test func windows1252() throws {
    // Names and texts with the bytes of é, è, ß and the euro.
    var bytes = Array("gr".utf8) + [0xf6] + Array(",n\n".utf8)
    let texts: [[UInt8]] = [[0x63, 0xe9], [0x63, 0xe8], [0xdf], [0x80, 0x35]]
    for row in 0..<40 { bytes += texts[row % 4] + Array(",\(row * 3 % 17)\n".utf8) }
    let path = try scratch.write(bytes, "latin.csv")
    let table = try Table.read(path: path)
    #expect(table.columns[0].name == "grö")
    #expect(table.columns[0].kind == .category(levels: ["cé", "cè", "ß", "€5"]))
    #expect(table.notes == ["\(path) is not UTF-8; it is read as Windows-1252."])
    let reader = try TableReader(path: path)
    reader.read(texts: ["grö"], times: [])
    while try reader.next(7) != nil {}
    #expect(reader.strayNotes(in: ["n"]) == table.notes)
  }

  /// A long text is cut between characters, not within one.
  @Test func longTextsStayUTF8() throws {
    let long = "x" + String(repeating: "é", count: 200)
    let table = try read("a,b\n" + (0..<9).map { "\(long)\($0 % 2),\($0 * $0)" }.joined(separator: "\n"))
    #expect(table.notes.isEmpty)
    #expect(table.columns[0].text(row: 0) == "x" + String(repeating: "é", count: 127))
  }

  @Test func rowNumbersAndNamesAreLeftOut() throws {
    let rows = (0..<5000).map { "\($0),name\($0),\($0 % 7)" }
    let table = try read(",who,x\n" + rows.joined(separator: "\n"))
    #expect(table.columns.map(\.name) == ["x"] && table.rowCount == 5000)
    #expect(
      table.notes == [
        "Column \"column1\" is left out: it numbers the rows.",
        "Column \"who\" is left out: it has more than 4096 different texts, names rather than categories.",
      ])
  }

  @Test func categoriesOnDemandAndLimit() throws {
    let path = try scratch.write(Array("x,y\n3,1\n4,2\n3,5\n".utf8), "table.csv")
    let table = try Table.read(path: path, format: TableFormat(categories: ["x"]), limit: 2)
    #expect(table.rowCount == 2 && table.columns[0].kind == .category(levels: ["3", "4"]))
  }

  /// Larger than what is read at once, with a record across each border.
  @Test func manyChunksAndLongRows() throws {
    let wide = (0..<3000).map { "c\($0)" }.joined(separator: ",")
    let rows = (0..<400).map { row in
      (0..<3000).map { "\((row * 31 + $0) % 1000).125" }.joined(separator: ",")
    }
    let table = try read(wide + "\n" + rows.joined(separator: "\n") + "\n")
    #expect(table.columns.count == 3000 && table.rowCount == 400)
    for (row, column) in [(0, 0), (399, 2999), (200, 1500), (17, 2222)] {
      #expect(table.columns[column].values[row] == Double((row * 31 + column) % 1000) + 0.125)
    }
  }

  @Test func gzipIsReadByItsContent() throws {
    let text = "x,y\n" + (0..<50).map { "\($0 * 3 % 11),\($0 % 4)" }.joined(separator: "\n")
    let path = try scratch.write(gzip(Array(text.utf8)), "table.csv.gz")
    let table = try Table.read(path: path)
    #expect(table.rowCount == 50 && table.columns[0].values[49] == 4)
  }

  @Test func blocks() throws {
    let text = "x,c\n" + (0..<10).map { "\($0 * 2),\("ab".randomElement() ?? "a")" }.joined(separator: "\n")
    let reader = try TableReader(path: scratch.write(Array(text.utf8), "table.csv"))
    var (rows, starts): ([Double], [Int]) = ([], [])
    while let block = try reader.next(4) {
      rows += block.columns[0].values
      starts.append(block.firstRow)
    }
    #expect(rows == (0..<10).map { Double($0 * 2) } && starts == [0, 4, 8])
  }

  @Test func refusals() throws {
    let cases: [(String, HourglassError.Code, String)] = [
      ("", .badData, "is empty"), ("\n\n", .badData, "is empty"),
      ("x,y\n", .badData, "has no rows below its header"),
      ("x,y\n1,2\n1,2,3\n", .badData, "Line 3 of"), ("x,y\n1,2\n\"a\nb\",2\n7\n", .badData, "Line 5 of"),
      ("x,y\n1,\"2\n3,4\n", .badData, "Line 2 of"),
      ("x,y\n1,2\n\"a\"b,2\n", .badData, "goes on after a closing quote"),
      ("x,y\n1,\0\n", .badData, "zero bytes"),
    ]
    for (text, code, piece) in cases {
      let error = try error(text)
      #expect(error.code == code && error.message.contains(piece), "\(error.message)")
    }
    #expect(try error("x,y\n1,2\n", TableFormat(separator: "\"")).code == .usage)
    #expect(try error("x,y\n1,2\n", TableFormat(categories: ["z"])).message.contains("no column \"z\""))
    let many = String(repeating: ",", count: TableLimits.columns)
    #expect(try error(many + "\n", TableFormat(separator: ",")).message.contains("more than 65536 cells"))
    #expect(thrownError { _ = try Table.read(path: scratch.path + "/none.csv") }.code == .environment)
    let path = try scratch.write(Array(("x,y\n" + String(repeating: "1,2\n", count: 9000)).utf8), "table.csv")
    let large = thrownError {
      _ = try Table.read(path: path, format: TableFormat(), limit: nil, budget: MemoryBudget(bytes: 100_000))
    }
    #expect(large.code == .environment && large.message.contains("100,000 bytes are left"))
  }

  /// Nothing that is read brings the program down.
  @Test func damagedFilesNeverTrap() throws {
    var random = TestNumbers(7)
    let file = ChangingFile(in: scratch, name: "damaged.csv")
    for _ in 0..<2000 {
      let alphabet = Array(",;\t|\"\n\r0123456789.-+eEnaNx\u{00}?".utf8) + [0xef, 0xbb, 0xbf, 0xff]
      let bytes = (0..<Int.random(in: 0..<120, using: &random)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
      }
      _ = try? Table.read(path: file.replace(by: bytes))
    }
  }
}
