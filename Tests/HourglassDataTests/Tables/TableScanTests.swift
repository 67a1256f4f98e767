import Foundation
import HourglassBase
import HourglassData
import HourglassTestSupport
import Testing

/// A table that is not brought into memory shows what it shows when it is.
struct TableScanTests {
  private let scratch = ScratchFolder()

  private static let count = 6000

  /// Columns of many kinds; in some only the last rows show what they hold.
  private func table(_ rows: Int = count, seed: UInt64 = 3) throws -> String {
    var numbers = TestNumbers(seed)
    var permuted = Array(1...rows)
    var random = RandomNumbers(seed: seed, purpose: .sampling)
    let order = random.permutation(rows)
    permuted = order.map { Int($0) + 7 }
    var text = "counter,half,permuted,clock,epoch,level,x,pieces,stray,mixed,point,day,name,flag\n"
    for row in 0..<rows {
      let (x, isLast) = (numbers.double(in: -2...2), row == rows - 1)
      let cells = [
        "\(row + 1)", "\(Double(row) / 2)", "\(permuted[row])",
        "\(Double(row) + numbers.double(in: 0...0.9))",
        "\(1_700_000_000 + 60 * row)", isLast ? "new" : "level \(row % 5)", "\(x)", "\(Int(10 * x))",
        row > rows - 5 ? "broken" : "\(x * x)", row > rows / 2 ? "word \(row % 3)" : "\(row % 3)",
        // A comma is before the fraction, as one cell shows.
        isLast ? "\"1.234,5\"" : "\"\(row % 9),\(100 + row % 800)\"",
        row == rows - 2 ? "23.04.2024" : "0\(1 + row % 9).0\(1 + row % 7).2024", "name \(row)",
        isLast ? "1" : "0",
      ]
      text += cells.joined(separator: ",") + "\n"
    }
    return try scratch.write(text, "rows-\(seed)-\(rows).csv")
  }

  private func scan(
    _ path: String, size: Int = 700, seed: UInt64 = 5, limit: Int? = nil, counting: String? = nil
  ) throws -> TableScan {
    try TableScan(
      TableSource(path), format: TableFormat(), limit: limit, sampleSize: { _ in size }, seed: seed,
      counting: counting)
  }

