import HourglassBase
import HourglassPlatform
import HourglassSound
import HourglassTestSupport
import Testing

/// Other rates.
struct ResamplerTests {
  private static let ratios = [
    (44_100, 16_000), (16_000, 48_000), (48_000, 16_000), (44_100, 48_000), (47_999, 16_001), (8000, 44_100),
  ]

  /// The power of the numbers in the middle, in dB of a full tone's.
  private func level(_ numbers: [Float]) -> Double {
    let middle = numbers[numbers.count / 4..<numbers.count * 3 / 4]
    return 10 * log10(middle.reduce(0) { $0 + Double($1) * Double($1) } / Double(middle.count) * 2)
  }

  @Test(arguments: ratios) func tonesPassUpToNineTenthsOfTheLowerHalfRate(from: Int, to: Int) throws {
    for frequency in [100.0, 0.45 * Double(min(from, to))] {
      let result = try Resampler.resample(
        Signals.tone(frequency, rate: from, count: from / 2), from: from, to: to)
      let expected = Signals.tone(frequency, rate: to, count: result.count)
      #expect(level(zip(result, expected).map { $0 - $1 }) < -90)
    }
  }

  @Test(arguments: ratios.filter { $0.0 > $0.1 }) func whatCannotBeKeptIs90DecibelsDown(
    from: Int, to: Int
  ) throws {
    let tone = Signals.tone(0.51 * Double(to), rate: from, count: from / 2)
    #expect(level(try Resampler.resample(tone, from: from, to: to)) < -90)
  }

  @Test(arguments: ratios) func stretchesDoNotMatter(from: Int, to: Int) throws {
    var resampler = try Resampler(from: from, to: to)
    let whole = try Resampler.resample(Signals.mixed, from: from, to: to)
    var result: [Float] = []
    for start in stride(from: 0, to: Signals.mixed.count, by: 777) {
      result += resampler.next(Array(Signals.mixed[start..<min(start + 777, Signals.mixed.count)]))
    }
    result += resampler.finish()
    #expect(result == whole)
    #expect(result.count == (Signals.mixed.count * to + from - 1) / from)
  }

  @Test func theSameRateLeavesTheNumbers() throws {
    #expect(try Resampler.resample(Signals.mixed, from: 16_000, to: 16_000) == Signals.mixed)
  }

  @Test func ratesBeyondReasonAreRefused() {
    for (from, to) in [(0, 16_000), (16_000, -1), (768_001, 16_000), (8, 16_000)] {
      #expect(
        thrownError { _ = try Resampler(from: from, to: to) }.says(
          "\(from) Hz cannot become \(to) Hz", "at most 1000 times the other"))
    }
  }
}
