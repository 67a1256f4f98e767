import HourglassBase
import HourglassEngine
import HourglassModels
import HourglassTestSupport
import Testing

/// Several processes, here threads, encode and evaluate as one does.
@Suite struct UseInProcessesTests {
  /// Several batches, the last one small.
  private static let samples: SampleArray = {
    var numbers = TestNumbers(5)
    return SampleArray(trustedFloats: numbers.units(1700 * 6), count: 1700, shape: [6])
  }()

  private static func trained() async throws -> TrainedModel {
    try await FamilyModels.variational().train(
      on: samples, objective: .vae(), epochs: 1, batchSize: 100, seed: 4
    ).model
  }

  @Test(arguments: 1...4)
  func codesAreThoseOfOne(_ processes: Int) async throws {
    let model = try await Self.trained()
    let expected = try model.encode(Self.samples, threads: 1)
    let codes = try LocalProcesses.run(processes) { process in
      var told: [Int] = []
      let codes = try model.encode(Self.samples, threads: 1, processes: process) { told.append($0.done) }
      #expect(told == (process.rank == 0 ? [512, 1024, 1536, 1700] : []))
      return codes
    }.map { try $0.get() }
    #expect(codes[0].count == 1700 && codes[0].floats == expected.floats)
    for other in codes.dropFirst() { #expect(other.count == 0 && other.shape == expected.shape) }
  }

  /// All processes have the result.
  @Test(arguments: 1...4)
  func evaluationsAreThoseOfOne(_ processes: Int) async throws {
    let model = try await Self.trained()
    let indices = (0..<UInt32(1700)).reversed().map { $0 }
    let expected = try await model.evaluate(Self.samples, indices: indices, threads: 1)
    let likelihood = try await model.logLikelihood(Self.samples, indices: indices, draws: 3, threads: 1)
    #expect(expected.metrics["active_units"] != nil && expected.metrics["elbo_nats"] != nil)
    let results = LocalProcesses.run(processes) { process in
      (
        try model.evaluate(Self.samples, indices: indices, threads: 1, processes: process),
        try model.logLikelihood(Self.samples, indices: indices, draws: 3, threads: 1, processes: process)
      )
    }
    for result in results {
      let (found, bound) = try result.get()
      #expect(found.metrics == expected.metrics && found.samples == 1700 && found.seconds > 0)
      #expect(bound == likelihood)
    }
  }
}
