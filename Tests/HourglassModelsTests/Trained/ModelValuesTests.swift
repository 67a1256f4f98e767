import HourglassBase
import HourglassModels
import HourglassNN
import HourglassTestSupport
import Testing

/// A model knows which numbers it learnt from, and its loss which ones it can take.
struct ModelValuesTests {
  private static let levels = SampleArray(
    trustedFloats: (0..<8 * 16).map { Float($0 * 37 % 256) }, count: 8, shape: [1, 4, 4])
  private static let fractions = SampleArray(
    trustedFloats: levels.floats.map { $0 / 255 }, count: 8, shape: [1, 4, 4])

  private func autoencoder(variational: Bool = false) throws -> Autoencoder {
    try Autoencoder(
      inputShape: [1, 4, 4], encoder: [Flatten(), variational ? GaussianCode(2) : Dense(2)] as [any Layer],
      decoder: [Dense(16, activation: .sigmoid), Reshape([1, 4, 4])])
  }

  private func trained(
    on data: SampleArray, _ objective: any Objective = .undercomplete(), variational: Bool = false
  ) async throws -> TrainedModel {
    try await autoencoder(variational: variational).train(
      on: data, objective: objective, epochs: 1, seed: 1, threads: 1
    ).model
  }

  @Test func filesKeepTheRange() async throws {
    let bytes = SampleArray(trustedBytes: Array(repeating: 9, count: 32), count: 2, shape: [1, 4, 4])
    for data in [bytes, Self.levels, Self.fractions] {
      let model = try await trained(on: data)
      #expect(try model.values == data.valueRange() && model.values != nil)
      try withScratchFolder { folder in
        try model.write(to: "\(folder)/m.safetensors")
        #expect(try TrainedModel.read(path: "\(folder)/m.safetensors").values == model.values)
        // Of earlier versions nothing is known, and so nothing is claimed.
        var file = try model.safeTensors()
        file.metadata["values"] = nil
        try file.write(to: "\(folder)/old.safetensors")
        let old = try TrainedModel.read(path: "\(folder)/old.safetensors")
        #expect(old.values == nil && old.weightsDigest == model.weightsDigest)
        #expect(try old.matched(Self.levels, named: "x").note == nil)
      }
    }
  }

  @Test func damagedRangesAreRefused() async throws {
    let model = try await trained(on: Self.fractions)
    try withScratchFolder { folder in
      let path = "\(folder)/m.safetensors"
      for text in [
        "{}", "[]", "{\"byte\": 1e300}", "{\"least\": 1, \"greatest\": 0, \"whole\": true}",
        "{\"least\": 0, \"greatest\": 1e99, \"whole\": true}", "{\"least\": 0, \"greatest\": 1}", "nonsense",
      ] {
        var file = try model.safeTensors()
        file.metadata["values"] = text
        expectSentence(["values"], .badData) {
          try file.write(to: path)
          _ = try TrainedModel.read(path: path)
        }
      }
    }
  }

  private static let ofProbabilities: [any Objective] = [
    .undercomplete(.binaryCrossEntropy), .sparseL1(lambda: 0, loss: .binaryCrossEntropy),
    .contractive(lambda: 0, loss: .binaryCrossEntropy), .denoising(.gaussian(0.1), loss: .binaryCrossEntropy),
    .vae(),
  ]

  @Test(arguments: ofProbabilities)
  func probabilitiesAreInTheirRange(objective: any Objective) async throws {
    let isVariational = objective.traits.hasNormalCodes
    let pieces = ["Sample 0", "holds 37", "0 to 1"]
    await expectAsyncSentence(pieces, .badData) {
      _ = try await trained(on: Self.levels, objective, variational: isVariational)
    }
    let model = try await trained(on: Self.fractions, objective, variational: isVariational)
    let all = Array(0..<8 as Range<UInt32>)
    #expect(try await model.evaluate(Self.fractions, indices: all, threads: 1).notes.isEmpty)
    await expectAsyncSentence(pieces, .badData) {
      _ = try await model.evaluate(Self.levels, indices: all, threads: 1)
    }
    if isVariational {
      await expectAsyncSentence(pieces, .badData) {
        _ = try await model.logLikelihood(Self.levels, indices: all, draws: 1, threads: 1)
      }
    }
    await expectAsyncSentence(["Sample 0 of the validation data"] + pieces.dropFirst(), .badData) {
      _ = try await autoencoder(variational: isVariational).train(
        on: Self.fractions, validation: Self.levels, objective: objective, epochs: 1, seed: 1, threads: 1)
    }
  }

