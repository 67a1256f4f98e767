import Foundation
import HourglassModels
import HourglassNN
import HourglassTestSupport
import Synchronization
import Testing

#if os(Linux)
  import CAllocationCounter
#endif

/// A predictor gives what the trained model's methods give, bit for bit.
@Suite struct PredictorTests {
  enum Kind: CaseIterable {
    case dense, convolutions, variational, normalised, residual

    func model() throws -> Autoencoder {
      switch self {
      case .dense:
        try Autoencoder(input: .vector(30)) {
          Encoder {
            Dense(14, activation: .tanh)
            Dense(3)
          }
          Decoder {
            Dense(14, activation: .elu(alpha: 1))
            Dense(30)
          }
        }
      case .convolutions:
        try Autoencoder(input: .image(channels: 1, height: 12, width: 20)) {
          Encoder {
            Conv2D(16, kernel: 3, stride: 2, activation: .relu)
            Conv2D(5, kernel: 3, activation: .relu)
            MaxPool2D(2)
          }
          Decoder {
            Conv2DTranspose(8, kernel: 3, stride: 2, activation: .relu)
            Upsample2D(2)
            Conv2D(1, kernel: 3, activation: .sigmoid)
          }
        }
      case .variational:
        try Autoencoder(input: .image(channels: 1, height: 6, width: 5)) {
          Encoder {
            Flatten()
            Dense(40, activation: .relu)
            GaussianCode(3)
          }
          Decoder {
            Dense(150, activation: .relu)
            Dense(30, activation: .sigmoid)
            Reshape([1, 6, 5])
          }
        }
      case .normalised:
        try Autoencoder(input: .image(channels: 2, height: 5, width: 7)) {
          Encoder {
            Conv2D(6, kernel: 3)
            BatchNorm()
            ActivationLayer(.relu)
            AveragePool2D(2)
            Flatten()
            Dense(4)
            LayerNorm()
          }
          Decoder {
            Dense(70, activation: .sigmoid)
            Reshape([2, 5, 7])
          }
        }
      case .residual:
        try Autoencoder(input: .image(channels: 1, height: 8, width: 9), isResidual: true) {
          Encoder {
            Conv2D(9, kernel: 3, activation: .relu)
            Residual { Conv2D(9, kernel: 3, activation: .relu) }
          }
          Decoder { Conv2D(1, kernel: 3) }
        }
      }
    }

    var objective: any Objective {
      switch self {
      case .dense, .convolutions, .normalised: .undercomplete()
      case .variational: .vae()
      case .residual: .denoising(.gaussian(0.2))
      }
    }

    func trained() async throws -> (TrainedModel, MadeUpSource) {
      let model = try model()
      let data = MadeUpSource(count: 200, shape: model.inputShape)
      return (
        try await model.train(on: data, objective: objective, epochs: 1, batchSize: 20, seed: 3).model, data
      )
    }
  }

