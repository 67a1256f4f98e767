import HourglassBase
import HourglassProjection
import Testing

/// The maps of a page, and how good they are.
struct PlaneMapsTests {
  /// Two far groups of 20 points each in a space of some dimensions.
  private func codes(_ dimensions: Int) -> SampleArray {
    var random = RandomNumbers(seed: 3, purpose: .initialization)
    var floats: [Float] = []
    for point in 0..<40 {
      let centre: Float = point < 20 ? 0 : 50
      for _ in 0..<dimensions { floats.append(centre + Float(random.normal())) }
    }
    return SampleArray(trustedFloats: floats, count: 40, shape: [dimensions])
  }

  private let labels = (0..<40).map { UInt8($0 / 20) }

  @Test func makesTheMapsThatAreWanted() throws {
    let both = try PlaneMaps(of: codes(3), embeds: true, perplexity: 5, seed: 1, threads: 1)
    #expect(both.layouts.map(\.method) == [.tsne, .pca] && both.divergence != nil)
    #expect(both.notes[0].isEmpty && both.notes[1].hasSuffix(" % of the codes' variance"))
    let plain = try PlaneMaps(of: codes(2), embeds: false, perplexity: nil, seed: 1, threads: 1)
    #expect(plain.layouts.map(\.method) == [.pca, .code] && plain.divergence == nil)
    #expect(plain.layouts[1].positions == codes(2).positions)
    // Two numbers lose nothing on two components.
    #expect(plain.notes == ["100.0 % of the codes' variance", "the model's own two numbers"])
  }

  @Test func measuresEachMap() throws {
    let maps = try PlaneMaps(of: codes(3), embeds: false, perplexity: nil, seed: 1, threads: 1)
    let jumbled = maps.layouts[0].positions.indices.map { maps.layouts[0].positions[($0 * 7) % 40] }
    let quality = try ProjectionQuality(
      [("PCA", maps.layouts[0].positions), ("Jumbled", jumbled)], of: codes(3), labels: labels, samples: nil,
      seed: 1, divergence: 0.25, threads: 1)
    #expect(quality.metrics["label_accuracy"] == 1 && quality.metrics["label_accuracy_codes"] == 1)
    #expect(quality.metrics["kl_divergence"] == 0.25 && quality.metrics["trustworthiness_codes"] == nil)
    let (good, bad) = (
      quality.metrics["trustworthiness"] ?? 0, quality.metrics["trustworthiness_jumbled"] ?? 1
    )
    #expect(good > 0.8 && bad < good)
    #expect(quality.notes[1] == "100.0 % of samples lie among their class")
    let lines = quality.lines(seconds: 1.5)
    #expect(
      lines[0].contains("trustworthiness  among its class") && lines[1].hasPrefix("PCA ")
        && lines[2].hasPrefix("Jumbled "))
    #expect(lines.last == "PCA in 1.50 s, divergence 0.250 nats")
  }

  @Test func codesAreMeasuredBesideComponentsOfTheSamples() throws {
    let samples = codes(6)
    let maps = try PlaneMaps(of: codes(3), embeds: false, perplexity: nil, seed: 1, threads: 1)
    let quality = try ProjectionQuality(
      [("PCA", maps.layouts[0].positions)], of: codes(3), labels: [], samples: samples, seed: 1,
      divergence: nil,
      threads: 1)
    #expect(
      Set(quality.metrics.keys) == ["trustworthiness", "trustworthiness_codes", "trustworthiness_pca_codes"])
    #expect(quality.lines(seconds: 0).contains { $0.hasPrefix("PCA of the samples") })
  }

  /// Each pass over the samples tells how far it is, so that each can be ended.
  @Test func measuringTellsAllItsPasses() throws {
    let samples = codes(6)
    let maps = try PlaneMaps(of: codes(3), embeds: false, perplexity: nil, seed: 1, threads: 1)
    func measure(_ progress: WorkProgress.Report) throws -> ProjectionQuality {
      try ProjectionQuality(
        [("PCA", maps.layouts[0].positions)], of: codes(3), labels: labels, samples: samples, seed: 1,
        divergence: nil, threads: 1, progress: progress)
    }
    var stages: [String] = []
    let measured = try measure { if $0.stage != stages.last { stages.append($0.stage) } }
    // The map's neighbours and ranks, three times neighbours for classes, the codes' and components' ranks.
    #expect(stages.count { $0 == "ranks" } == 3)
    #expect(Set(stages) == ["neighbours", "ranks", "covariance", "eigenvectors"])
    #expect(try measure { _ in }.metrics == measured.metrics)
    struct Stop: Error {}
    for stage in Set(stages) {
      #expect(throws: Stop.self) { _ = try measure { if $0.stage == stage { throw Stop() } } }
    }
  }

  /// What comes before the first step of t-SNE can be ended, too.
  @Test func mapsTellWhatIsDone() throws {
    var stages: Set<String> = []
    _ = try PlaneMaps(of: codes(3), embeds: true, perplexity: 5, seed: 1, threads: 1) {
      stages.insert($0.stage)
      #expect(($0.measure != nil) == ($0.stage == "t-SNE"))
    }
    #expect(stages == ["covariance", "eigenvectors", "neighbours", "t-SNE"])
  }

  @Test func placedSamplesAreMeasuredAmongTheOldOnes() throws {
    let old = codes(2)
    let map = try ProjectionMap(
      name: "old", weightsDigest: nil, codes: old,
      layouts: [ProjectionMap.Layout(method: .code, positions: old.positions)],
      labels: labels, classNames: ["a", "b"], images: old, seed: 1)
    let new = SampleArray(trustedFloats: [0, 0, 50, 50, 50, 50], count: 3, shape: [2])
    // The last one says it is of the class that it is far from.
    let placed = try map.with([new.positions], labels: [0, 1, 0], classNames: ["a", "b"], images: nil)
    var told = 0
    let accuracy = try map.accuracy(of: placed, codes: new, hasLabels: true, threads: 1) { _ in told += 1 }
    #expect(told >= 2)
    #expect(accuracy == ["label_accuracy": 2.0 / 3, "label_accuracy_codes": 2.0 / 3])
    #expect(try map.accuracy(of: placed, codes: new, hasLabels: false, threads: 1).isEmpty)
  }
}
