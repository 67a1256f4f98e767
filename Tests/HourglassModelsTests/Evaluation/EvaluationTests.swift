import HourglassBase
import HourglassModels
import HourglassNN
import Testing

@Suite struct EvaluationTests {
  private let data = SampleArray(
    trustedBytes: (0..<23 * 144).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 5 * 11) }, count: 23,
    shape: [1, 12, 12])

  private func untrained() throws -> TrainedModel {
    let model = try Autoencoder(input: .image(channels: 1, height: 12, width: 12)) {
      Encoder {
        Conv2D(2, kernel: 3, stride: 2, activation: .relu)
        BatchNorm()
      }
      Decoder { Conv2DTranspose(1, kernel: 3, stride: 2, activation: .sigmoid) }
    }
    let objective = Denoising(.gaussian(0.4))
    return TrainedModel(
      model: model, objective: objective,
      parameters: try model.trainingProgram(objective).makeParameters(seed: 3),
      seed: 3)
  }

  @Test func evaluatesTheSameAtAnyNumberOfThreads() throws {
    let trained = try untrained()
    let indices = (0..<UInt32(data.count)).map { $0 }
    let one = try trained.evaluate(data, indices: indices, threads: 1)
    #expect(Set(one.metrics.keys) == ["mse", "psnr", "ssim", "psnr_shown"])
    for threads in [2, 3, 32] {
      #expect(try trained.evaluate(data, indices: indices, threads: threads).metrics == one.metrics)
    }
  }

  @Test func similarityIsTheMeanOverTheSamples() throws {
    let trained = try untrained()
    let indices = (0..<UInt32(data.count)).map { $0 }
    let pass = try trained.pass(over: data, threads: 1)
    let similarities = try indices.map { index in
      let sample = data.sample(Int(index))
      return try structuralSimilarity(sample, pass.reconstruction.sample(Int(index)), shape: data.shape)
    }
    let found = try trained.evaluate(data, indices: indices, threads: 1).metrics["ssim"]
    #expect(found == similarities.reduce(0, +) / Double(similarities.count))
  }
}
