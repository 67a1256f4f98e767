import Foundation
import HourglassBase
import HourglassModels
import HourglassNN
import HourglassTestSupport
import Testing

/// Where samples come from changes no bit of what is made of them.
@Suite struct SampleSourceTests {
  private static let shape: Shape = [1, 6, 5]
  private static let count = 75

  private func model() throws -> Autoencoder {
    try Autoencoder(input: .image(channels: 1, height: 6, width: 5)) {
      Encoder {
        Conv2D(3, kernel: 3, activation: .relu)
        Flatten()
        Dense(7)
      }
      Decoder {
        Dense(30, activation: .sigmoid)
        Reshape([1, 6, 5])
      }
    }
  }

  private func bytes() -> [UInt8] {
    (0..<Self.count * Self.shape.count).map { UInt8(truncatingIfNeeded: $0 * $0 + $0 / 7) }
  }

  private func train(_ source: any SampleSource, _ validation: (any SampleSource)?, threads: Int) async throws
    -> (model: TrainedModel, history: [EpochRecord])
  {
    try await model().train(
      on: source, validation: validation, objective: .denoising(.gaussian(0.1)), epochs: 2, batchSize: 17,
      seed: 4, threads: threads)
  }

  @Test(arguments: [1, 2])
  func trainingEvaluationAndCodesHaveTheSameBits(_ threads: Int) async throws {
    let bytes = bytes()
    let file = FileSource(bytes: bytes, shape: Self.shape)
    let madeUp = MadeUpSource(count: Self.count, shape: Self.shape)
    let pairs: [(any SampleSource, SampleArray)] = [
      (file, SampleArray(trustedBytes: bytes, count: Self.count, shape: Self.shape)), (madeUp, madeUp.array),
    ]
    for (source, memory) in pairs {
      let expected = try await train(memory, memory, threads: 1)
      let found = try await train(source, source, threads: threads)
      #expect(found.model.weightsDigest == expected.model.weightsDigest)
      #expect(found.history.map(\.validationLoss) == expected.history.map(\.validationLoss))
      let indices: [UInt32] = [3, 74, 0, 3, 20]
      let (model, all) = (expected.model, (0..<UInt32(Self.count)).map { $0 })
      #expect(
        try await model.evaluate(source, indices: all, threads: threads).metrics
          == model.evaluate(memory, indices: all, threads: 1).metrics)
      #expect(try model.encode(source, threads: threads).floats == model.encode(memory).floats)
      let (one, other) = (
        try model.pass(over: source, indices: indices, threads: threads),
        try model.pass(over: memory, indices: indices)
      )
      #expect(one.shown.floats == other.shown.floats && one.code.floats == other.code.floats)
      #expect(one.reconstruction.floats == other.reconstruction.floats)
      for index in [0, 17, 74] { #expect(try source.numbers(of: index) == memory.sample(index)) }
    }
    #expect(file.reads.load(ordering: .relaxed) > 4 * Self.count)
  }

  @Test func aSourceThatFailsEndsTheRun() async throws {
    let file = FileSource(bytes: bytes(), shape: Self.shape)
    let trained = try await train(file, nil, threads: 1).model
    file.truncate(to: 70)
    let all = (0..<UInt32(Self.count)).map { $0 }
    await #expect(throws: HourglassError.self) { _ = try await train(file, nil, threads: 2) }
    #expect(throws: HourglassError.self) { _ = try trained.encode(file) }
    #expect(throws: HourglassError.self) { _ = try trained.evaluate(file, indices: all) }
    // What is there can still be had.
    let some = try trained.pass(over: file, indices: [0, 69])
    #expect(some.code.count == 2)
  }
}
