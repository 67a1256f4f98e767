import Foundation
import HourglassBase
import HourglassEngine
import HourglassModels
import HourglassNN
import HourglassTestSupport
import Testing

/// Layer-wise pretraining, and weights that two layers share.
@Suite struct PretrainingTests {
  private let objective = Undercomplete()
  private let plan = TrainingPlan(epochs: 1, batchSize: 8, seed: 5, optimizer: .adam(learningRate: 0.01))

  /// - Parameter decoder: the units of the decoder's hidden layers.
  private func deepModel(decoder: [Int] = [6, 12]) throws -> Autoencoder {
    try Autoencoder(input: .image(channels: 1, height: 4, width: 4)) {
      Encoder {
        Flatten()
        Dense(12, activation: .sigmoid)
        Dense(6, activation: .sigmoid)
        Dense(3)
      }
      Decoder {
        for units in decoder { Dense(units, activation: .sigmoid) }
        Dense(16, activation: .sigmoid)
        Reshape([1, 4, 4])
      }
    }
  }

  private func data() -> SampleArray {
    // Stripes at four places in four widths: images that few numbers describe.
    let images = (0..<64).flatMap { number in
      (0..<16).map { pixel in Float((pixel / 4 + number) % 4 <= number / 4 % 3 ? 0.9 : 0.1) }
    }
    return SampleArray(trustedFloats: images, count: 64, shape: [1, 4, 4])
  }

  private func pretrained(_ model: Autoencoder, threads: Int) throws -> (ParameterStore, reports: [Int]) {
    let parameters = try model.trainingProgram(objective).makeParameters(seed: plan.seed)
    var reports: [Int] = []
    try Pretraining(epochs: 30).run(
      model, parameters: parameters, data: data(), samples: (0..<64).map { $0 }, plan: plan,
      team: WorkerTeam(count: threads), kernels: .best
    ) { pair, pairs, event in
      #expect(pairs == 3)
      if case .epoch = event, reports.last != pair { reports.append(pair) }
    }
    return (parameters, reports)
  }

  @Test func everyLayerLearnsBeforeTheWholeDoes() throws {
    let model = try deepModel()
    let (parameters, reports) = try pretrained(model, threads: 2)
    #expect(reports == [1, 2, 3])
    let all = (0..<UInt32(64)).map { $0 }
    func error(_ store: ParameterStore) throws -> Double {
      try TrainedModel(model: model, objective: objective, parameters: store, seed: 5)
        .evaluate(data(), indices: all).metrics["mse"]!
    }
    let fresh = try model.trainingProgram(objective).makeParameters(seed: 5)
    #expect(try error(parameters) < 0.7 * error(fresh))
    for entry in fresh.entries { #expect(parameters.read(entry.name) != fresh.read(entry.name)) }
  }

  @Test func threadsDoNotMatter() throws {
    let model = try deepModel()
    let (one, other) = (try pretrained(model, threads: 2).0, try pretrained(model, threads: 1).0)
    for entry in one.entries { #expect(one.read(entry.name) == other.read(entry.name)) }
  }

  @Test func halvesThatDoNotMirrorEachOtherAreRefused() throws {
    let model = try deepModel(decoder: [6])
    expectSentence(["pretraining", "3 layers of the encoder", "2 of the decoder"], .usage) {
      _ = try Pretraining(epochs: 1).pairs(model)
    }
  }

  @Test func tiedWeightsAreOne() async throws {
    let model = try Autoencoder(input: .vector(16)) {
      Encoder {
        Dense(8, activation: .sigmoid)
        Dense(3)
      }
      Decoder {
        TiedDense(to: "encoder.1", units: 8, activation: .sigmoid)
        TiedDense(to: "encoder.0", units: 16)
      }
    }
    #expect(try model.parameterCount() == 16 * 8 + 8 + 8 * 3 + 3 + 8 + 16)
    let flat = SampleArray(trustedFloats: data().floats, count: 64, shape: [16])
    let trained = try await model.train(
      on: flat, optimizer: .adam(learningRate: 0.01), epochs: 60, batchSize: 16, seed: 2
    ).model
    // The decoder by hand: transposed weights of the encoder.
    let code = try trained.encode(flat).sample(5).map(Double.init)
    func layer(_ x: [Double], _ weight: String, _ bias: String, units: Int) -> [Double] {
      let weights = trained.parameters.read(weight).map(Double.init)
      return trained.parameters.read(bias).enumerated().map { unit, start in
        x.indices.reduce(Double(start)) { $0 + weights[$1 * units + unit] * x[$1] }
      }
    }
    let hidden = layer(code, "encoder.1.weight", "decoder.0.bias", units: 8).map { 1 / (1 + exp(-$0)) }
    let output = layer(hidden, "encoder.0.weight", "decoder.1.bias", units: 16)
    let rebuilt = try trained.pass(over: flat).reconstruction.sample(5)
    for (a, b) in zip(output, rebuilt) { #expect(abs(a - Double(b)) < 1e-4) }
    let all = (0..<UInt32(64)).map { $0 }
    #expect(try await trained.evaluate(flat, indices: all).metrics["mse"]! < 0.05)
  }

  @Test func tiesThatDoNotFitAreRefused() {
    func model(_ tie: TiedDense, encoder: [any Layer] = [Dense(3)]) throws {
      _ = try Autoencoder(inputShape: [6], encoder: encoder, decoder: [tie])
    }
    expectSentence(["encoder.1", "encoder.0"], .usage) { try model(TiedDense(to: "encoder.1", units: 6)) }
    expectSentence(["(TiedDense)", "no dense layer"], .usage) {
      try model(TiedDense(to: "encoder.0", units: 6), encoder: [ActivationLayer(.relu)])
    }
    expectSentence(["decoder.0", "(4)", "(6)"], .usage) {
      _ = try Autoencoder(
        inputShape: [6], encoder: [Dense(3)],
        decoder: [TiedDense(to: "encoder.0", units: 4), Dense(6)])
    }
    expectSentence(["only a decoder"], .usage) {
      _ = try Autoencoder(
        inputShape: [6], encoder: [TiedDense(to: "encoder.0", units: 6)], decoder: [])
    }
  }
}
