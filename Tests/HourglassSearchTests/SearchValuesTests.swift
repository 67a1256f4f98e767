import HourglassBase
import HourglassEngine
import HourglassModels
import HourglassNN
import HourglassSearch
import HourglassTestSupport
import Testing

/// Queries mean what the vectors of the index mean, whatever they are stored as.
struct SearchValuesTests {
  private static let numbers = (0..<20 * 4).map { UInt8($0 * 73 % 256) }
  private let asBytes = SampleArray(trustedBytes: numbers, count: 20, shape: [4])
  private let asLevels = SampleArray(trustedFloats: numbers.map { Float($0) }, count: 20, shape: [4])
  private let broken = SampleArray(trustedFloats: [0, 1, 2, 37.5], count: 1, shape: [4])

  private func index(_ vectors: SampleArray) throws -> SearchIndex {
    var index = try SearchIndex(model: nil, features: 4)
    try index.add(SearchIndex.Entries(vectors: vectors), source: "vectors")
    return index
  }

  private func nearest(_ queries: SampleArray, in index: SearchIndex) throws -> [Int] {
    let results = try IndexSearch(index).nearest(to: index.queries(queries, threads: 1), count: 1, threads: 1)
    return (0..<results.queries).map { results.of($0)[0].index }
  }

  @Test func bytesAndFloatsFindTheSame() throws {
    try withScratchFolder { folder in
      for vectors in [asBytes, asLevels] {
        try index(vectors).write(to: "\(folder)/an.index")
        let read = try SearchIndex.read(path: "\(folder)/an.index")
        for queries in [asBytes, asLevels] {
          #expect(try nearest(queries, in: read) == Array(0..<20))
          let note = try read.matched(queries, named: "q.npy").note
          #expect((note == nil) == (queries.element == vectors.element))
          #expect(note?.contains("the index holds") ?? true)
        }
      }
      try index(asBytes).write(to: "\(folder)/an.index")
      let read = try SearchIndex.read(path: "\(folder)/an.index")
      expectSentence(["the queries", "37.5", "bytes"], .badData) { _ = try read.queries(broken) }
    }
  }

  /// What is added is read as what is there.
  @Test func vectorsAreAddedInTheSameUnits() throws {
    var index = try index(asBytes)
    let note = try index.addTelling(SearchIndex.Entries(vectors: asLevels), source: "more.npy")
    #expect(note?.contains("more.npy") ?? false)
    #expect(index.count == 40 && index.vectors.sample(20) == asBytes.sample(0))
    let entries = SearchIndex.Entries(vectors: broken)
    expectSentence(["broken.npy", "37.5"], .badData) {
      var other = index
      try other.add(entries, source: "broken.npy")
    }
  }

  @Test func aModelKnowsWhatItLearnt() async throws {
    let model = try await Autoencoder(
      inputShape: [4], encoder: [Dense(3)], decoder: [Dense(4, activation: .sigmoid)]
    ).train(on: asBytes, epochs: 1, seed: 1, threads: 1).model
    var index = try SearchIndex(model: model)
    try index.add(SearchIndex.Entries(vectors: model.encode(asBytes)), source: "bytes")
    try withScratchFolder { folder in
      try index.write(to: "\(folder)/an.index")
      let read = try SearchIndex.read(path: "\(folder)/an.index")
      #expect(read.model?.values == model.values)
      #expect(try read.queries(asLevels).floats == index.vectors.floats)
      expectSentence(["37.5"], .badData) { _ = try read.queries(broken) }
      // Codes are in units of their own.
      let codes = SampleArray(trustedFloats: [-40, 0, 1000], count: 1, shape: [3])
      #expect(try read.queries(codes).floats == codes.floats)
      let byteCodes = SampleArray(trustedBytes: [1, 2, 3], count: 1, shape: [3])
      expectSentence(["codes", "bytes", "float32"], .badData) { _ = try read.queries(byteCodes) }
    }
  }
}
