import HourglassBase
import HourglassProjection
import HourglassTestSupport
import Testing

struct MapQualityTests {
  private func line(_ numbers: [Float]) -> SampleArray {
    SampleArray(trustedFloats: numbers, count: numbers.count, shape: [1])
  }

  /// Samples 1 and 2 change places in the map. With one neighbour each, samples 0 to 3 then have one that is the
  /// second nearest in the data, so four ranks are lost: 1 - 2 / (5 * 1 * (10 - 3 - 1)) * 4.
  @Test func trustworthinessByHand() throws {
    let samples = line([0, 1, 3, 7, 15])
    let map = line([0, 3, 1, 7, 15])
    #expect(abs(try trustworthiness(of: map, for: samples, neighbours: 1) - (1 - 4.0 / 15)) < 1e-15)
    #expect(try trustworthiness(of: samples, for: samples, neighbours: 1) == 1)
    #expect(try trustworthiness(of: samples, for: samples, neighbours: 2) == 1)
  }

  /// By the definition, from all pairs: a rank is one more than the number of strictly nearer samples, and the neighbours
  /// on the map that are as near as the last one share the places left.
  private func expectedTrust(_ map: SampleArray, _ samples: SampleArray, _ neighbours: Int) -> Double {
    let all = 0..<samples.count
    func squares(_ samples: SampleArray) -> [[Double]] {
      let rows = PointClouds.rows(samples)
      return rows.map { row in
        rows.map { other in zip(row, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
      }
    }
    let (onMap, inData) = (squares(map), squares(samples))
    var penalty = 0.0
    for query in all {
      let others = all.filter { $0 != query }
      func cost(_ other: Int) -> Double {
        let nearer = others.count { inData[query][$0] < inData[query][other] }
        return Double(max(0, nearer + 1 - neighbours))
      }
      let last = others.map { onMap[query][$0] }.sorted()[neighbours - 1]
      let nearer = others.filter { onMap[query][$0] < last }
      let tied = others.filter { onMap[query][$0] == last }
      let share = Double(neighbours - nearer.count) / Double(tied.count)
      penalty += nearer.reduce(0) { $0 + cost($1) } + share * tied.reduce(0) { $0 + cost($1) }
    }
    let (n, k) = (Double(samples.count), Double(neighbours))
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * penalty
  }

  /// Small whole numbers, of which many distances are equal, and normally distributed ones, of which none are.
  @Test(arguments: [(150, 5, 9), (150, 2, 3), (40, 2, 2)])
  func trustworthinessByDefinition(count: Int, below bound: Int, onMap mapBound: Int) throws {
    let neighbours = 7
    let samples = PointClouds.whole(count, features: 4, below: bound)
    let map = PointClouds.whole(count, features: 2, below: mapBound, seed: 2)
    let expected = expectedTrust(map, samples, neighbours)
    let one = try trustworthiness(of: map, for: samples, neighbours: neighbours, threads: 1)
    #expect(abs(one - expected) < 1e-12)
    for threads in 2...3 {
      #expect(try trustworthiness(of: map, for: samples, neighbours: neighbours, threads: threads) == one)
    }
  }

  @Test func trustworthinessWithoutTies() throws {
    let samples = PointClouds.clusters(90, features: 5, classes: 3, apart: 1)
    let map = PointClouds.clusters(90, features: 2, classes: 3, apart: 1, seed: 4)
    #expect(abs(try trustworthiness(of: map, for: samples) - expectedTrust(map, samples, 5)) < 1e-12)
  }

  @Test func equalPointsAreTrusted() throws {
    let equal = line([Float](repeating: 3, count: 50))
    let different = line((0..<50).map { Float($0 * $0) })
    #expect(try trustworthiness(of: equal, for: equal) == 1)
    #expect(try trustworthiness(of: different, for: equal) == 1)
    // A map of one point is worth what a drawn one is.
    let drawn = try trustworthiness(of: equal, for: different)
    #expect(abs(drawn - expectedTrust(equal, different, 5)) < 1e-12 && drawn < 0.6)
  }

  /// Squares of such distances are 0, so that all samples would seem to be equal.
  @Test func vanishingSamplesAreRefused() throws {
    let tiny = line((0..<50).map { Float($0) * 1e-36 })
    let map = line((0..<50).map { Float($0) })
    expectSentence(["50 samples", "1e-18", "scale the samples"], .badData) {
      _ = try trustworthiness(of: map, for: tiny)
    }
    #expect(try trustworthiness(of: map, for: line((0..<50).map { Float($0) * 0x1p-30 })) > 0.9)
  }

  @Test func theOrderOfSamplesDoesNotMatter() throws {
    let count = 120
    let samples = PointClouds.whole(count, features: 3, below: 3)
    let map = PointClouds.whole(count, features: 2, below: 4, seed: 2)
    let labels = (0..<count).map { UInt8($0 * $0 % 3) }
    let trust = try trustworthiness(of: map, for: samples)
    let accuracy = try neighbourAccuracy(of: map, labels: labels)
    let placed = try neighbourAccuracy(of: map, labels: labels, among: map, labels: labels)
    for step in [7, 119] {
      let order = (0..<count).map { UInt32($0 * step % count) }
      let (moved, some) = try (map.array(order), order.map { labels[Int($0)] })
      #expect(try trustworthiness(of: moved, for: samples.array(order)) == trust)
      #expect(try neighbourAccuracy(of: moved, labels: some) == accuracy)
      #expect(try neighbourAccuracy(of: map, labels: labels, among: moved, labels: some) == placed)
    }
  }

  /// Four samples are as near as the only neighbour wanted: each has a quarter of its vote, whatever comes first.
  @Test func tiedNeighboursShareTheirVotes() throws {
    let old = line([1, -1, 1, 1])
    #expect(
      try neighbourAccuracy(of: line([0]), labels: [2], among: old, labels: [1, 2, 2, 2], neighbours: 1) == 1)
    #expect(
      try neighbourAccuracy(of: line([0]), labels: [2], among: old, labels: [2, 1, 1, 1], neighbours: 1) == 0)
  }

  /// With two neighbours each: sample 2 has two of the other class; 0 and 1 have one of each, and the lower counts.
  @Test func accuracyByHand() throws {
    let samples = line([0, 1, 2, 10, 11, 12])
    #expect(try neighbourAccuracy(of: samples, labels: [0, 0, 1, 1, 1, 1], neighbours: 2) == 5.0 / 6)
    #expect(try neighbourAccuracy(of: samples, labels: [1, 1, 1, 0, 0, 0], neighbours: 2) == 1)
  }

  @Test func refusals() throws {
    let samples = line([0, 1, 2, 3, 4])
    #expect(
      thrownError { _ = try trustworthiness(of: samples, for: samples, neighbours: 3) }.message
        == "Trustworthiness takes 1 or more neighbours, less than half the samples, not 3 of 5; choose another number."
    )
    #expect(
      thrownError { _ = try trustworthiness(of: line([1, 2]), for: samples) }.message
        == "A map of 2 samples cannot be compared with 5 samples; give one point for each.")
    #expect(
      thrownError { _ = try neighbourAccuracy(of: samples, labels: [1]) }.message
        == "5 samples cannot have 1 labels; give one label for each.")
    #expect(
      thrownError { _ = try neighbourAccuracy(of: samples, labels: [1, 2, 3, 4, 5]) }.message.contains(
        "choose 1 to 4"))
  }
}
