import Foundation
import HourglassBase
import HourglassModels
import HourglassNN
import HourglassTestSupport
import Testing

/// Sampling, interpolation and likelihood of variational models.
@Suite struct GenerationTests {
  private func samples(_ count: Int) -> SampleArray {
    var numbers = TestNumbers(3)
    return SampleArray(trustedFloats: numbers.units(count * 6), count: count, shape: [6])
  }

  private func trained(epochs: Int = 2) async throws -> TrainedModel {
    try await FamilyModels.variational().train(
      on: samples(64), objective: .vae(), epochs: epochs, batchSize: 16, seed: 4
    ).model
  }

  @Test func generatedSamplesAreDecodedNormalCodes() async throws {
    let model = try await trained()
    let samples = try model.generate(40, seed: 9)
    #expect(samples.count == 40 && samples.shape == [6])
    var random = RandomNumbers(seed: 9, purpose: .sampling)
    let codes = (0..<80).map { _ in Float(random.normal()) }
    #expect(
      try model.decode(SampleArray(trustedFloats: codes, count: 40, shape: [2])).floats == samples.floats)
    #expect(try model.generate(40, seed: 9, threads: 1).floats == samples.floats)
    #expect(try model.generate(40, seed: 10).floats != samples.floats)
  }

  @Test func interpolationsBeginAndEndWithTheReconstructions() async throws {
    let model = try await trained()
    let ends = samples(2)
    let rebuilt = try model.decode(model.encode(ends)).floats
    for path in CodePath.allCases {
      let way = try model.interpolate(between: ends, steps: 5, path: path)
      #expect(way.count == 5)
      for (number, end) in [(0, 0), (4, 1)] {
        for (a, b) in zip(way.sample(number), rebuilt[end * 6..<end * 6 + 6]) { #expect(abs(a - b) < 1e-5) }
      }
    }
  }

  /// Codes at right angles: halfway lies at their middle, or at 45 degrees on the circle.
  @Test func pathsAreStraightAndRound() {
    let (start, end): ([Float], [Float]) = ([2, 0], [0, 2])
    #expect(CodePath.straight.code(from: start, to: end, at: 0.5) == [1, 1])
    for value in CodePath.spherical.code(from: start, to: end, at: 0.5) {
      #expect(abs(Double(value) - 2 * 0.5.squareRoot()) < 1e-6)
    }
    let third = CodePath.spherical.code(from: start, to: end, at: 1.0 / 3)
    #expect(abs(Double(third[0]) - 2 * cos(.pi / 6)) < 1e-6 && abs(Double(third[1]) - 1) < 1e-6)
    // No circle leads from a code to itself, from nothing, or to the opposite.
    #expect(CodePath.spherical.code(from: start, to: start, at: 0.5) == start)
    #expect(CodePath.spherical.code(from: [0, 0], to: end, at: 0.5) == [0, 1])
    let opposite = CodePath.spherical.code(from: start, to: [-2, 0], at: 0.5)
    #expect(opposite.count { $0.isFinite } == 2)
  }

  @Test func theGridHoldsEqualShares() async throws {
    let model = try await trained()
    let grid = try model.codeGrid(side: 3)
    // Quarters of the normal distribution: -0.6745, 0, 0.6745.
    let places: [Float] = [-0.674489750196082, 0, 0.674489750196082]
    let codes = places.flatMap { second in places.flatMap { [$0, second] } }
    let expected = try model.decode(SampleArray(trustedFloats: codes, count: 9, shape: [2]))
    for (a, b) in zip(grid.floats, expected.floats) { #expect(abs(a - b) < 1e-5) }
  }

  @Test func theBoundRisesToTheLogLikelihood() async throws {
    let model = try await trained(epochs: 20)
    let data = samples(64)
    let all = (0..<UInt32(64)).map { $0 }
    let bounds = try [1, 10, 1000].map { try model.logLikelihood(data, indices: all, draws: $0) }
    #expect(bounds[0] < bounds[1] && bounds[1] < bounds[2])
    // One draw is the bound that evaluations measure, with other noise.
    let measured = try await model.evaluate(data, indices: all).metrics
    #expect(abs(bounds[0] - measured["elbo_nats"]!) < 0.2)
    #expect(
      try await model.logLikelihood(data, indices: all, draws: 10, threads: 1)
        == model.logLikelihood(data, indices: all, draws: 10, threads: 3))
    #expect(
      abs(
        measured["elbo_nats"]! + measured["reconstruction_nats"]! + measured["divergence_nats"]!) < 1e-6)
    #expect((0...2).contains(measured["active_units"]!))
  }

  /// A Gaussian model whose log-likelihood is known: the decoder ignores the code, so log p(x) is that of the
  /// constant output, whatever the draws.
  @Test func theLogLikelihoodOfAConstantDecoder() async throws {
    let model = try Autoencoder(input: .vector(2)) {
      Encoder { GaussianCode(1) }
      Decoder { Dense(2) }
    }
    let objective = Variational(likelihood: .gaussian(deviation: 0.5))
    let store = try model.trainingProgram(objective).makeParameters(seed: 1)
    for entry in store.entries { store.write(entry.name, Array(repeating: 0, count: entry.count)) }
    store.write("decoder.0.bias", [0.25, 0.5])
    let trained = TrainedModel(model: model, objective: objective, parameters: store, seed: 1)
    let data = SampleArray(trustedFloats: [0.25, 0.5, 0.75, 0], count: 2, shape: [2])
    // log N(x; bias, 0.5^2) of two elements: -log(2 pi 0.25) - (distance)^2 / 0.5.
    let expected = -log(2 * Double.pi * 0.25) - (0 + (0.25 + 0.25) / 0.5) / 2
    let found = try await trained.logLikelihood(data, indices: [0, 1], draws: 7)
    #expect(abs(found - expected) < 1e-5)
  }

  @Test func requestsThatMakeNoSenseAreExplained() async throws {
    let plain = try await FamilyModels.deep().train(on: samples(16), epochs: 1, seed: 1).model
    let model = try await trained()
    expectSentence(["undercomplete", "vae"], .usage) { _ = try plain.generate(3, seed: 1) }
    expectSentence(["undercomplete", "vae"], .usage) {
      _ = try plain.logLikelihood(samples(2), indices: [0], draws: 1)
    }
    expectSentence(["is 0"], .usage) { _ = try model.generate(0, seed: 1) }
    expectSentence(["1 steps"], .usage) { _ = try model.interpolate(between: samples(2), steps: 1) }
    expectSentence(["3 samples"], .usage) { _ = try model.interpolate(between: samples(3), steps: 4) }
    expectSentence(["0 draws"], .usage) { _ = try model.logLikelihood(samples(2), indices: [0], draws: 0) }
    expectSentence(["(3)"], .usage) { _ = try plain.codeGrid(side: 3) }
  }
}