  /// Others take any number.
  @Test func otherLossesTakeAnyNumber() async throws {
    _ = try await trained(on: Self.levels)
    let beyond = SampleArray(
      trustedFloats: Self.fractions.floats.map { 8 * $0 - 4 }, count: 8, shape: [1, 4, 4])
    _ = try await trained(on: beyond, .vae(likelihood: .gaussian(deviation: 1)), variational: true)
  }

  @Test func levelsAreNoBytes() async throws {
    let bytes = SampleArray(
      trustedBytes: Self.levels.floats.map { UInt8($0) }, count: 8, shape: [1, 4, 4])
    let model = try await trained(on: bytes)
    let all = Array(0..<8 as Range<UInt32>)
    let pieces = ["whole numbers from 0 to 255", "bytes, which stand for 0 to 1", "divide them by 255"]
    expectSentence(pieces, .badData) { _ = try model.encode(Self.levels, threads: 1) }
    await expectAsyncSentence(["divide them by 255"], .badData) {
      _ = try await model.evaluate(Self.levels, indices: all, threads: 1)
    }
    let halves = Self.levels.replacingNumbers(Self.levels.floats.map { $0 / 2 })
    expectSentence(["floats from 0 to 127.5", "give bytes"], .badData) { _ = try model.encode(halves) }
    #expect(try model.encode(Self.fractions, threads: 1).count == 8)
    // Noise may lead far beyond.
    let noisy = Self.fractions.replacingNumbers(Self.fractions.floats.map { 9 * $0 - 4 })
    #expect(try model.encode(noisy, threads: 1).count == 8)
  }

  /// PSNR and SSIM have a peak of 1, and bits a dimension steps of 1/256.
  @Test func measuresOfPicturesNeedPictures() async throws {
    let model = try await trained(
      on: Self.fractions, .vae(likelihood: .gaussian(deviation: 0.1)), variational: true)
    let all = Array(0..<8 as Range<UInt32>)
    let usual = try await model.evaluate(Self.fractions, indices: all, threads: 1)
    #expect(Set(["psnr", "ssim", "bits_per_dimension"]).isSubset(of: usual.metrics.keys))
    let beyond = try await model.evaluate(Self.levels, indices: all, threads: 3)
    #expect(Set(["psnr", "ssim", "bits_per_dimension"]).isDisjoint(with: beyond.metrics.keys))
    #expect(beyond.metrics["mse"] != nil && beyond.notes.count == 1)
    #expect(beyond.notes.first?.contains("reach 255") ?? false)
  }

  @Test func picturesShowWhatWasLearnt() async throws {
    let fractions = try await trained(on: Self.fractions).pictured(Self.fractions)
    #expect(fractions.samples.floats == Self.fractions.floats && fractions.note == nil)
    let levels = try await trained(on: Self.levels)
    #expect(levels.pictured(Self.levels).samples.floats == Self.fractions.floats)
    #expect(levels.pictured(Self.levels).note == nil)
    let standardised = SampleArray(
      trustedFloats: Self.fractions.floats.map { 8 * $0 - 4 }, count: 8, shape: [1, 4, 4])
    #expect(try await trained(on: standardised).pictured(standardised).note?.contains("cut off") ?? false)
    #expect(throws: HourglassError.self) { try levels.checkTakesPictures() }
    try await trained(on: Self.fractions).checkTakesPictures()
  }

  @Test func outputsThatEndEarlierAreTold() throws {
    func note(_ activation: Activation, _ range: ValueRange) throws -> String? {
      try Autoencoder(inputShape: [4], encoder: [Dense(2)], decoder: [Dense(4, activation: activation)])
        .outputNote(for: range, named: "x.npy")
    }
    let levels = try #require(try Self.levels.valueRange())
    let standardised = ValueRange(floats: -3, 4.5, areWhole: false)
    let told = try #require(try note(.sigmoid, levels))
    #expect(
      told.contains("x.npy reach 255") && told.contains("end at 1") && told.contains("divide the data by 255")
    )
    #expect(try note(.sigmoid, standardised)?.contains("reach 4.5") ?? false)
    #expect(try note(.tanh, standardised)?.contains("end at 1,") ?? false)
    #expect(try note(.relu, standardised)?.contains("reach -3") ?? false)
    #expect(try note(.relu, levels) == nil)
    #expect(try note(.linear, standardised) == nil)
    #expect(try note(.sigmoid, ValueRange(bytesWorth: 1 / 255)) == nil)
  }
}
