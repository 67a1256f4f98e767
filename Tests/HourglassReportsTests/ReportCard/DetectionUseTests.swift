import HourglassBase
import HourglassData
import HourglassEngine
import HourglassModels
import HourglassReports
import Testing

/// How well spoilt samples are told from whole ones, counted by brute force.
@Suite struct DetectionUseTests {
  /// Copies with a part of another sample: half the height and width of an image, a quarter of other samples.
  private func spoilt(_ samples: SampleArray) -> [[Float]] {
    var random = RandomNumbers(seed: CardFixture.seed, purpose: .sampling, stream: 3)
    let isImage = samples.shape.rank == 3
    let (height, width) = isImage ? (samples.shape[1], samples.shape[2]) : (1, samples.shape[0])
    let (rows, columns) = isImage ? (height / 2, width / 2) : (1, width / 4)
    let points = samples.points
    return points.indices.map { index in
      let other = points[(index + 1 + random.index(below: points.count - 1)) % points.count]
      let top = random.index(below: height - rows + 1)
      let left = random.index(below: width - columns + 1)
      return points[index].indices.map { place in
        let (row, column) = (place / width, place % width)
        let isInside = top..<top + rows ~= row && left..<left + columns ~= column
        return isInside ? other[place] : points[index][place]
      }
    }
  }

  /// The chance that a spoilt sample scores above a whole one; equal scores count half.
  private func area(_ whole: [Double], _ spoilt: [Double]) -> Double {
    var halves = 0
    for odd in spoilt {
      for usual in whole { halves += odd > usual ? 2 : odd == usual ? 1 : 0 }
    }
    return Double(halves) / Double(2 * spoilt.count * whole.count)
  }

  private func errors(_ samples: SampleArray, _ rebuilt: SampleArray) -> [Double] {
    zip(samples.points, rebuilt.points).map { CardFixture.squaredDistance($0, $1) }
  }

  private func expectFigures(_ model: TrainedModel, _ training: SampleArray, _ test: SampleArray) async throws
  {
    let data = try DataSet(name: "made up", training: training, test: test)
    let section = try CardFixture.section("detect", of: model, data)
    let odd = spoilt(test)
    let copies = SampleArray(trustedFloats: odd.flatMap(\.self), count: test.count, shape: test.shape)
    func area(_ score: (SampleArray) throws -> [Double]) rethrows -> Double {
      try self.area(score(test), score(copies))
    }
    let own = try area { errors($0, try model.decode(model.encode($0))) }
    let components = try await PrincipalComponents(
      of: training, count: model.model.codeShape.count, seed: CardFixture.seed)
    let simple = try area { errors($0, try components.reconstruct(components.project($0))) }
    let points = training.points
    let distance = area { samples in
      samples.points.map { sample in
        let fifth = CardFixture.nearest(5, to: sample, among: points)[4]
        return CardFixture.squaredDistance(points[fifth], sample)
      }
    }
    // Sums in another order may swap two scores of thousands of pairs.
    for (name, expected) in [("roc_auc", own), ("roc_auc_pca", simple), ("roc_auc_neighbours", distance)] {
      let given = try #require(section.metrics[name], "\(name)")
      #expect(abs(given - expected) < 0.002, "\(name): \(given) instead of \(expected)")
    }
    #expect(section.metrics.count == 3)
    #expect(distance > 0.6, "samples with a part of another lie off the others")
    let isBetter = own > max(simple, distance)
    #expect(section.isBetter == isBetter)
    #expect(section.verdict.hasPrefix("The autoencoder's error finds") == isBetter)
  }

  @Test func figuresOfVectors() async throws {
    let training = CardFixture.plane(300, state: 5)
    try await expectFigures(
      CardFixture.model(on: training), training, CardFixture.plane(CardFixture.limit, state: 6))
  }

  @Test func figuresOfImages() async throws {
    let training = SampleArray(trustedBytes: CardFixture.ramps(120, state: 7), count: 120, shape: [1, 6, 5])
    let test = SampleArray(
      trustedBytes: CardFixture.ramps(CardFixture.limit, state: 8), count: 60, shape: [1, 6, 5])
    try await expectFigures(CardFixture.compressingModel(on: training), training, test)
  }
}