  @Test(arguments: Kind.allCases)
  func resultsAreThoseOfTheModel(_ kind: Kind) async throws {
    let (model, data) = try await kind.trained()
    let samples = data.array
    // What a corrupting objective shows in its pass is not what a predictor is shown.
    let plain = TrainedModel(
      model: model.model, objective: kind == .residual ? Undercomplete() : model.objective,
      parameters: model.parameters, seed: model.seed)
    let pass = try plain.pass(over: samples)
    let (codes, rebuilt) = (pass.code.floats, pass.reconstruction.floats)
    #expect(try bits(model.encode(samples).floats) == bits(codes))
    let (size, codeSize) = (samples.shape.count, pass.code.shape.count)
    for threads in [1, 2] {
      let predictor = try model.predictor(threads: threads)
      for count in [1, 2, 16, 17, 200, 1] {
        let part = Array(samples.floats.prefix(count * size))
        #expect(try bits(predictor.encode(part)) == bits(Array(codes.prefix(count * codeSize))))
        #expect(try bits(predictor.reconstruct(part)) == bits(Array(rebuilt.prefix(count * size))))
        let scores = try predictor.score(part)
        for sample in 0..<count {
          #expect(
            scores[sample]
              == meanSquaredError(trusted: samples.sample(sample), pass.reconstruction.sample(sample)))
        }
        guard kind != .residual else { continue }
        #expect(
          try bits(predictor.decode(Array(codes.prefix(count * codeSize))))
            == bits(Array(rebuilt.prefix(count * size))))
      }
      // Each sample alone, too.
      for sample in [0, 7, 199] {
        #expect(try bits(predictor.encode(samples.sample(sample))) == bits(pass.code.sample(sample)))
        #expect(
          try bits(predictor.reconstruct(samples.sample(sample))) == bits(pass.reconstruction.sample(sample)))
      }
    }
  }

  @Test func threadsMayShareOrHaveTheirOwn() async throws {
    let (model, data) = try await Kind.convolutions.trained()
    let samples = data.array
    let expected = try model.encode(samples)
    let shared = try model.predictor()
    let wrong = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      do {
        let predictor = thread < 2 ? shared : try shared.another()
        for round in 0..<50 {
          let sample = (thread * 53 + round * 7) % samples.count
          if try predictor.encode(samples.sample(sample)) != expected.sample(sample) {
            wrong.add(1, ordering: .relaxed)
          }
        }
      } catch {
        wrong.add(1000, ordering: .relaxed)
      }
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
  }

  @Test func sizesThatDoNotFitAreExplained() async throws {
    let (model, _) = try await Kind.dense.trained()
    let predictor = try model.predictor()
    expectSentence(["29", "(30)"], .usage) { _ = try predictor.encode([Float](repeating: 0, count: 29)) }
    expectSentence(["0 numbers"], .usage) { _ = try predictor.reconstruct([]) }
    expectSentence(["4 numbers", "(3)"], .usage) { _ = try predictor.decode([1, 2, 3, 4]) }
    expectSentence(["31"], .usage) { _ = try predictor.score([Float](repeating: 0, count: 31)) }
    expectSentence(["room for 2", "have 3"], .usage) {
      let sample = [Float](repeating: 0, count: 30)
      var codes: [Float] = [0, 0]
      try sample.withUnsafeBufferPointer { sample in
        try codes.withUnsafeMutableBufferPointer { try predictor.encode(sample, into: $0) }
      }
    }
    expectSentence(["threads is 0"], .usage) { _ = try model.predictor(threads: 0) }
    let (residual, _) = try await Kind.residual.trained()
    expectSentence(["adds its input"], .usage) {
      _ = try residual.predictor().decode([Float](repeating: 0, count: 9 * 72))
    }
  }

  #if os(Linux)
    @Test(arguments: Kind.allCases, [1, 33])
    func aCallAllocatesNothing(_ kind: Kind, _ count: Int) async throws {
      let (model, data) = try await kind.trained()
      let predictor = try model.predictor()
      let samples = Array(data.array.floats.prefix(count * data.shape.count))
      var codes = [Float](repeating: 0, count: count * predictor.codeShape.count)
      var rebuilt = samples
      var scores = [Double](repeating: 0, count: count)
      try samples.withUnsafeBufferPointer { samples in
        try codes.withUnsafeMutableBufferPointer { codes in
          try rebuilt.withUnsafeMutableBufferPointer { rebuilt in
            try scores.withUnsafeMutableBufferPointer { scores in
              func calls() throws {
                try predictor.encode(samples, into: codes)
                if kind != .residual { try predictor.decode(UnsafeBufferPointer(codes), into: rebuilt) }
                try predictor.reconstruct(samples, into: rebuilt)
                try predictor.score(samples, into: scores)
              }
              try calls()
              let counter = allocation_counter_make()
              defer { allocation_counter_free(counter) }
              allocation_counter_watch(counter)
              for _ in 0..<3 { try calls() }
              allocation_counter_watch(nil)
              #expect(allocation_counter_value(counter) == 0)
            }
          }
        }
      }
    }
  #endif
}
