import HourglassBase
import HourglassData
import HourglassModels
import HourglassNN
import HourglassReports
import HourglassTestSupport
import Testing

/// Small trained models with data, the uses on their report cards, and what figures are counted anew with.
enum CardFixture {
  /// Samples that are measured at most.
  static let limit = 60
  static let seed: UInt64 = 1

  /// Points near a plane in eight dimensions.
  static func plane(_ count: Int, state: UInt64) -> SampleArray {
    var numbers = TestNumbers(state)
    let floats = (0..<count).flatMap { _ in
      let (a, b) = (numbers.unit(), numbers.unit())
      return (0..<8).map { place in
        let (rising, falling) = (0.05 * Float(place) * a, 0.04 * Float(7 - place) * b * b)
        return 0.3 + rising + falling + 0.02 * numbers.unit()
      }
    }
    return SampleArray(trustedFloats: floats, count: count, shape: [8])
  }

  /// Grey ramps of 6 x 5 pixels with noise.
  static func ramps(_ count: Int, state: UInt64) -> [UInt8] {
    var numbers = TestNumbers(state)
    return (0..<count).flatMap { _ in
      let (start, slope) = (60 + 140 * numbers.unit(), 4 * numbers.unit() - 2)
      return (0..<30).map { UInt8(start + slope * Float($0) / 2 + 12 * numbers.unit()) }
    }
  }

  /// Trained a moment to make eight numbers of two.
  static func model(
    on training: SampleArray, objective: any Objective = .undercomplete(), code: any Layer = Dense(2)
  ) async throws -> TrainedModel {
    let model = try Autoencoder(inputShape: [8], encoder: [code], decoder: [Dense(8)])
    return try await model.train(
      on: training, objective: objective, optimizer: .adam(learningRate: 0.01), epochs: 60, seed: 3
    ).model
  }

  /// Trained a moment to compress `ramps`.
  static func compressingModel(on training: SampleArray) async throws -> TrainedModel {
    let model = try Autoencoder(
      inputShape: [1, 6, 5], encoder: [Flatten(), Dense(6), QuantizedCode()],
      decoder: [Dense(30, activation: .sigmoid), Reshape([1, 6, 5])])
    return try await model.train(
      on: training, objective: .rateDistortion(rateWeight: 0.002), optimizer: .adam(learningRate: 0.01),
      epochs: 30, batchSize: 20, seed: 1
    ).model
  }

  /// The use of this key on the model's card.
  static func section(_ key: String, of model: TrainedModel, _ data: DataSet) throws -> CardSection {
    let context = try CardContext(model, data: data, limit: limit, seed: seed, threads: 1)
    return try #require(try ReportCard(title: "card", data: data, context).sections.first { $0.key == key })
  }

  /// The places of the nearest points, by brute force; of equally near ones the first.
  static func nearest(_ count: Int, to query: [Float], among points: [[Float]]) -> [Int] {
    let distances = points.map { squaredDistance($0, query) }
    return Array(points.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }.prefix(count))
  }

  static func squaredDistance(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
  }
}

extension SampleArray {
  /// The numbers of each sample.
  var points: [[Float]] { (0..<count).map { sample($0) } }
}
