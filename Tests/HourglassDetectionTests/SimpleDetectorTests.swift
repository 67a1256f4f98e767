import HourglassBase
import HourglassDetection
import Testing

struct SimpleDetectorTests {
  @Test func forestFindsWhatLiesApart() throws {
    var random = RandomNumbers(seed: 5, purpose: .sampling)
    var floats = (0..<2 * 500).map { _ in Float(random.normal()) }
    floats += [9, 9, -8, 7]
    let samples = try SampleArray(floats: floats, count: 502, shape: [2])
    let rows = (0..<UInt32(502)).map { $0 }
    let forest = try IsolationForest(of: samples, rows: Array(rows[..<500]), seed: 1)
    let scores = try forest.scores(samples, rows: rows, threads: 1)
    #expect(scores.allSatisfy { $0 > 0 && $0 < 1 })
    let usual = scores[..<500].sorted()
    #expect(scores[500] > 0.7 && scores[501] > 0.7 && usual[250] < 0.5)
    #expect(try forest.scores(samples, rows: rows, threads: 3) == scores)
    #expect(
      try IsolationForest(of: samples, rows: Array(rows[..<500]), seed: 2).scores(samples, rows: rows)
        != scores)
  }

  /// All the same: nothing can be cut, and nothing is unusual.
  @Test func forestOfEqualSamples() throws {
    let samples = try SampleArray(floats: [Float](repeating: 3, count: 60), count: 20, shape: [3])
    let rows = (0..<UInt32(20)).map { $0 }
    let scores = try IsolationForest(of: samples, rows: rows, trees: 10, seed: 1).scores(samples, rows: rows)
    #expect(Set(scores).count == 1 && abs(scores[0] - 0.5) < 1e-6)
  }
}
