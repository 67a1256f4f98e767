import HourglassBase
import HourglassFiles
import HourglassModels
import HourglassNN
import HourglassTestSupport
import Testing

/// Convolutions along time see a series as an image of one row.
@Suite struct SeriesTests {
  private func model() throws -> Autoencoder {
    try Autoencoder(input: .series(channels: 2, length: 16)) {
      Encoder {
        Reshape([2, 1, 16])
        Conv2D(3, kernel: Pair(1, 3), stride: Pair(1, 2), activation: .tanh)
        Flatten()
        Dense(4)
      }
      Decoder {
        Dense(24, activation: .tanh)
        Reshape([3, 1, 8])
        Upsample2D(Pair(1, 2))
        Conv2D(2, kernel: Pair(1, 3), activation: .sigmoid)
        Reshape([2, 16])
      }
    }
  }

  @Test func areTrainedAndMeasured() async throws {
    let data = Waves.samples(40)
    let (trained, history) = try await model().train(on: data, epochs: 8, batchSize: 8, seed: 3, threads: 1)
    #expect(try #require(history.last).trainLoss < #require(history.first).trainLoss)
    let measured = try await trained.evaluate(data, indices: (0..<40).map { $0 }, threads: 1).metrics
    #expect(Array(measured.keys) == ["mse"])
    #expect(try trained.pass(over: data).reconstruction.kind == .series)
    #expect(try trained.model.summary().contains("(2, 16)"))
  }

  @Test func areSaved() async throws {
    let data = Waves.samples(40)
    let trained = try await model().train(on: data, epochs: 1, batchSize: 8, seed: 3, threads: 1).model
    try withScratchFolder { folder in
      let path = "\(folder)/series.safetensors"
      try trained.write(to: path)
      #expect(try !#require(SafeTensors.read(path: path).metadata["model"]).contains("kind"))
      let again = try TrainedModel.read(path: path)
      #expect(again.weightsDigest == trained.weightsDigest && again.model.input == trained.model.input)
      #expect(
        try again.pass(over: data).reconstruction.floats == trained.pass(over: data).reconstruction.floats)
    }
  }

  @Test func everyFamilyThatTakesThemTrainsOnThem() throws {
    let model = try model()
    try checkFamily(Undercomplete(), model: model, epochs: 6)
    try checkFamily(Denoising(.masking(0.2)), model: model, epochs: 6)
    try checkFamily(SparseL1(lambda: 0.001), model: model, epochs: 6)
    let compressing = try Autoencoder(input: .series(channels: 2, length: 16)) {
      Encoder { QuantizedCode() }
      Decoder { ActivationLayer(.sigmoid) }
    }
    try checkFamily(RateDistortion(rateWeight: 0.001), model: compressing, epochs: 6)
  }

  @Test func areNotBlurred() throws {
    let model = try model()
    expectSentence(["blur", "(2, 16)"], .usage) { _ = try model.trainingProgram(Denoising(.blur(1))) }
  }
}
