import HourglassBase
import HourglassData
import HourglassDetection
import Testing

/// Numbers that are written where there is no value are told, and nothing else is.
struct SentinelValueTests {
  /// 201 numbers from 0 to 20, whose quartiles are 10 apart.
  private let temperatures = (0...200).map { Double($0 * 37 % 201) / 10 }

  private func found(_ values: [Double]) -> [SentinelValue] { SentinelValue.all(in: values) }

  @Test(arguments: [-999, -9999, 9999, 99999, 1000.5]) func marksAreFound(_ mark: Double) {
    #expect(found(temperatures + [mark, mark, mark, .nan]) == [SentinelValue(value: mark, count: 3)])
    // Two may be chance.
    #expect(found(temperatures + [mark, mark]).isEmpty)
  }

  @Test func severalAreFound() {
    let marks: [Double] = [-999, 9999, -9999, 9999, -999, -9999, -999, 9999, -9999, -9999]
    let expected = [
      SentinelValue(value: -9999, count: 4), SentinelValue(value: -999, count: 3),
      SentinelValue(value: 9999, count: 3),
    ]
    #expect(found(marks + temperatures) == expected)
    // Most cells may be empty.
    let most = [Double](repeating: -999, count: 500)
    #expect(found(most + temperatures) == [SentinelValue(value: -999, count: 500)])
  }

  @Test func ordinaryColumnsHaveNone() {
    let heavy = (0..<300).map { row -> Double in
      let number = row * row % 89
      return Double(row % 7 == 0 ? 40 * number : number)
    }
    let capped: [Double] = temperatures + [20, 20, 20]
    // Nine interquartile ranges are not enough.
    let far: [Double] = temperatures + [110, 110, 110]
    let columns: [[Double]] = [
      [], [.nan, .nan], [5, 5, 5, 5], temperatures, capped, heavy, far,
      // Hardly any others, and those all equal.
      [0, 0, 0, 0, 0, 0, 0, 1, 1, 1], [0, 0, 0, 1000, 1000, 1000],
      // Counts of something rare.
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 7, 7, 7],
    ]
    for (place, column) in columns.enumerated() { #expect(found(column).isEmpty, "column \(place)") }
  }

  /// Where most of the others are equal, numbers of nines are known by their digits.
  @Test func othersThatAreEqual() {
    let gains: [Double] = [Double](repeating: 0, count: 90) + [114, 7000, 41310]
    #expect(found(gains + [99999, 99999, 99999]) == [SentinelValue(value: 99999, count: 3)])
    #expect(found(gains + [90000, 90000, 90000]).isEmpty)
    let flags: [Double] = [Double](repeating: 0, count: 90) + [1, 1, 1, 1]
    #expect(found(flags + [-50, -50, -50]) == [SentinelValue(value: -50, count: 3)])
  }

  @Test func notesNameColumnsValuesAndCells() throws {
    let rows = temperatures.count + 4
    func column(_ name: String, _ mark: Double) -> Table.Column {
      Table.Column(name: name, values: temperatures + [mark, mark, mark, mark])
    }
    let table = Table(trustedColumns: [
      column("t", -999), column("u", 9999), .init(name: "v", values: (0..<rows).map { Double($0 % 13) }),
    ])
    func notes(_ table: Table) throws -> [String] {
      try TableEncoding(of: table, rows: (0..<UInt32(rows)).map { $0 }).sentinelNotes(in: table)
    }
    let end =
      "far from all others there, and is used as a number; if it says that there is no value, leave these cells empty."
    #expect(
      try notes(table) == [
        "The number -999 stands in column \"t\" (4 cells), \(end)",
        "The number 9999 stands in column \"u\" (4 cells), \(end)",
      ])
    let many = Table(trustedColumns: (0..<5).map { column("c\($0)", -999) })
    #expect(
      try notes(many) == [
        "The number -999 stands in columns \"c0\" (4 cells), \"c1\" (4 cells), \"c2\" (4 cells) and 2 others, \(end)"
      ])
  }
}
