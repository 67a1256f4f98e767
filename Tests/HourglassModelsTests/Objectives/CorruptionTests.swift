import Foundation
import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassModels
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
      trustedFloats: Array(repeating: shade, count: 50 * 400), count: 50, shape: [1, 20, 20])
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

  @Test func hidden() throws {
    let values = try shown(.hidden(3), shade: 0.4)
    #expect(values.indices.allSatisfy { values[$0] == ($0 % 400 < 397 ? 0.4 : 0) })
    let model = try model()
    for count in [400, 401] {
      let error = #expect(throws: HourglassError.self) { try Denoising(.hidden(count)).check(model) }
      #expect(error?.message.contains("hides \(count) elements") == true)
    }
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
    let data = SampleArray(trustedFloats: point, count: 1, shape: [1, 20, 20])
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

  // MARK: - Blur of each sample's own

  /// What 60 samples look like that are all black but for one white pixel.
  private func points(_ corruption: Corruption, row: Int, column: Int) throws -> [[Float]] {
    let model = try model()
    let objective = Denoising(corruption)
    let store = try model.trainingProgram(objective).makeParameters(seed: 1)
    var point = [Float](repeating: 0, count: 400)
    point[row * 20 + column] = 1
    let data = SampleArray(trustedFloats: (0..<60).flatMap { _ in point }, count: 60, shape: [1, 20, 20])
    let shown = try TrainedModel(model: model, objective: objective, parameters: store, seed: 4)
      .pass(over: data).shown
    return (0..<60).map { shown.sample($0) }
  }

  /// The Gaussian's values give its deviation, and with that all others.
  @Test func blurIsDrawnForEachSample() throws {
    var deviations: [Double] = []
    for image in try points(.blur(0.5...1.5), row: 10, column: 10) {
      // Neighbours are exp(-1 / (2 s^2)) as bright.
      let ratio = Double(image[10 * 20 + 11] / image[10 * 20 + 10])
      let deviation = (-1 / (2 * log(ratio))).squareRoot()
      deviations.append(deviation)
      let weights = (-5...5).map { exp(-Double($0 * $0) / (2 * deviation * deviation)) }
      let total = weights.reduce(0, +)
      for (row, column) in [(10, 12), (7, 9), (15, 15), (10, 16)] {
        let (down, right) = (abs(row - 10), abs(column - 10))
        let expected = down > 5 || right > 5 ? 0 : weights[5 + down] * weights[5 + right] / (total * total)
        #expect(abs(Double(image[row * 20 + column]) - expected) < 1e-5)
      }
      #expect(abs(image.reduce(0, +) - 1) < 1e-5)
    }
    #expect(deviations.allSatisfy { $0 > 0.499 && $0 < 1.501 })
    // Sixty even draws: the mean's deviation is 0.037.
    #expect(abs(deviations.reduce(0, +) / 60 - 1) < 0.12)
    #expect(deviations.min() ?? 1 < 0.65 && deviations.max() ?? 0 > 1.35)
  }

  /// A range without extent is the fixed blur, at the edges too, where a radius of nine reaches beyond half the image.
  @Test(arguments: [(0, 0), (19, 8), (10, 18)])
  func drawnBlurMirrorsAsTheFixedOne(_ row: Int, _ column: Int) throws {
    let fixed = try points(.blur(3), row: row, column: column)
    let drawn = try points(.blur(3...3), row: row, column: column)
    for (one, other) in zip(fixed.joined(), drawn.joined()) { #expect(abs(one - other) < 1e-6) }
  }

  @Test func noiseIsAddedToABlur() throws {
    func grey(_ samples: [[Float]]) -> Bool {
      samples.allSatisfy { Array($0[0..<64]) == Array($0[64..<128]) }
    }
    let plain = Corruption.blur(0.5...1.5, noise: 0.05)
    let values = try noise(plain, [0.5, 0.5, 0.5])
    // 19,200 draws: three deviations of their variance are 3.1 %. A blur changes nothing where all is of one shade.
    #expect(abs(moments(values.flatMap(\.self)).variance - 0.0025) < 0.0001 && !grey(values))
    #expect(try grey(noise(plain.keepingGrey, [0.5, 0.5, 0.5])))
    #expect(try noise(.blur(0.5...1.5), [0.5, 0.5, 0.5]).joined().allSatisfy { abs($0) < 1e-6 })
  }

  @Test func blursOutOfRangeAreRefused() throws {
    for corruption in [
      Corruption.blur(0), .blur(0...1), .blur(1...11), .blur(0.5...1, noise: 2), .blur(.nan),
    ] {
      let error = #expect(throws: HourglassError.self) { try model().trainingProgram(Denoising(corruption)) }
      #expect(error?.code == .usage && error?.fact.contains("The blur has deviations of ") == true)
    }
  }

  // MARK: - Gaussian noise of photos

  /// What a model of three channels sees of a sample without contrast, grey or not, in 100 samples.
  private func noise(_ corruption: Corruption, _ shades: [Float]) throws -> [[Float]] {
    let model = try Autoencoder(input: .image(channels: 3, height: 8, width: 8)) {
      Encoder { Conv2D(1, kernel: 1) }
      Decoder { Conv2D(3, kernel: 1) }
    }
    let objective = Denoising(corruption)
    let store = try model.trainingProgram(objective).makeParameters(seed: 1)
    let sample = shades.flatMap { Array(repeating: $0, count: 64) }
    let data = SampleArray(
      trustedFloats: (0..<100).flatMap { _ in sample }, count: 100, shape: [3, 8, 8])
    let shown = try TrainedModel(model: model, objective: objective, parameters: store, seed: 4)
      .pass(over: data).shown
    return (0..<100).map { index in zip(shown.sample(index), sample).map { $0 - $1 } }
  }

  @Test func noiseOfGreyPicturesIsGrey() throws {
    func channels(_ noise: [Float]) -> [ArraySlice<Float>] { (0..<3).map { noise[$0 * 64..<($0 + 1) * 64] } }
    for sample in try noise(.gaussian(0.1).keepingGrey, [0.5, 0.5, 0.5]).map(channels) {
      #expect(Array(sample[0]) == Array(sample[1]) && Array(sample[1]) == Array(sample[2]))
    }
    // A little colour, or a corruption that does not look: noise of each channel's own.
    for (corruption, shades) in [
      (Corruption.gaussian(0.1).keepingGrey, [0.5, 0.5, 0.502] as [Float]),
      (.gaussian(0.1), [0.5, 0.5, 0.5]),
    ] {
      for sample in try noise(corruption, shades).map(channels) {
        #expect(Array(sample[0]) != Array(sample[1]))
      }
    }
    let all = try noise(.gaussian(0.1).keepingGrey, [0.5, 0.5, 0.5]).flatMap { $0 }
    // 6,400 draws: three deviations of their variance are 5.3 %.
    #expect(abs(moments(all).mean) < 0.004 && abs(moments(all).variance - 0.01) < 0.0006)
  }

  /// Every sample has a deviation of its own; their squares are those of a uniform distribution.
  @Test func deviationIsDrawn() throws {
    let deviations = try noise(.gaussian(0.02...0.1), [0.5, 0.4, 0.5]).map {
      moments($0).variance.squareRoot()
    }
    #expect(deviations.allSatisfy { $0 > 0.015 && $0 < 0.115 })
    #expect(deviations.min() ?? 1 < 0.03 && deviations.max() ?? 0 > 0.09)
    let mean = deviations.reduce(0, +) / 100
    #expect(abs(mean - 0.06) < 0.008)
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
      let data = SampleArray(trustedFloats: Array(repeating: 0.5, count: 400), count: 1, shape: [1, 20, 20])
      let pass = try ForwardPass(builder.graph, over: data, parameters: ParameterStore([]), seed: 2)
      let looks = try [UInt32(0), 1, 7].map { epoch in
        try pass.run([0], epoch: epoch)
        return pass.withOutput("shown") { Array($0) }
      }
      #expect((looks[0] == looks[1] && looks[1] == looks[2]) == stays)
      try pass.run([0])
      #expect(pass.withOutput("shown") { Array($0) } != looks[0])
    }
  }
}
