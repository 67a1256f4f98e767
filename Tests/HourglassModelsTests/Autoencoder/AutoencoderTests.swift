import Foundation
import HourglassBase
import HourglassModels
import HourglassNN
import HourglassTestSupport
import Testing

@Suite struct AutoencoderTests {
  /// With `if` and `for`.
  private func builtModel(noise: Bool = false) throws -> Autoencoder {
    try Autoencoder(input: .image(channels: 1, height: 4, width: 4)) {
      Encoder {
        for filters in [2] { Conv2D(filters, kernel: 3, stride: 2, activation: .relu) }
        if noise { Dropout(0.5) }
        Flatten()
        if noise { Dense(4) } else { Dense(3, activation: .tanh) }
      }
      Decoder {
        Dense(16)
        Reshape([1, 4, 4])
        ActivationLayer(.sigmoid)
      }
    }
  }

  private func samples(_ count: Int, _ shape: Shape = [1, 4, 4], seed: UInt64 = 1) -> SampleArray {
    var numbers = TestNumbers(seed)
    return SampleArray(trustedFloats: numbers.units(count * shape.count), count: count, shape: shape)
  }

  @Test func buildersTakeIfAndFor() throws {
    #expect(try builtModel().encoder.layers.count == 3)
    #expect(try builtModel(noise: true).encoder.layers.count == 4)
  }

  @Test func encodeThenDecodeIsTheWholePass() async throws {
    for model in [try builtModel(), try builtModel(noise: true)] {
      let data = samples(50)
      let trained = try await model.train(on: data, epochs: 2, batchSize: 8, seed: 2).model
      let pass = try trained.pass(over: data)
      let code = try trained.encode(data)
      let codeShape = try model.codeShape
      #expect(code.shape == codeShape && code.count == 50)
      let rebuilt = try trained.decode(code, threads: 2)
      for index in 0..<50 {
        #expect(pass.code.sample(index) == code.sample(index))
        #expect(pass.reconstruction.sample(index) == rebuilt.sample(index))
        #expect(pass.shown.sample(index) == data.sample(index))
      }
      let some = try trained.pass(over: data, indices: [49, 0, 0])
      #expect(some.reconstruction.sample(0) == pass.reconstruction.sample(49))
      #expect(some.reconstruction.sample(2) == pass.reconstruction.sample(0))
      #expect(try trained.pass(over: data, indices: []).code.count == 0)
    }
  }

