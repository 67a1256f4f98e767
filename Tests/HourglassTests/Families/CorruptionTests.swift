import Foundation
import Hourglass
import HourglassEngine
import HourglassGraph
import HourglassNN
import Testing

/// What corruptions do to many pixels of one shade.
@Suite struct CorruptionTests {
  private func model() throws -> Autoencoder {
    try Autoencoder(input: .image(channels: 1, height: 20, width: 20)) {
      Encoder { Conv2D(1, kernel: 1) }
      Decoder { Conv2D(1, kernel: 1) }
    }
  }

  /// What 50 samples of this shade look like to the model.
  private func shown(_ corruption: Corruption, shade: Float) throws -> [Float] {
    let model = try model()
    let objective = Denoising(corruption)
    let store = try model.trainingProgram(objective).makeParameters(seed: 1)
    let data = SampleArray(
      floats: Array(repeating: shade, count: 50 * 400), count: 50, shape: [1, 20, 20])
    return try TrainedModel(model: model, objective: objective, parameters: store, seed: 4)
      .pass(over: data).shown.floats
  }

  private func moments(_ values: [Float]) -> (mean: Double, variance: Double) {
    let count = Double(values.count)
    let mean = values.map(Double.init).reduce(0, +) / count
    return (mean, values.map { (Double($0) - mean) * (Double($0) - mean) }.reduce(0, +) / count)
  }

  @Test func saltAndPepper() throws {
    let values = try shown(.saltAndPepper(0.3), shade: 0.4)
    let shares = [0, 1, 0.4].map { shade in Double(values.count { $0 == shade }) / 20_000 }
    // Three deviations of a share of 20,000 draws are 0.0108 at most.
    #expect(abs(shares[0] - 0.15) < 0.011 && abs(shares[1] - 0.15) < 0.011 && abs(shares[2] - 0.7) < 0.011)
    #expect(shares.reduce(0, +) == 1)
  }

  @Test func masking() throws {
    let values = try shown(.masking(0.3), shade: 0.4)
    let kept = Double(values.count { $0 == 0.4 }) / 20_000
    #expect(abs(kept - 0.7) < 0.011 && values.allSatisfy { $0 == 0.4 || $0 == 0 })
    #expect(try shown(.masking(0), shade: 0.4).allSatisfy { $0 == 0.4 })
    #expect(try shown(.masking(1), shade: 0.4).allSatisfy { $0 == 0 })
  }

  /// Mean and variance of a Poisson distribution are both its rate.
  @Test(arguments: [4.0, 20, 64, 200])
  func poisson(_ peak: Double) throws {
    let rate = 0.3 * peak
    let counts = try shown(.poisson(peak: peak), shade: 0.3).map { Float(Double($0) * peak) }
    let (mean, variance) = moments(counts)
    // Clipping at 1 takes away what lies above the peak: at 4 photons, 0.6 % of the draws.
    #expect(abs(mean - rate) < 0.03 * rate)
    #expect(abs(variance - rate) < 0.08 * rate)
    if peak <= 64 { #expect(counts.allSatisfy { abs($0 - $0.rounded()) < 1e-4 }) }
    #expect(try shown(.poisson(peak: peak), shade: 0).allSatisfy { $0 == 0 })
  }

  @Test func blurSpreadsAPointAndKeepsTheSum() throws {
    let model = try model()
    let objective = Denoising(.blur(1.5))
    let store = try model.trainingProgram(objective).makeParameters(seed: 1)
    var point = [Float](repeating: 0, count: 400)
    point[10 * 20 + 10] = 1
    let data = SampleArray(floats: point, count: 1, shape: [1, 20, 20])
    let image = try TrainedModel(model: model, objective: objective, parameters: store, seed: 4)
      .pass(over: data).shown.floats
    let weights = (-5...5).map { exp(-Double($0 * $0) / 4.5) }
    let total = weights.reduce(0, +)
    for (row, column) in [(10, 10), (10, 12), (7, 9), (15, 15), (10, 16)] {
      let distance = (abs(row - 10), abs(column - 10))
      let expected =
        distance.0 > 5 || distance.1 > 5
        ? 0 : weights[5 + distance.0] * weights[5 + distance.1] / (total * total)
      #expect(abs(Double(image[row * 20 + column]) - expected) < 1e-6)
    }
    #expect(abs(image.reduce(0, +) - 1) < 1e-5)
  }

  /// Training on one sample twice: noise drawn once is the same in both epochs.
  @Test func noiseDrawnOnceStays() throws {
    for (corruption, stays) in [
      (Corruption.gaussian(0.3), false), (Corruption.gaussian(0.3).drawnOnce, true),
    ] {
      let builder = GraphBuilder()
      let model = try model()
      let half = ModelInGraph(model: model, context: LayerContext(builder: builder, isTraining: true))
      builder.output(
        "shown", Denoising(corruption).shown(builder.input("x", shape: model.inputShape), half))
      let data = SampleArray(floats: Array(repeating: 0.5, count: 400), count: 1, shape: [1, 20, 20])
      let pass = try ForwardPass(builder.graph, over: data, parameters: ParameterStore([]), seed: 2)
      let looks = [UInt32(0), 1, 7].map { epoch in
        pass.run([0], epoch: epoch)
        return pass.withOutput("shown") { Array($0) }
      }
      #expect((looks[0] == looks[1] && looks[1] == looks[2]) == stays)
      pass.run([0])
      #expect(pass.withOutput("shown") { Array($0) } != looks[0])
    }
  }
}
