import Foundation
import HourglassBase
import HourglassFiles
import HourglassModels
import HourglassNN
import HourglassTestSupport
import Testing

/// Convolutions along time see a series as an image of one row.
@Suite struct SeriesTests {
  private func convolutional() throws -> Autoencoder {
    try Autoencoder(input: .series(channels: 2, length: 16)) {
      Encoder {
        Conv1D(3, kernel: 3, padding: .causal, dilation: 2, activation: .tanh)
        Conv1D(3, kernel: 4, stride: 2, activation: .tanh)
      }
      Decoder { Conv1DTranspose(2, kernel: 4, stride: 2, activation: .sigmoid) }
    }
  }

  /// What a model of convolutions makes of a longer series has, away from the ends, what it makes of a part of it.
  @Test func longerSeriesAreTaken() async throws {
    let model = try convolutional()
    let trained = try await model.train(on: Waves.samples(40), epochs: 2, batchSize: 8, seed: 3, threads: 1)
      .model
    let longer = try trained.taking(.series(channels: 2, length: 40))
    #expect(longer.model.inputShape == [2, 40] && longer.weightsDigest == trained.weightsDigest)
    let numbers = (0..<80).map { Float(sin(Double($0) / 3) / 2 + 0.5) }
    let part = (0..<2).flatMap { channel in (12..<28).map { numbers[channel * 40 + $0] } }
    let whole = try longer.predictor().reconstruct(numbers)
    let reconstructed = try trained.predictor().reconstruct(part)
    for channel in 0..<2 {
      for place in 8..<12 {
        #expect(abs(whole[channel * 40 + 12 + place] - reconstructed[channel * 16 + place]) < 1e-6)
      }
    }
  }

  @Test func lengthsThatCannotBeTaken() throws {
    let model = try model()
    expectSentence(["encoder.0 (Reshape)", "(2, 16)", "(2, 40)"], .usage) {
      _ = try model.taking(.series(channels: 2, length: 40))
    }
    let convolutional = try convolutional()
    for form in [SampleForm.series(channels: 3, length: 40), .image(channels: 2, height: 4, width: 4)] {
      expectSentence(["kind series and shape (2, 16)", "same kind and channels"], .usage) {
        _ = try convolutional.taking(form)
      }
    }
  }

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
