import HourglassBase
import HourglassData
import HourglassEngine
import HourglassModels
import HourglassNN
import HourglassReports
import Testing

/// How like the data new samples are, counted by brute force.
@Suite struct GenerationUseTests {
  private static let training = CardFixture.plane(300, state: 5)
  private static let test = CardFixture.plane(CardFixture.limit, state: 6)

  private func data() throws -> DataSet {
    try DataSet(name: "planes", training: Self.training, test: Self.test)
  }

  /// The share of test samples that have a made one among their five nearest of both.
  private func coverage(by made: SampleArray) -> Double {
    let real = Self.test.points
    let all = real + made.points
    let covered = real.indices.count { index in
      // The nearest is the sample itself.
      CardFixture.nearest(6, to: real[index], among: all).contains { $0 >= real.count }
    }
    return Double(covered) / Double(real.count)
  }

  /// As many drawn from the normal distribution with the mean and covariance of these.
  private func drawn(like codes: SampleArray) async throws -> SampleArray {
    let components = try await PrincipalComponents(of: codes, count: 2, seed: CardFixture.seed)
    var random = RandomNumbers(seed: CardFixture.seed, purpose: .sampling, stream: 2)
    var floats: [Float] = []
    for _ in 0..<CardFixture.limit {
      let (first, second) = (random.normal(), random.normal())
      for feature in 0..<2 {
        let along = components.explainedVariance[0].squareRoot() * first * components.components[0][feature]
        let across = components.explainedVariance[1].squareRoot() * second * components.components[1][feature]
        floats.append(Float(components.mean[feature] + along + across))
      }
    }
    return SampleArray(trustedFloats: floats, count: CardFixture.limit, shape: [2])
  }

  private func expectFigures(_ section: CardSection, own made: SampleArray) async throws {
    let components = try await PrincipalComponents(of: Self.training, count: 2, seed: CardFixture.seed)
    let simple = try await components.reconstruct(drawn(like: components.project(Self.training)))
    let real = try Self.training.array((0..<UInt32(CardFixture.limit)).map { $0 })
    // Sums in another order may move a sample or two of 60.
    for (name, expected) in [
      ("coverage", coverage(by: made)), ("coverage_pca", coverage(by: simple)),
      ("coverage_real", coverage(by: real)),
    ] {
      let given = try #require(section.metrics[name], "\(name)")
      #expect(abs(given - expected) < 2.5 / 60, "\(name): \(given) instead of \(expected)")
    }
    #expect(section.metrics.count == 3)
    #expect(coverage(by: real) > 0.8, "samples of the same kind cover one another")
    let (own, other) = (
      try #require(section.metrics["coverage"]), try #require(section.metrics["coverage_pca"])
    )
    #expect(section.isBetter == (own > other))
    #expect(section.verdict.hasPrefix("The autoencoder's samples cover more") == (own > other))
  }

  /// Of a variational model codes are drawn from the prior.
  @Test func figuresOfAVariationalModel() async throws {
    let model = try await CardFixture.model(
      on: Self.training, objective: .vae(likelihood: .gaussian(deviation: 0.1)), code: GaussianCode(2))
    let section = try CardFixture.section("generate", of: model, data())
    #expect(section.method.contains("drawn from the prior"))
    try await expectFigures(
      section, own: model.generate(CardFixture.limit, seed: CardFixture.seed, threads: 1))
  }

  /// Of others from a normal distribution like the training codes.
  @Test func figuresOfAPlainModel() async throws {
    let model = try await CardFixture.model(on: Self.training)
    let section = try CardFixture.section("generate", of: model, data())
    #expect(section.method.contains("normal distribution fitted to the training codes"))
    try await expectFigures(section, own: model.decode(drawn(like: model.encode(Self.training))))
  }

  /// The real samples to compare with are as many as the measured ones.
  @Test func tooFewTrainingSamplesHaveNoFigure() async throws {
    let few = CardFixture.plane(CardFixture.limit, state: 5)
    let section = try CardFixture.section(
      "generate", of: await CardFixture.model(on: few), DataSet(name: "few", training: few, test: Self.test))
    #expect(section.metrics.isEmpty && section.isBetter == nil && section.verdict.contains("too few samples"))
  }
}