  @Test func columnsAndNotesAreThoseOfTheWholeTable() throws {
    let path = try table()
    let (whole, scan) = (try Table.read(from: URL(filePath: path)), try scan(path))
    #expect(scan.rowCount == Self.count && scan.sample.rowCount == 700)
    #expect(scan.sample.columns.map(\.name) == whole.columns.map(\.name))
    #expect(scan.sample.columns.map(\.kind) == whole.columns.map(\.kind))
    #expect(scan.sample.notes == whole.notes)
    // What is left out, and what only the last rows show, is there at all.
    let names = whole.columns.map(\.name)
    #expect(["counter", "half", "permuted", "clock", "name"].allSatisfy { !names.contains($0) })
    #expect(whole["epoch"]?.kind == .time && whole["day"]?.kind == .time)
    #expect(whole.notes.contains { $0.contains("\"stray\"") })
    guard case .category(let levels) = try #require(scan.sample["level"]).kind else {
      Issue.record("level holds no categories")
      return
    }
    #expect(levels.contains("new"))
  }

  @Test func theSampleHasTheCellsOfItsRows() throws {
    let path = try table()
    let (whole, scan) = (try Table.read(from: URL(filePath: path)), try scan(path))
    #expect(Set(scan.rows).count == 700 && scan.rows == scan.rows.sorted())
    for (drawn, column) in zip(scan.sample.columns, whole.columns) {
      for (place, row) in scan.rows.enumerated() {
        #expect(drawn.text(row: place) == column.text(row: Int(row)), "\(column.name) \(row)")
      }
    }
  }

  @Test func blocksHaveAllRowsInOrder() throws {
    let path = try table()
    let (whole, scan) = (try Table.read(from: URL(filePath: path)), try scan(path))
    let blocks = try scan.blocks(names: "name")
    var row = 0
    while let block = try blocks.next(997) {
      #expect(block.firstRow == row && block.rowCount <= 997)
      for place in 0..<block.rowCount {
        #expect(blocks.names[place] == "name \(row)")
        for column in whole.columns {
          let cell = try #require(block[column.name]).text(row: place)
          #expect(cell == column.text(row: row), "\(column.name) \(row)")
        }
        row += 1
      }
    }
    #expect(row == Self.count)
  }

  /// Which rows are drawn follows from the seed and their number; a smaller sample is part of a larger one.
  @Test func theSampleDependsOnSeedAndCountAlone() throws {
    let rows = try scan(table()).rows
    #expect(try scan(table(seed: 4)).rows == rows)
    #expect(try scan(table(), seed: 6).rows != rows)
    #expect(Set(rows).isSuperset(of: try scan(table(), size: 300).rows))
    #expect(try scan(table(), size: Self.count).rows == (0..<UInt32(Self.count)).map { $0 })
  }

  /// The mean place of 700 of 6,000 has a deviation of 61.5: the root of (N + 1) (N - n) / (12 n).
  @Test func everyRowIsAsLikely() throws {
    let path = try table()
    for seed in 1...4 as ClosedRange<UInt64> {
      let rows = try scan(path, seed: seed).rows
      let mean = rows.reduce(0.0) { $0 + Double($1) } / Double(rows.count)
      #expect(abs(mean - Double(Self.count - 1) / 2) < 4 * 61.5, "\(seed)")
    }
  }

  @Test func textsAreCountedInAllRows() throws {
    let path = try table()
    #expect(try scan(path, counting: "flag").counts == ["0": Self.count - 1, "1": 1])
    #expect(try scan(path, counting: "level").counts["new"] == 1)
    let part = try scan(path, size: 100, limit: 1000, counting: "level")
    #expect(part.rowCount == 1000 && part.counts.values.reduce(0, +) == 1000 && part.counts["new"] == nil)
  }

  @Test func aTableThatChangesMeanwhileIsRefused() throws {
    let path = try scratch.write("x\n" + (0..<5000).map { "\($0 % 17)\n" }.joined(), "changing.csv")
    let scan = try scan(path)
    func read() throws {
      let blocks = try scan.blocks()
      while try blocks.next(4096) != nil {}
    }
    try read()
    try scratch.write("x\n" + (0..<4999).map { "\($0 % 17)\n" }.joined(), "changing.csv")
    expectSentence(["changing.csv", "5,000 rows", "4,999"], .environment) { try read() }
    try scratch.write("x\n" + (0..<5001).map { "\($0 % 17)\n" }.joined(), "changing.csv")
    expectSentence(["changing.csv", "5,000 rows", "more"], .environment) { try read() }
    // As many rows, of other numbers.
    try scratch.write("x\n" + (0..<5000).map { "\($0 % 16)\n" }.joined(), "changing.csv")
    expectSentence(["changing.csv was changed by another program"], .environment) { try read() }
  }

  @Test func tooManyLabelsAreRefused() throws {
    let path = try scratch.write("x\n" + (0..<100_001).map { "\($0).5\n" }.joined(), "many.csv")
    expectSentence(["\"x\"", "100,000 different labels"], .usage) { _ = try scan(path, counting: "x") }
  }

  /// The length of the first rows says that there are more than twice as many, or it shows as they come.
  @Test(arguments: [(10_000, false), (20_000, true), (30_000, true)])
  func aTableThatIsPlainlyTooLongIsNotReadOn(_ mostRows: Int, isReadOn: Bool) throws {
    let path = try scratch.write("x\n" + (0..<30_000).map { "\(10 + $0 % 17)\n" }.joined(), "long.csv")
    var told = 0
    let table = try Table.read(
      TableSource(path), format: TableFormat(), limit: nil, mostRows: { _ in mostRows },
      progress: { _ in told += 1 })
    #expect(table?.rowCount == (mostRows == 30_000 ? 30_000 : nil) && (told > 0) == isReadOn)
  }

  @Test func anEmptyTableIsRefused() throws {
    let path = try scratch.write("x,y\n", "empty.csv")
    expectSentence(["no rows"], .badData) { _ = try scan(path) }
  }
}
