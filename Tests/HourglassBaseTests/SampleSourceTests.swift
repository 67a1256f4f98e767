import HourglassBase
import HourglassTestSupport
import Testing

/// What any source of samples can do, wherever they are.
@Suite struct SampleSourceTests {
  let bytes = FileSource(bytes: (0..<120).map { UInt8($0) }, shape: [2, 12])
  let numbers = MadeUpSource(count: 40, shape: [1, 3, 4])

  @Test func someSamplesComeIntoMemory() throws {
    let rows: [UInt32] = [4, 0, 4, 2]
    let some = try bytes.array(rows)
    #expect(some.count == 4 && some.shape == [2, 12] && some.element == .byte(scale: 1 / 255))
    for (place, row) in rows.enumerated() { #expect(some.sample(place) == bytes.sample(Int(row))) }
    let many = (0..<UInt32(40)).map { ($0 * 7) % 40 }
    let mixed = try numbers.array(many)
    for (place, row) in many.enumerated() { #expect(mixed.sample(place) == numbers.sample(Int(row))) }
    #expect(try numbers.array().floats == numbers.floats)
    #expect(try bytes.array([]).count == 0)
  }

  @Test func partsShareTheSource() throws {
    let source: any SampleSource = bytes
    let first = source.prefix(2)
    #expect(first.count == 2 && first.form == source.form && bytes.reads.load(ordering: .relaxed) == 0)
    #expect(first.sample(1) == source.sample(1))
    #expect(source.prefix(99).count == 5)
    // Of an array the array itself, so that nothing is read again.
    let array: any SampleSource = numbers.array
    #expect(array.prefix(3) is SampleArray && array.viewed(as: array.form) is SampleArray)
  }

  @Test func viewsSayWhatSamplesAre() throws {
    let source: any SampleSource = FileSource(bytes: (0..<120).map { UInt8($0) }, shape: [1, 2, 12])
    let series = try #require(source.viewed(as: .series(channels: 2, length: 12)))
    #expect(series.form.kind == .series && series.shape == [2, 12] && series.sample(3) == source.sample(3))
    #expect(try series.array([1]).form == series.form && series.prefix(1).form == series.form)
    #expect(source.viewed(as: .vector(24)) == nil)
  }

  @Test func whatTheSourceThrowsIsHandedOn() {
    let damaged = FileSource(bytes: [UInt8](repeating: 1, count: 100), shape: [10])
    damaged.truncate(to: 8)
    expectSentence(["Sample 8"], .environment) { _ = try damaged.array() }
    #expect(throws: Never.self) { try damaged.prefix(8).array() }
  }
}
