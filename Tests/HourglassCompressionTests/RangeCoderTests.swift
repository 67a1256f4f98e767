import Foundation
import HourglassCompression
import HourglassModels
import HourglassTestSupport
import Testing

@Suite struct RangeCoderTests {
  private func table(_ frequencies: [UInt32], least: Int = 0) throws -> FrequencyTable {
    try FrequencyTable(least: least, frequencies: frequencies)
  }

  /// Tables from even to as uneven as they can be.
  private func tables() throws -> [FrequencyTable] {
    [
      try table([65_536]), try table([32_768, 32_768]), try table([1, 65_535]), try table([65_535, 1]),
      try table([1, 65_534, 1], least: -1), try table(Array(repeating: 16, count: 4096), least: -2048),
      try table([3, 1000, 20_000, 44_000, 500, 30, 3], least: -3),
    ]
  }

  private func decoded(_ bytes: [UInt8], _ table: FrequencyTable, _ count: Int) -> [Int?] {
    var decoder = RangeDecoder(bytes[...])
    return (0..<count).map { _ in table.decode(from: &decoder) }
  }

  private func encoded(_ values: [Int], _ table: FrequencyTable) -> [UInt8] {
    var encoder = RangeEncoder()
    for value in values { table.encode(value, into: &encoder) }
    return encoder.finish()
  }

  /// Every message of up to six values, those that the table lacks among them.
  @Test func everyShortMessageComesBack() throws {
    for table in [
      try table([1, 65_534, 1], least: -1), try table([65_535, 1]), try table([20_000, 45_535, 1]),
    ] {
      var messages: [[Int]] = [[]]
      for _ in 0..<6 {
        for message in messages {
          let bytes = encoded(message, table)
          #expect(decoded(bytes, table, message.count) == message)
        }
        messages = messages.flatMap { message in [-2, -1, 0, 1].map { message + [$0] } }
      }
    }
  }

  @Test func valuesOutsideTheTableComeBack() throws {
    for table in try tables() {
      let limit = FrequencyTable.largestValue
      let near = Array(-5000...5000)
      let powers = (0..<20).flatMap { power in [-1, 0, 1].flatMap { [1 << power + $0, -(1 << power) + $0] } }
      let values = near + powers + [limit, -limit]
      #expect(decoded(encoded(values, table), table, values.count) == values)
    }
  }

  @Test func longRandomMessagesComeBackAndTakeWhatTheyTell() throws {
    var numbers = TestNumbers(9)
    for table in try tables() {
      var values: [Int] = []
      var bits = 0.0
      for _ in 0..<100_000 {
        // By the table's own frequencies.
        var place = Int(numbers.next() >> 48)
        var index = 0
        while place >= table.frequencies[index] {
          place -= Int(table.frequencies[index])
          index += 1
        }
        // The escape's values cost more than its frequency tells.
        if index + 1 == table.frequencies.count { index = 0 }
        guard table.frequencies.count > 1 else { continue }
        values.append(table.least + index)
        bits -= log2(Double(table.frequencies[index]) / 65_536)
      }
      let bytes = encoded(values, table)
      #expect(decoded(bytes, table, values.count) == values)
      #expect(
        Double(8 * bytes.count) <= bits * 1.0001 + 16, "\(8 * bytes.count) bits, \(bits) by the frequencies")
    }
  }

  /// Carries run through long rows of 255: shares at the top of the interval make them.
  @Test func carriesRunThrough() throws {
    let table = try table([1, 65_534, 1], least: 0)
    for tail in 0..<200 {
      for last in [0, 1, 5] {
        let values = Array(repeating: 1, count: tail) + [5] + Array(repeating: 1, count: tail) + [last, 0]
        #expect(decoded(encoded(values, table), table, values.count) == values)
      }
    }
    var encoder = RangeEncoder()
    for _ in 0..<40 { encoder.encode(start: 65_535, frequency: 1) }
    let bytes = encoder.finish()
    var decoder = RangeDecoder(bytes[...])
    for _ in 0..<40 {
      #expect(decoder.place == 65_535)
      decoder.take(start: 65_535, frequency: 1)
    }
  }

  @Test func bitsComeBack() {
    var encoder = RangeEncoder()
    var numbers = TestNumbers(3)
    let pieces = (0..<20_000).map { _ in
      let count = Int(numbers.next() % 17)
      return (number: UInt32(numbers.next() & 0xFFFF) & ((1 << UInt32(count)) - 1), count: count)
    }
    for piece in pieces { encoder.encode(bits: piece.number, count: piece.count) }
    let bytes = encoder.finish()
    var decoder = RangeDecoder(bytes[...])
    for piece in pieces { #expect(decoder.bits(piece.count) == piece.number) }
    #expect(8 * bytes.count <= pieces.map(\.count).reduce(0, +) + 16)
  }

  /// Any bytes are some message or none, and end.
  @Test func noiseDoesNotTrap() throws {
    var numbers = TestNumbers(12)
    for table in try tables() {
      for length in [0, 1, 7, 8, 9, 200] {
        let fills: [[UInt8]] = [
          (0..<length).map { _ in UInt8(numbers.next() & 255) }, Array(repeating: 255, count: length),
          Array(repeating: 0, count: length),
        ]
        for bytes in fills {
          for value in decoded(bytes, table, 2000) {
            #expect(value.map { abs($0) <= FrequencyTable.largestValue } ?? true)
          }
        }
      }
    }
  }

  @Test func tablesAreChecked() throws {
    expectSentence(["65535", "65536"], .badData) { _ = try table([65_535]) }
    expectSentence(["0 entries"], .badData) { _ = try table([]) }
    expectSentence(["frequency of 0"], .badData) { _ = try table([65_536, 0]) }
    expectSentence(["begins at"], .badData) { _ = try table([65_536], least: 2_000_000) }
    expectSentence(["begins at"], .badData) { _ = try table([65_536], least: .min) }
    expectSentence(["4097 entries"], .badData) { _ = try table(Array(repeating: 16, count: 4097)) }
    expectSentence(["8589934590"], .badData) { _ = try table([.max, .max]) }
  }

  /// Whatever was counted, a table adds up, and every value can be written.
  @Test func countedTablesAddUp() throws {
    var numbers = TestNumbers(8)
    for round in 0..<200 {
      let counts = (0..<41).map { _ in Int(numbers.next() % (round % 3 == 0 ? 100_000 : 3)) }
      let width = Double(numbers.unit()) * 5 + 0.02
      func below(_ x: Double) -> Double { 1 / (1 + exp(-x / width)) }
      let table = try FrequencyTable(
        counts: round % 7 == 0 ? counts.map { _ in 0 } : counts, first: -20, others: round % 2,
        density: { below(Double($0) + 0.5) - below(Double($0) - 0.5) }, weight: 4)
      #expect(table.frequencies.map(Int.init).reduce(0, +) == 65_536)
      let values = Array(-25...25)
      #expect(decoded(encoded(values, table), table, values.count) == values)
    }
  }
}
