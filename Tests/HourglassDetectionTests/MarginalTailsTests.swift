import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import HourglassFiles
import HourglassTestSupport
import Testing

/// How rare single cells are, and what becomes of it in a score.
struct MarginalTailsTests {
  private let scratch = ScratchFolder()

  /// The inputs' half of the rows that a detector compares with.
  private func references(_ detector: AnomalyDetector) throws -> [[Float]] {
    let path = "\(scratch.path)/d.safetensors"
    try detector.write(to: path)
    let tensor = try #require(
      SafeTensors.read(path: path).tensors.first { $0.name == "detector.references" })
    let width = tensor.shape[1]
    return stride(from: 0, to: tensor.values.count, by: width).map {
      Array(tensor.values[$0..<$0 + width / 2])
    }
  }

  private func scale(_ detector: AnomalyDetector) throws -> Float {
    let path = "\(scratch.path)/d.safetensors"
    let json = try JSONValue.parse(
      Array(try #require(SafeTensors.read(path: path).metadata["detector"]).utf8), source: "file")
    return Float(try #require(json["joined_scales"]?.arrayValue?.first?.doubleValue))
  }

  /// Three columns of numbers, and one of categories whose features stand at the end.
  @Test func theRarityIsTheDefinedOne() async throws {
    var options = DetectorFixture.options()
    options.epochs = 2
    let detector = try await AnomalyDetector.fit(DetectorFixture.table(300), options: options)
    let references = try references(detector)
    let scale = try scale(detector)
    var asked = DetectorFixture.table(340)
    asked.columns[0].values[310] = 1e5
    asked.columns[2].values[311] = -70
    let encoded = try detector.encoding.encode(asked)
    let found = try detector.scores(encoded, threads: 1).tails
    let total = Double(references.count + 2)
    func level(_ features: ArraySlice<Float>) -> Int {
      features.indices.max { features[$0] < features[$1] } ?? 0
    }
    for row in 0..<340 {
      let point = encoded.sample(row).map { $0 * scale }
      var terms = (0..<3).map { feature in
        let notAbove = references.count { $0[feature] <= point[feature] }
        let notBelow = references.count { $0[feature] >= point[feature] }
        return -log((Double(min(notAbove, notBelow)) + 1) / total)
      }
      let same = references.count { level($0[3...]) == level(point[3...]) }
      terms.append(-log((Double(same) + 1) / total))
      #expect(abs(found[row] - terms.reduce(0, +) / 4) < 1e-12, "row \(row)")
    }
    #expect(found[310] > found[309] && found[311] > found[309])
    // A number that is rare on its own is what the score is shared out to, beside the middle of its column.
    var tails = detector
    tails.scoring = .tails
    tails.threshold.value = -1e6
    let reason = try #require(tails.score(asked, threads: 1)[311].contributions.first)
    #expect(reason.column == "z" && reason.actual == "-70" && reason.share > 0.5)
    #expect(0.1..<1.2 ~= (try #require(Double(reason.expected))), "\(reason)")
  }

  @Test func aSmoothMaximumIsAboveBothAndNearTheLarger() {
    for (neighbours, tails) in [(0.0, 0.0), (1, -1), (-3, 2), (5, 5.5), (40, -1e6), (-1e6, 700)] {
      let parts = ScoreParts(reconstruction: 9, neighbours: neighbours, tails: tails)
      let value = parts.value(.combined)
      #expect(value >= max(neighbours, tails) && value <= max(neighbours, tails) + log(2) / 2)
      let exact = log(exp(2 * neighbours) + exp(2 * tails)) / 2
      if exact.isFinite { #expect(abs(value - exact) < 1e-12) }
      let weights = parts.weights(.combined)
      #expect(weights.reconstruction == 0 && abs(weights.neighbours + weights.tails - 1) < 1e-12)
      #expect((weights.tails > weights.neighbours) == (tails > neighbours))
      #expect(parts.value(.tails) == tails && parts.value(.neighbours) == neighbours)
    }
    let wide = ScoreParts(reconstruction: 9, neighbours: 1, tails: 4, tailWeight: 0.25)
    #expect(abs(wide.value(.combined) - 1 - log(2) / 2) < 1e-12 && wide.weights(.combined).tails == 0.5)
    let images = ScoreParts(reconstruction: 3, neighbours: 1, tails: nil)
    #expect(images.value(.combined) == 2 && images.value(.reconstruction) == 3)
  }

  /// Held-out rows have a median of 0, and a tenth of them lies above 1.
  @Test(arguments: [60, 300, 1200], AnomalyScoring.allCases)
  func scoresAreStandardised(_ count: Int, _ scoring: AnomalyScoring) async throws {
    var options = DetectorFixture.options()
    (options.epochs, options.scoring) = (10, scoring)
    let detector = try await AnomalyDetector.fit(DetectorFixture.table(count), options: options)
    let new = DetectorFixture.table(count + 2000)
    let values = try detector.score(new, threads: 1).dropFirst(count).map(\.value).sorted()
    #expect(abs(values[1000]) < 0.8, "\(scoring) \(values[1000])")
    let above = Double(values.count { $0 > 1 }) / 2000
    #expect(0.01..<0.35 ~= above, "\(scoring) \(above)")
  }

  /// Rows that lie together have near neighbours, but each of their cells is rare.
  @Test func aGroupOfOddRowsIsFoundThoughNobodyLabelsIt() async throws {
    var random = RandomNumbers(seed: 5, purpose: .sampling)
    let table = Table(
      trustedColumns: (0..<8).map { column in
        .init(
          name: "c\(column)",
          values: (0..<600).map { $0 < 540 && $0 % 30 == 0 ? 2.5 + 0.01 * random.normal() : random.normal() })
      })
    var options = DetectorFixture.options()
    options.epochs = 20
    let detector = try await AnomalyDetector.fit(table, options: options)
    let scores = try detector.score(table, threads: 1).map(\.value)
    let odd = Set((0..<18).map { $0 * 30 })
    let ranked = scores.indices.sorted { scores[$0] > scores[$1] }
    #expect(ranked.prefix(18).count { odd.contains($0) } >= 16)
  }

  @Test func imagesHaveNoTails() async throws {
    var options = DetectorFixture.options()
    options.scoring = .tails
    let images = SampleArray(
      trustedFloats: (0..<64 * 40).map { Float($0 % 7) / 7 }, count: 40, shape: [1, 8, 8])
    await #expect(throws: HourglassError.self) {
      try await AnomalyDetector.fit(images: images, options: options)
    }
  }
}
