import HourglassBase
import HourglassEngine
import HourglassModels
import HourglassNN
import HourglassTestSupport
import Testing

@Suite struct PrincipalStartTests {
  private func samples(_ count: Int) -> SampleArray {
    var numbers = TestNumbers(31)
    // Three directions of different weight in eight numbers, and a little noise.
    let directions = (0..<3).map { _ in numbers.units(8).map { $0 - 0.5 } }
    let floats = (0..<count).flatMap { _ -> [Float] in
      let weights = numbers.units(3)
      return (0..<8).map { feature in
        0.5 + 2 * weights[0] * directions[0][feature] + weights[1] * directions[1][feature]
          + 0.5 * weights[2] * directions[2][feature] + 0.01 * numbers.unit()
      }
    }
    return SampleArray(trustedFloats: floats, count: count, shape: [8])
  }

  private func started(
    _ model: Autoencoder, _ objective: any Objective, _ data: SampleArray
  ) throws -> TrainedModel {
    let program = try model.trainingProgram(objective)
    let parameters = program.makeParameters(seed: 1)
    try PrincipalStart().run(
      model, objective: objective, parameters: parameters, data: data,
      samples: (0..<UInt32(data.count)).map { $0 }, seed: 1, threads: 2)
    return TrainedModel(model: model, objective: objective, parameters: parameters, seed: 1)
  }

  /// Before any training the model rebuilds as principal components do; what refines it adds nothing yet.
  @Test func beginsAsPrincipalComponents() throws {
    let data = samples(300)
    let model = try Autoencoder(input: .vector(8)) {
      Encoder {
        Dense(2)
        Residual {
          Dense(5, activation: .relu)
          Dense(2, initializer: .zeros)
        }
      }
      Decoder {
        Residual {
          Dense(4, activation: .relu)
          Dense(2, initializer: .zeros)
        }
        Dense(8)
      }
    }
    let rebuilt = try started(model, Undercomplete(), data).pass(over: data).reconstruction
    let components = try PrincipalComponents(of: data, count: 2, seed: 1)
    let plane = try components.project(data)
    for index in 0..<300 {
      let code = plane.sample(index)
      for (feature, number) in rebuilt.sample(index).enumerated() {
        let expected =
          components.mean[feature] + Double(code[0]) * components.components[0][feature]
          + Double(code[1]) * components.components[1][feature]
        #expect(abs(Double(number) - expected) < 1e-5)
      }
    }
  }

  /// The smaller the rate's weight, the finer the steps, and the nearer the first reconstructions.
  @Test func stepsFollowTheRate() throws {
    let data = samples(300)
    let model = try Autoencoder(input: .vector(8)) {
      Encoder {
        Dense(3)
        QuantizedCode()
      }
      Decoder { Dense(8, activation: .relu) }
    }
    var before = (error: 0.0, rate: Double.infinity)
    for weight in [1e-4, 1e-3, 1e-2] {
      let started = try started(model, RateDistortion(rateWeight: weight), data)
      let metrics = try started.evaluate(data, indices: Array(0..<300)).metrics
      let (error, rate) = (metrics["mse"] ?? 0, metrics["bits_per_pixel"] ?? 0)
      #expect(error > before.error && rate < before.rate)
      // Three components of eight numbers, each with an error of d^2 / 12 for steps of d = sqrt(6 w / log 2).
      let expected = 3.0 / 8 * (6 * weight / 0.6931471805599453) / 12
      if weight < 5e-3 { #expect(error < 1.5 * expected + 1e-5 && error > 0.5 * expected) }
      before = (error, rate)
    }
  }

  @Test func fewSamplesHaveFewComponents() throws {
    let data = samples(3)
    let model = try Autoencoder(input: .vector(8)) {
      Encoder { Dense(6) }
      Decoder { Dense(8) }
    }
    let pass = try started(model, Undercomplete(), data).pass(over: data)
    for index in 0..<3 {
      #expect(zip(pass.reconstruction.sample(index), data.sample(index)).allSatisfy { abs($0 - $1) < 1e-5 })
      #expect(pass.code.sample(index)[2...].allSatisfy { $0 == 0 })
    }
  }

  /// Where the samples come from changes nothing.
  @Test func samplesThatAreNotInMemory() throws {
    let model = try Autoencoder(input: .vector(6)) {
      Encoder { Dense(2) }
      Decoder { Dense(6) }
    }
    let source = MadeUpSource(count: 50, shape: [6])
    func digest(_ data: any SampleSource) throws -> String {
      let parameters = try model.trainingProgram(Undercomplete()).makeParameters(seed: 1)
      try PrincipalStart().run(
        model, objective: Undercomplete(), parameters: parameters, data: data,
        samples: (0..<50).map { UInt32($0) }, seed: 1, threads: 1)
      return TrainedModel(model: model, objective: Undercomplete(), parameters: parameters, seed: 1)
        .weightsDigest
    }
    #expect(try digest(source) == digest(source.array))
  }
}
