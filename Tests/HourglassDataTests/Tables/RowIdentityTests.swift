import HourglassBase
import HourglassData
import HourglassTestSupport
import Testing

/// Columns that say which row it is.
struct RowIdentityTests {
  private let scratch = ScratchFolder()

  private func notes(_ values: [Double], keeping: Set<String> = []) throws -> [String] {
    let text = "id,x\n" + values.enumerated().map { "\($1),\($0 * 7 % 11).5" }.joined(separator: "\n")
    let table = try Table.read(
      path: scratch.write(Array(text.utf8), "table.csv"), format: TableFormat(features: keeping))
    #expect(table.columns.map(\.name) == (table.notes.isEmpty ? ["id", "x"] : ["x"]))
    return table.notes
  }

  @Test func identifiersFromAnyNumberOn() throws {
    #expect(
      try notes((1001...1600).map { Double($0) }) == ["Column \"id\" is left out: it numbers the rows."])
    #expect(
      try notes((0..<50).map { 7 - 2.5 * Double($0) }) == ["Column \"id\" is left out: it numbers the rows."])
    // A few are missing.
    let gaps = (1...600).filter { $0 % 97 != 0 }.map { Double($0) }
    #expect(try notes(gaps) == ["Column \"id\" is left out: it numbers the rows."])
  }

  @Test func clocks() throws {
    var (now, random) = (5000.0, RandomNumbers(seed: 1, purpose: .sampling))
    let times = (0..<600).map { _ in
      now += 20 + (40 * random.uniform()).rounded()
      return now
    }
    #expect(
      try notes(times) == [
        "Column \"id\" is left out: it grows evenly from row to row, as a clock or a counter does."
      ])
  }

  @Test func identifiersInAnotherOrder() throws {
    let shuffled = (0..<101).map { Double(5000 + $0 * 37 % 101) }
    #expect(
      try notes(shuffled) == [
        "Column \"id\" is left out: its whole numbers are all different and leave hardly a gap, as identifiers do."
      ])
  }

  @Test func featuresStay() throws {
    var random = RandomNumbers(seed: 2, purpose: .sampling)
    #expect(try notes((0..<200).map { _ in random.normal() }).isEmpty)
    #expect(try notes((0..<200).map { _ in random.normal() }.sorted()).isEmpty, "sorted, but not even")
    #expect(try notes((0..<200).map { _ in (1e6 * random.uniform()).rounded() }).isEmpty)
    #expect(try notes((0..<200).map { Double($0 / 50) }).isEmpty, "steps")
  }

  @Test func whatIsAskedForIsKept() throws {
    #expect(try notes((1001...1600).map { Double($0) }, keeping: ["id"]).isEmpty)
  }

  @Test func anEmptyCellChangesNothing() throws {
    let text =
      "id,x\n"
      + (0..<600).map { "\($0 == 50 ? "" : "\(1001 + $0)"),\($0 * 7 % 11).5" }.joined(separator: "\n")
    let table = try Table.read(path: scratch.write(Array(text.utf8), "table.csv"))
    #expect(table.columns.map(\.name) == ["x"])
  }
}
