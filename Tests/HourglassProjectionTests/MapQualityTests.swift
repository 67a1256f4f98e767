import HourglassBase
import HourglassProjection
import HourglassTestSupport
import Testing

struct MapQualityTests {
  private func line(_ numbers: [Float]) -> SampleArray {
    SampleArray(floats: numbers, count: numbers.count, shape: [1])
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

  /// As the definition says, with whole rankings.
  @Test func trustworthinessByDefinition() throws {
    let (count, neighbours) = (150, 7)
    let samples = PointClouds.whole(count, features: 4, below: 5)
    let map = PointClouds.whole(count, features: 2, below: 9, seed: 2)
    func ranking(_ samples: SampleArray, _ query: Int) -> [Int] {
      let rows = PointClouds.rows(samples)
      return (0..<count).filter { $0 != query }.map { other in
        (zip(rows[query], rows[other]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }, other)
      }.sorted { $0 < $1 }.map(\.1)
    }
    var penalty = 0
    for query in 0..<count {
      let order = ranking(samples, query)
      for neighbour in ranking(map, query).prefix(neighbours) {
        penalty += max(0, (order.firstIndex(of: neighbour) ?? 0) + 1 - neighbours)
      }
    }
    let (n, k) = (Double(count), Double(neighbours))
    let expected = 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * Double(penalty)
    for threads in 1...3 {
      #expect(
        try trustworthiness(of: map, for: samples, neighbours: neighbours, threads: threads) == expected)
    }
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
