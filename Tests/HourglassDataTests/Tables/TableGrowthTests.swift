import HourglassBase
import HourglassData
import HourglassTestSupport
import Testing

@Suite struct TableGrowthTests {
  private let scratch = ScratchFolder()

  @Test func equalNamesGrowInProportion() throws {
    func file(_ columns: Int) throws -> String {
      let names = Array(repeating: "x", count: columns).joined(separator: ",")
      let row = Array(repeating: "1", count: columns).joined(separator: ",")
      return try scratch.write("\(names)\n\(row)\n", "\(columns).csv")
    }
    let paths = [5000: try file(5000), 10_000: try file(10_000)]
    let ratio = try growth(from: 5000, attempts: 4) { columns in
      let reader = try TableReader(
        path: paths[columns] ?? "", format: TableFormat(separator: ",", hasHeader: true))
      #expect(reader.columnNames.prefix(3) == ["x", "x (2)", "x (3)"])
      #expect(reader.columnNames.last == "x (\(columns))")
    }
    #expect(ratio < 3.5)
  }

  @Test func listsOfNamesGrowInProportion() {
    let ratio = growth(from: 10_000) { count in
      let list = (0..<count).map { "n\($0)" }.joined(separator: ",")
      #expect(ColumnNames.split(list, known: ["a, b", "n1"]).count == count)
    }
    #expect(ratio < 3.5)
  }

  /// The file takes more memory than the reader may.
  @Test func longFilesAreReadInLittleMemory() throws {
    let line = "1234567,1234567,1234567,1234567\n"
    let path = try scratch.write(
      "a,b,c,d\n" + String(repeating: line, count: 100_000), "long.csv")
    let budget = MemoryBudget(bytes: 200_000)
    let reader = try TableReader(path: path, budget: budget)
    var rows = 0
    while let block = try reader.next() { rows += block.rowCount }
    #expect(rows == 100_000)
    let error = thrownError {
      _ = try Table.read(path: path, format: TableFormat(), limit: nil, budget: budget)
    }
    #expect(error.code == .environment && error.says("rows of 4 columns", "give fewer rows"), "\(error)")
  }

  @Test func longRowsAreRefusedBeforeTheyAreInMemory() throws {
    let path = try scratch.write("a\n" + String(repeating: "x", count: 3 << 20) + "\n", "row.csv")
    let error = thrownError { _ = try TableReader(path: path, budget: MemoryBudget(bytes: 1 << 20)).next() }
    #expect(error.code == .environment && error.says("The row from line"), "\(error)")
  }

  /// 4,096 rows of so many columns would take two gibibytes.
  @Test func blocksOfWideTablesAreSmall() throws {
    let columns = 20_000
    let text = Array(repeating: "1", count: columns).joined(separator: ",") + "\n"
    let path = try scratch.write(String(repeating: text, count: 60), "wide.csv")
    let reader = try TableReader(
      path: path, format: TableFormat(separator: ",", hasHeader: false),
      budget: MemoryBudget(bytes: 50_000_000))
    var counts: [Int] = []
    while let block = try reader.next() { counts.append(block.rowCount) }
    #expect(counts == [52, 8])
  }
}
