import Foundation
import HourglassBase
import HourglassData
import HourglassTestSupport
import Testing

/// Numbers as people write them, each column read as all of its cells show.
struct DressedNumberTests {
  private let scratch = ScratchFolder()

  private func read(_ text: String, _ format: TableFormat = TableFormat()) throws -> Table {
    try Table.read(path: scratch.write(Array(text.utf8), "table.csv"), format: format)
  }

  /// The values of a column named x between two others, apart by semicolons.
  private func values(_ cells: [String]) throws -> [Double] {
    let lines = cells.enumerated().map { "\($0 * $0);\"\($1)\";\($0 % 3)" }
    let table = try read("n;x;y\n" + lines.joined(separator: "\n"))
    return try #require(table["x"]).values
  }

  @Test(arguments: [
    ("\u{2212}3.5", -3.5), ("-3.5", -3.5), ("+2", 2), ("1 234", 1234), ("1\u{A0}234.5", 1234.5),
    ("1\u{202F}234\u{202F}567", 1_234_567), ("1.160,35", 1160.35), ("1,160.35", 1160.35),
    ("$1,234.50", 1234.5),
    ("-$1,234.50", -1234.5), ("1.234,50 €", 1234.5), ("EUR 12,5", 12.5), ("CHF 1'234.50", 1234.5),
    ("12 %", 12),
    ("12%", 12), ("(17)", -17), ("17-", -17), ("'12.5'", 12.5), ("12,34,567", 1_234_567), ("12 kg", 12),
    ("0,125", 0.125),
    ("1.234.567", 1_234_567), (".5", 0.5), (",5", 0.5), ("1,5e3", 1500), ("2e-3", 0.002),
  ])
  func oneNumber(_ text: String, _ value: Double) throws {
    #expect(try values([text, "1", "2"])[0] == value)
  }

  @Test(arguments: [
    "12.11.2024", "1.2.3", "12:30", "A12", "12B", "1-2", "--5", "0171 234 567", "1,2,3", "$", "", "1 2",
    "$5 €", "12 kilogram",
  ])
  func noNumber(_ text: String) throws {
    #expect(
      try values([
        text, "1", "2", "3", "4", "5", "6", "7", "8", "9", "1", "2", "3", "4", "5", "6", "7", "8", "9", "8",
        "7",
      ])[0].isNaN)
  }

  /// One cell in which the comma can only be before the fraction says what the points in all others are.
  @Test func oneProofDecidesItsColumn() throws {
    #expect(try values(["2.506", "1.000", "122,88"]) == [2506, 1000, 122.88])
    #expect(try values(["2,506", "1,000", "122.88"]) == [2506, 1000, 122.88])
    #expect(try values(["2.506", "1.000", "3.125"]) == [2.506, 1, 3.125])
  }

  /// The last of many rows shows it, long after the beginning was read.
  @Test func theProofMayComeLate() throws {
    let cells = (0..<1000).map { "\($0 % 7 + 1).\(100 + $0 % 900)" } + ["1,5"]
    let values = try values(cells)
    #expect(values[0] == 1100 && values[1000] == 1.5)
  }

  /// A column that shows nothing follows the others of its file.
  @Test func theFileDecidesWhereAColumnDoesNot() throws {
    let table = try read("a;b\n1,5;1.234\n2,25;5.678\n0,5;9.012\n")
    #expect(table["a"]?.values == [1.5, 2.25, 0.5])
    #expect(table["b"]?.values == [1234, 5678, 9012])
    let english = try read("a,b\n1.5,\"1,234\"\n2.25,\"5,678\"\n")
    #expect(english["b"]?.values == [1234, 5678])
  }

  /// A few odd cells do not turn a file, and are still read as they can only be meant.
  @Test func fewOddCellsDoNotTurnTheColumn() throws {
    let cells = (0..<100).map { "\($0).25" } + ["7,5"]
    let values = try values(cells)
    #expect(values[3] == 3.25 && values[100] == 7.5)
  }

  @Test func germanAndEnglishAreTheSame() throws {
    let numbers = (0..<60).map { Double($0 * 7919 % 100_000) / 4 - 3000 }
    func text(_ number: Double, _ group: String, _ point: String) -> String {
      let whole = Int(abs(number))
      let digits =
        whole >= 1000 ? "\(whole / 1000)\(group)\(String(format: "%03d", whole % 1000))" : "\(whole)"
      return (number < 0 ? "\u{2212}" : "") + digits + point
        + String(format: "%02d", Int(abs(number) * 100) % 100)
    }
    let german = try read("x;y\n" + numbers.map { "\(text($0, ".", ","));1" }.joined(separator: "\n"))
    let english = try read("x,y\n" + numbers.map { "\"\(text($0, ",", "."))\",1" }.joined(separator: "\n"))
    #expect(german["x"]?.values == numbers && english["x"]?.values == numbers)
  }

  @Test func itIsTold() throws {
    let table = try read("x;y\n1.160,35;1\n2,5;7\n3,5;2\n")
    #expect(
      table.notes == [
        "Numbers with more than digits and a point in column \"x\" are read as numbers, \"1.160,35\" as 1160.35."
      ])
    let guessed = try read("x;y\n\"1,234\";1\n\"2,345\";7\n\"3,456\";2\n")
    #expect(
      guessed.notes.last
        == "No cell of column \"x\" shows whether its commas part thousands; \"1,234\" as 1.234 is how they are read."
    )
  }

  @Test func severalUnitsAreTextsAndTold() throws {
    let cells = (0..<40).map { $0 % 2 == 0 ? "\($0) kg" : "\($0) g" }
    let table = try read("x;y\n" + cells.map { "\($0);1" }.joined(separator: "\n"))
    guard case .category = table.columns[0].kind else {
      Issue.record("\(table.columns[0].kind)")
      return
    }
    #expect(
      table.notes.contains {
        $0.hasPrefix("Column \"x\" holds numbers of several units, such as \"kg\" and \"g\"")
      })
  }

  @Test func numbersTooLargeAreCounted() throws {
    let table = try read("x,y\n1,2\n1e400,3\n2,9\n-1e999,4\n")
    #expect(table["x"]?.values.map(\.isNaN) == [false, true, false, true])
    #expect(
      table.notes == ["In column \"x\" 2 numbers are beyond what can be held and count as missing."])
  }

  /// One cell of another unit is the stray, not all others.
  @Test func aFewOtherUnitsAreStrays() throws {
    let values = try values((0..<99).map { "$\($0 * 7 % 11).75" } + ["€3.50"])
    #expect(values[5] == 2.75 && values[99].isNaN)
  }

  /// Where semicolons part the cells, points before three digits may part thousands: that is told.
  @Test func pointsThatMayPartThousandsAreTold() throws {
    let table = try read("x;y\n6.396;1\n1.250;7\n2.125;2\n")
    #expect(table["x"]?.values[0] == 6.396)
    #expect(
      table.notes == [
        "No cell of column \"x\" shows whether its points part thousands; \"6.396\" as 6.396 is how they are read."
      ])
  }
}
