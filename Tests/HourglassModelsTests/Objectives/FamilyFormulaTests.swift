import Foundation
import HourglassBase
import HourglassModels
import HourglassTestSupport
import Testing

/// Losses against their formulas, written out here with plain arithmetic, and gradients against differences.
@Suite struct FamilyFormulaTests {
  @Test func gradientsAreThoseOfDifferences() throws {
    for (objective, model) in try FamilyModels.all() {
      var program = try FamilyProgram(objective, model)
      if program.parameters["training.progress"] != nil { program.parameters["training.progress"] = [1.3] }
      program.checkGradients()
    }
  }

  private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// `activation(W x + b)` of a dense layer.
  private func dense(
    _ program: FamilyProgram, _ name: String, _ x: [Double], _ activation: (Double) -> Double
  ) -> [Double] {
    let (weights, bias) = (program.parameters["\(name).weight"]!, program.parameters["\(name).bias"]!)
    return bias.indices.map { unit in
      activation(x.indices.reduce(bias[unit]) { $0 + weights[unit * x.count + $1] * x[$1] })
    }
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private func squaredError(_ a: [Double], _ b: [Double]) -> Double {
    mean(zip(a, b).map { ($0 - $1) * ($0 - $1) })
  }

  private func isClose(_ a: Double, _ b: Double, _ tolerance: Double = 1e-12) -> Bool {
    abs(a - b) <= tolerance * max(abs(b), 1e-3)
  }

  @Test func sparseL1AddsTheSumOfAbsoluteActivations() throws {
    let program = try FamilyProgram(SparseL1(lambda: 0.3), try FamilyModels.oneLayer())
    let codes = program.samples.map { dense(program, "encoder.0", $0, sigmoid) }
    let losses = zip(program.samples, codes).map { sample, code in
      squaredError(dense(program, "decoder.0", code, sigmoid), sample) + 0.3 * code.map(abs).reduce(0, +)
    }
    #expect(isClose(program.number("loss"), mean(losses)))
    #expect(isClose(program.metric("mean_activation"), mean(codes.flatMap { $0 })))
    #expect(program.metric("active_share") == 1)
  }

  /// Bits as the definition has them: -log2 of the logistic distribution's mass between q - 1/2 and q + 1/2.
  @Test func rateIsTheInformationOfTheCode() throws {
    for model in [try FamilyModels.compressing(), try FamilyModels.compressingImages()] {
      let program = try FamilyProgram(RateDistortion(rateWeight: 0.3), model, range: -0.3...0.3)
      let step = model.inputShape.rank == 1 ? 0.25 : 0.125
      let name = model.encoder.scope(model.encoder.layers.count - 1)
      let (locations, widths) = (
        program.parameters["\(name).location"]!, program.parameters["\(name).log_width"]!
      )
      let codes = model.inferenceGraph(Undercomplete()).keeping(outputs: [.output("code")])
      let values = program.run(codes)["code"]!
      var bits = 0.0
      for sample in 0..<FamilyProgram.batch {
        for (index, number) in values.sample(sample).enumerated() {
          let q = number / step
          #expect(abs(q - q.rounded()) < 1e-12)
          let channel = index * locations.count / values.sample(sample).count
          let width = 0.02 + exp(10 * widths[channel])
          func below(_ x: Double) -> Double { sigmoid((x - 10 * locations[channel]) / width) }
          bits -= log2(below(q + 0.5) - below(q - 0.5))
        }
      }
      let pixels = Double(model.inputShape.count * FamilyProgram.batch)
      #expect(isClose(program.metric("bits_per_pixel"), bits / pixels, 1e-9))
      let loss = program.run(program.program.evaluation)["loss"]!.flat[0]
      #expect(isClose(loss, program.metric("mse") + 0.3 * bits / pixels, 1e-9))
    }
  }

  /// Far from the middle the mass is smaller than a number can be; its logarithm and gradient are not.
  @Test func rateFarFromTheMiddleIsFinite() throws {
    var program = try FamilyProgram(RateDistortion(rateWeight: 1), try FamilyModels.compressing())
    program.parameters["encoder.2.location"] = [100, -100, 3000]
    program.parameters["encoder.2.log_width"] = [-2, -0.3, 0]
    let results = program.run()
    #expect(results["loss"]!.flat[0] > 1e4 && results["loss"]!.flat[0].isFinite)
    for (name, value) in results where name.hasPrefix("gradient/") {
      #expect(value.flat.allSatisfy { $0.isFinite }, "\(name)")
    }
  }

  @Test func sparseKLTakesTheMeanOverTheBatch() throws {
    let (rho, lambda) = (0.05, 0.3)
    let program = try FamilyProgram(SparseKL(rho: rho, lambda: lambda), try FamilyModels.oneLayer())
    let codes = program.samples.map { dense(program, "encoder.0", $0, sigmoid) }
    let errors = zip(program.samples, codes).map {
      squaredError(dense(program, "decoder.0", $1, sigmoid), $0)
    }
    var divergence = 0.0
    for unit in 0..<3 {
      let activation = mean(codes.map { $0[unit] })
      divergence += rho * log(rho / activation)
      divergence += (1 - rho) * log((1 - rho) / (1 - activation))
    }
    #expect(isClose(program.number("loss"), mean(errors) + lambda * divergence))
  }

  /// Of one layer: sum of (h (1 - h))^2 times the squares of the unit's weights.
  @Test func contractiveNormOfOneSigmoidLayer() throws {
    for norm in [Contractive.Norm.automatic, .exact] {
      let program = try FamilyProgram(Contractive(lambda: 0.7, norm: norm), try FamilyModels.oneLayer())
      let weights = program.parameters["encoder.0.weight"]!
      let norms = program.samples.map { sample in
        var total = 0.0
        for (unit, h) in dense(program, "encoder.0", sample, sigmoid).enumerated() {
          let slope = h * (1 - h)
          for weight in weights[unit * 6..<unit * 6 + 6] { total += slope * slope * weight * weight }
        }
        return total
      }
      #expect(isClose(program.metric("jacobian_squared_norm"), mean(norms)))
    }
  }

  /// Of deep and convolutional encoders: the Jacobian by differences of the code.
  @Test func contractiveNormOfDeepEncoders() throws {
    for model in [try FamilyModels.deep(), try FamilyModels.convolutional()] {
      let program = try FamilyProgram(Contractive(lambda: 0.7, norm: .exact), model)
      let codes = model.inferenceGraph(Undercomplete()).keeping(outputs: [.output("code")])
      let step = 1e-5
      var norms = [Double](repeating: 0, count: FamilyProgram.batch)
      for element in 0..<model.inputShape.count {
        let shifted = [step, -step].map { size in
          var moved = program
          for sample in moved.samples.indices { moved.samples[sample][element] += size }
          return moved.run(codes)["code"]!
        }
        for sample in norms.indices {
          let slopes = zip(shifted[0].sample(sample), shifted[1].sample(sample)).map {
            ($0 - $1) / (2 * step)
          }
          norms[sample] += slopes.map { $0 * $0 }.reduce(0, +)
        }
      }
      #expect(isClose(program.metric("jacobian_squared_norm"), mean(norms), 1e-6))
    }
  }

  @Test func projectionsAreRightOnAverage() async throws {
    let model = try FamilyModels.deep()
    let samples = SampleArray(
      trustedFloats: (0..<60).map { Float($0 % 7) / 7 }, count: 10, shape: [6])
    let trained = try await model.train(
      on: samples, objective: .contractive(lambda: 0.1), epochs: 1, seed: 3
    ).model
    func norm(_ norm: Contractive.Norm) throws -> Double {
      try TrainedModel(
        model: model, objective: Contractive(lambda: 0.1, norm: norm), parameters: trained.parameters, seed: 3
      ).evaluate(samples, indices: (0..<10).map { $0 }).metrics["jacobian_squared_norm"]!
    }
    let exact = try norm(.exact)
    // The deviation of the mean of 4,000 squared projections is below 3 %.
    #expect(abs(try norm(.projections(400)) - exact) < 0.1 * exact)
  }

  @Test func variationalBoundIsThatOfTheFormula() throws {
    let model = try FamilyModels.variational()
    for (objective, isBernoulli) in [
      (Variational(beta: 2), true), (Variational(likelihood: .gaussian(deviation: 0.3), beta: 2), false),
    ] {
      let program = try FamilyProgram(objective, model)
      let noise = { (sample: Int, element: Int) -> Double in
        var numbers = TestNumbers(UInt64(sample) << 20 | UInt64(element) + 1)
        _ = numbers.unit()
        return 3 * (Double(numbers.unit()) - 0.5)
      }
      var reconstructions: [Double] = []
      var divergences: [Double] = []
      for (index, sample) in program.samples.enumerated() {
        let hidden = dense(program, "encoder.0", sample, tanh)
        func part(_ name: String) -> [Double] {
          let weights = program.parameters["encoder.1.\(name)_weight"]!
          let bias = program.parameters["encoder.1.\(name)_bias"]!
          return (0..<2).map { unit in
            hidden.indices.reduce(bias[unit]) { $0 + weights[unit * 5 + $1] * hidden[$1] }
          }
        }
        let (means, logVariances) = (part("mean"), part("log_variance"))
        let code = (0..<2).map { means[$0] + exp(logVariances[$0] / 2) * noise(index, $0) }
        let output = dense(program, "decoder.0", code, sigmoid)
        var reconstruction = 0.0
        for (x, y) in zip(sample, output) {
          let cross = -(x * log(y) + (1 - x) * log(1 - y))
          let normal = (x - y) * (x - y) / 0.18 + 0.5 * log(0.18 * Double.pi)
          reconstruction += isBernoulli ? cross : normal
        }
        reconstructions.append(reconstruction)
        var divergence = 0.0
        for (mean, logVariance) in zip(means, logVariances) {
          divergence += 0.5 * (mean * mean + exp(logVariance) - 1 - logVariance)
        }
        divergences.append(divergence)
      }
      #expect(isClose(program.number("loss"), mean(reconstructions) + 2 * mean(divergences), 1e-9))
      #expect(isClose(program.metric("divergence_nats"), mean(divergences), 1e-9))
      let bound = mean(reconstructions) + mean(divergences)
      #expect(isClose(program.metric("elbo_nats"), -bound, 1e-9))
      #expect(
        isClose(program.metric("bits_per_dimension"), bound / (6 * log(2)) + (isBernoulli ? 0 : 8), 1e-9))
    }
  }

  @Test func betaWarmsUpWhileTraining() throws {
    let model = try FamilyModels.variational()
    var program = try FamilyProgram(Variational(beta: 2, warmUpEpochs: 4), model)
    var plain = try FamilyProgram(Variational(beta: 0), model)
    plain.samples = program.samples
    program.parameters["training.progress"] = [0]
    let divergence = program.metric("divergence_nats")
    let reconstruction = plain.number("loss")
    for (epochs, beta) in [(0.0, 0.0), (1, 0.5), (3, 1.5), (4, 2), (9, 2)] {
      program.parameters["training.progress"] = [epochs]
      #expect(isClose(program.number("loss"), reconstruction + beta * divergence, 1e-9))
    }
    // What is measured has all of it.
    program.parameters["training.progress"] = [0]
    #expect(
      isClose(
        program.run(program.program.evaluation)["loss"]!.flat[0], reconstruction + 2 * divergence, 1e-9))
  }
}