  @Test func requestsThatMakeNoSenseAreExplained() async throws {
    let model = try builtModel()
    let trained = try await model.train(on: samples(8), epochs: 1, seed: 2).model
    expectSentence(["(1, 5, 4)", "(1, 4, 4)"], .usage) { _ = try trained.encode(samples(2, [1, 5, 4])) }
    expectSentence(["(4)", "(3)"], .usage) { _ = try trained.decode(samples(2, [4])) }
    expectSentence(["no sample 8 among 8"], .usage) {
      _ = try trained.pass(over: samples(8), indices: [0, 8])
    }
    expectSentence(["threads is 0"], .usage) { _ = try trained.pass(over: samples(8), threads: 0) }
    for (epochs, batch, threads) in [(0, 1, 1), (1, 0, 1), (1, 1, 0), (-1, 1, 1), (1, 1, 100_000)] {
      await #expect(throws: HourglassError.self) {
        try await model.train(on: samples(8), epochs: epochs, batchSize: batch, seed: 1, threads: threads)
      }
    }
    for rate in [-1, 0, Double.nan, .infinity] {
      await #expect(throws: HourglassError.self) {
        try await model.train(on: samples(8), optimizer: .adam(learningRate: rate), epochs: 1, seed: 1)
      }
    }
    await #expect(throws: HourglassError.self) { try await model.train(on: samples(0), epochs: 1, seed: 1) }
    await #expect(throws: HourglassError.self) {
      try await model.train(on: samples(4, [16]), epochs: 1, seed: 1)
    }
    await #expect(throws: HourglassError.self) {
      try await model.train(on: samples(8), validation: samples(8, [16]), epochs: 1, seed: 1)
    }
    await #expect(throws: HourglassError.self) {
      try await model.train(on: samples(8), objective: .denoising(.gaussian(-1)), epochs: 1, seed: 1)
    }
  }

  @Test func layersWrittenInSwiftKeepTheLimitsOfRecipes() {
    let layers: [any Layer] = [
      Conv2D(0, kernel: 3), Conv2D(-1, kernel: 3), Conv2D(1, kernel: 0), Conv2D(1, kernel: 3, stride: 0),
      Conv2D(1, kernel: Pair(3, -3)), Conv2DTranspose(1, kernel: 3, stride: 0), Conv2D(Int.max, kernel: 1),
      Conv2D(1, kernel: Pair(Int.max, Int.max)), MaxPool2D(0), AveragePool2D(2, stride: 0), Upsample2D(0),
      Upsample2D(Pair(Int.max)),
      Dropout(1), Dropout(-0.1), Dropout(.nan), BatchNorm(momentum: 2), BatchNorm(epsilon: 0),
      LayerNorm(epsilon: -1),
      ActivationLayer(.elu(alpha: .nan)), Reshape([]), Reshape([2, 2, 2, 2]), Reshape([-1, -4, 4]),
      Reshape([Int.max, Int.max, 4]), Dense(Int.min), Dense(0),
      Conv2D(1, kernel: 3, weightRegularizer: Regularizer(l1: -1)),
    ]
    for layer in layers {
      expectSentence(["encoder.0"], .usage) {
        _ = try Autoencoder(inputShape: [1, 4, 4], encoder: [layer], decoder: [])
      }
    }
    for shape in [
      [], [4, 0], [0], [-4], [1, 0, 4], [1, -4, -4], [Int.max], [Int.max, Int.max, Int.max], [1, 2, 3, 4],
    ] {
      expectSentence(["The model's input is"], .usage) {
        _ = try Autoencoder(inputShape: Shape(shape), encoder: [], decoder: [])
      }
    }
  }

  /// Networks without layers or parameters run, too.
  @Test func emptyHalvesWork() async throws {
    let data = samples(20)
    for (encoder, decoder) in [
      ([], []), ([Flatten()], [Reshape([1, 4, 4])]), ([Conv2D(1, kernel: 3)], []),
      ([], [Conv2D(1, kernel: 3)]),
      ([Dropout(0.5)], [Dropout(0.5)]),
    ] as [([any Layer], [any Layer])] {
      let model = try Autoencoder(inputShape: [1, 4, 4], encoder: encoder, decoder: decoder)
      let trained = try await model.train(on: data, epochs: 2, batchSize: 7, seed: 2, threads: 2)
      let pass = try trained.model.pass(over: data)
      #expect(pass.reconstruction.shape == [1, 4, 4])
      if try model.parameterCount() == 0 {
        #expect((0..<20).allSatisfy { pass.reconstruction.sample($0) == data.sample($0) })
      }
    }
  }

  @Test func evaluationNoiseIsTheSameEachTimeAndKeyedBySample() async throws {
    let data = SampleArray(trustedFloats: Array(repeating: 0.5, count: 30 * 16), count: 30, shape: [1, 4, 4])
    let trained = try await builtModel().train(
      on: data, objective: .denoising(.gaussian(0.2)), epochs: 1, seed: 2
    ).model
    let first = try trained.pass(over: data)
    let again = try trained.pass(over: data, indices: [29, 7], threads: 2)
    #expect(first.shown.sample(29) == again.shown.sample(0) && first.shown.sample(7) == again.shown.sample(1))
    #expect(first.shown.sample(0) != first.shown.sample(1))
    #expect((0..<30).allSatisfy { first.shown.sample($0).allSatisfy { 0...1 ~= $0 } })
  }
}
