import Hourglass
import HourglassTestSupport
import Testing

/// Every use takes samples from any source, and makes of them what it makes of the same samples in memory.
@Suite struct SampleSourceUseTests {
  private static let count = 60
  private static let bytes = (0..<count * 36).map { UInt8(truncatingIfNeeded: $0 * $0 / 5 + $0 % 36 * 7) }
  private let elsewhere = FileSource(bytes: Self.bytes, shape: [1, 6, 6])
  private let inMemory = SampleArray(trustedBytes: Self.bytes, count: Self.count, shape: [1, 6, 6])

  private func trained() async throws -> TrainedModel {
    let model = try Autoencoder(
      inputShape: [1, 6, 6], encoder: [Flatten(), Dense(5), QuantizedCode()],
      decoder: [Dense(36, activation: .sigmoid), Reshape([1, 6, 6])])
    return try await model.train(
      on: elsewhere, objective: .rateDistortion(rateWeight: 0.01), epochs: 1, seed: 1, threads: 1
    ).model
  }

  @Test func detection() async throws {
    var options = DetectorOptions(seed: 1)
    options.epochs = 1
    let detector = try await AnomalyDetector.fit(images: elsewhere, options: options)
    let same = try await AnomalyDetector.fit(images: inMemory, options: options)
    #expect(try detector.scores(elsewhere).values == same.scores(inMemory).values)
    #expect(detector.threshold.value == same.threshold.value)
  }

  @Test func compressionAndSearch() async throws {
    let model = try await trained()
    let compressor = try Compressor(model)
    #expect(try compressor.compress(elsewhere) == compressor.compress(inMemory))
    var index = try SearchIndex(model: model)
    var entries = SearchIndex.Entries(vectors: try model.encode(elsewhere))
    entries.images = elsewhere
    try index.add(entries, source: "elsewhere")
    try await index.finish()
    let results = try IndexSearch(index).nearest(to: index.queries(elsewhere.prefix(4)), count: 2)
    let same = try IndexSearch(index).nearest(to: index.queries(inMemory.prefix(4)), count: 2)
    #expect(results.distances == same.distances && results.indices == same.indices)
    #expect(
      try index.sheet(results, for: elsewhere.prefix(4)).bytes
        == index.sheet(results, for: inMemory.prefix(4)).bytes)
  }

  @Test func reportsAndData() async throws {
    let set = try DataSet(name: "elsewhere", training: elsewhere)
    let model = try await trained()
    let context = try CardContext(model, data: set, limit: 20, seed: 1, threads: 1)
    let same = try CardContext(
      model, data: try DataSet(name: "elsewhere", training: inMemory), limit: 20, seed: 1, threads: 1)
    let cards = try [context, same].map { try ReportCard(title: "card", data: set, $0) }
    #expect(cards[0].sections.map(\.metrics) == cards[1].sections.map(\.metrics))
    let part = try DataPart(set, split: nil, usual: .train, limit: 7)
    #expect(part.samples.count == 7 && part.samples.sample(6) == inMemory.sample(6))
    #expect(
      try set.fitted(PictureFitting(extent: .resize(height: 3, width: 3))).training.array().floats
        == DataSet(name: "", training: inMemory)
        .fitted(PictureFitting(extent: .resize(height: 3, width: 3))).training.array().floats)
  }
}
