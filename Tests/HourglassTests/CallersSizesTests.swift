import Foundation
import Hourglass
import HourglassTestSupport
import Testing

/// Sizes that a caller gets wrong are told in a sentence; the program goes on.
@Suite struct CallersSizesTests {
  @Test func samples() {
    expectSentence(["2 samples of shape (3)", "6 numbers, but 5 are given"], .usage) {
      _ = try SampleArray(floats: [1, 2, 3, 4, 5], count: 2, shape: [3])
    }
    expectSentence(["6 bytes, but 7 are given"], .usage) {
      _ = try SampleArray(bytes: [UInt8](repeating: 0, count: 7), count: 2, shape: [3])
    }
    for shape in [[-1], [2, -3], [Int.max, -2]] as [Shape] {
      expectSentence(["negative sizes"], .usage) { _ = try SampleArray(floats: [], count: 0, shape: shape) }
      expectSentence(["negative sizes"], .usage) {
        _ = try SampleArray(floatCount: 1, shape: shape) { _ in Issue.record("filled") }
      }
    }
    for count in [-1, Int.min, Int.max, 1 << 40] {
      expectSentence(["\(count) samples"], .usage) {
        _ = try SampleArray(floats: [], count: count, shape: [0])
      }
      expectSentence(["\(count) samples"], .usage) {
        _ = try SampleArray(byteCount: count, shape: [3]) { _ in Issue.record("filled") }
      }
    }
  }

  /// Sizes whose product no number holds.
  @Test func overflowingSamples() {
    let shape: Shape = [1 << 40, 1 << 40]
    #expect(shape.count == Int.max)
    expectSentence(["but 1 are given"], .usage) { _ = try SampleArray(floats: [1], count: 3, shape: shape) }
    expectSentence(["of memory"], .environment) {
      _ = try SampleArray(floatCount: 3, shape: shape) { _ in Issue.record("filled") }
    }
  }

  @Test func rightSizesOfSamples() throws {
    let samples = try SampleArray(floats: [1, 2, 3, 4, 5, 6], count: 2, shape: [3])
    #expect(samples.sample(1) == [4, 5, 6])
    #expect(try SampleArray(floats: [], count: 0, shape: [3]).count == 0)
    let filled = try SampleArray(byteCount: 1, shape: [2], scale: 1) { $0.copyBytes(from: [7, 8]) }
    #expect(filled.floats == [7, 8])
    struct Broken: Error {}
    #expect(throws: Broken.self) { try SampleArray(floatCount: 1, shape: [2]) { _ in throw Broken() } }
    #expect(samples.prefix(-1).count == 0 && samples.prefix(1).count == 1)
    let source: any SampleSource = MadeUpSource(count: 2, shape: [3])
    #expect(source.prefix(-5).count == 0)
  }

  @Test func indices() {
    let source = MadeUpSource(count: 2, shape: [3])
    for index in [-1, 2, Int.max] {
      expectSentence(["no sample \(index) among 2"], .usage) { _ = try source.numbers(of: index) }
    }
    expectSentence(["no sample 2 among 2"], .usage) { _ = try source.array([0, 2]) }
  }

  @Test func pictures() throws {
    for (width, height, channels) in [(0, 1, 1), (1, -1, 3), (1, 1, 2), (1, 1, 0)] {
      expectSentence(["\(width)x\(height) pixels with \(channels) channels"], .usage) {
        _ = try Picture(width: width, height: height, channels: channels, bytes: [1])
      }
    }
    expectSentence(["12 bytes, but 3 are given"], .usage) {
      _ = try Picture(width: 2, height: 2, channels: 3, bytes: [1, 2, 3])
    }
    expectSentence(["but 1 are given"], .usage) {
      _ = try Picture(width: .max, height: .max, channels: 3, bytes: [1])
    }
    let picture = try Picture(width: 2, height: 1, channels: 1, bytes: [1, 2])
    expectSentence(["-3 times"], .usage) { _ = try picture.enlarged(by: -3) }
    expectSentence(["of memory"], .environment) { _ = try picture.enlarged(by: 1 << 40) }
    expectSentence(["2 channels"], .usage) { _ = try picture.converted(toChannels: 2) }
    expectSentence(["0x1 pixels"], .usage) { _ = try picture.resized(height: 1, width: 0) }
    expectSentence(["1x-1 pixels"], .usage) { _ = try picture.cropped(height: -1, width: 1) }
    expectSentence(["of memory"], .environment) { _ = try picture.resized(height: .max, width: 4) }
    expectSentence(["0x4 pixels"], .usage) {
      _ = try picture.fitted(PictureFitting(extent: .crop(height: 4, width: 0)))
    }
  }

  @Test func data() throws {
    for (size, count) in [(3, 1), (513, 1), (40, 0), (40, Int.max)] {
      expectSentence(["\(count) patches of size \(size)"], .usage) {
        _ = try PatchSampling(size: size, count: count)
      }
    }
    for share in [-0.1, 1.5, .nan] {
      expectSentence(["shares from 0 to 1"], .usage) {
        _ = try PatchSampling(size: 40, count: 1, greyShare: share)
      }
      expectSentence(["share \(share)"], .usage) {
        _ = try Augmentation(share: share, transformations: [.rotate])
      }
    }
    expectSentence(["0 transformations"], .usage) { _ = try Augmentation(share: 0.5, transformations: []) }
    expectSentence(["inf"], .usage) {
      _ = try Augmentation(share: 0.5, transformations: [.rotate], angle: .infinity)
    }
    expectSentence(["column b has 1 rows", "first column has 2"], .usage) {
      _ = try Table(columns: [.init(name: "a", values: [1, 2]), .init(name: "b", values: [1])])
    }
    for code in [7, 2, -1, 0.5, 1e300, .infinity] {
      expectSentence(["Row 1 of the column colour", "\(code)", "0 to 1"], .usage) {
        _ = try Table(columns: [
          .init(name: "colour", kind: .category(levels: ["red", "blue"]), values: [1, code, 0])
        ])
      }
    }
    let table = try Table(columns: [
      .init(name: "colour", kind: .category(levels: ["red", "blue"]), values: [1, .nan, 0])
    ])
    #expect(table.rowCount == 3)
  }

  @Test func measures() throws {
    expectSentence(["1 numbers cannot be compared with 2"], .usage) { _ = try meanSquaredError([1], [1, 2]) }
    for shape in [[2], [1, 1, 3], [1, 0, 2], [-1, -1, 2]] as [Shape] {
      expectSentence(["(channels, height, width)", "\(shape)"], .usage) {
        _ = try structuralSimilarity([1, 2], [1, 2], shape: shape)
      }
    }
    let one = try SampleArray(bytes: [1, 2], count: 1, shape: [1, 1, 2])
    let none = try SampleArray(bytes: [], count: 0, shape: [1, 1, 2])
    for (first, second) in [(one, none), (none, none)] {
      expectSentence(["decompressed samples"], .usage) {
        _ = try CompressionQuality(original: first, decompressed: second, bytes: 1)
      }
    }
  }

  @Test func searching() throws {
    let vectors = try SampleArray(floats: [0, 1, 2], count: 3, shape: [1])
    var index = try SearchIndex(model: nil, features: 1)
    var entries = SearchIndex.Entries(vectors: vectors)
    entries.names = ["a"]
    expectSentence(["1 names for 3 vectors"], .usage) { try index.add(entries, source: "x") }
    entries.names = []
    entries.labels = [0, 1, 2]
    entries.classNames = ["zero", "one"]
    expectSentence(["A label is 2"], .usage) { try index.add(entries, source: "x") }
    entries.labels = []
    entries.images = try SampleArray(bytes: [1], count: 1, shape: [1, 1, 1])
    expectSentence(["1 pictures for 3 vectors"], .usage) { try index.add(entries, source: "x") }
    #expect(index.count == 0)
    entries.images = nil
    try index.add(entries, source: "x")
    let results = try ExactSearch(vectors).nearest(to: vectors, count: 1)
    expectSentence(["1 labels for 3 queries"], .usage) {
      _ = try retrievalPrecision(results, labels: [0, 0, 0], queryLabels: [0])
    }
    expectSentence(["2 for vectors up to number 2"], .usage) {
      _ = try retrievalPrecision(results, labels: [0, 0], queryLabels: [0, 0, 0])
    }
    let queries = (0..<4).map { SearchPage.Query(caption: "\($0)") }
    expectSentence(["4 queries, but results of 3"], .usage) {
      _ = try SearchPage(title: "t", index: index, queries: queries, results: results).html()
    }
  }

  @Test func tables() async throws {
    let scratch = ScratchFolder()
    try scratch.write("a,b\n1,2\n3,4\n", "rows.csv")
    let path = "\(scratch.path)/rows.csv"
    expectSentence(["-1 rows cannot be read"], .usage) { _ = try Table.read(path: path, limit: -1) }
    for limit in [0, -7, Int.min] {
      expectSentence(["block of \(limit) rows"], .usage) { _ = try TableReader(path: path).next(limit) }
    }
    let values = (0..<60).map(Double.init)
    let table = try Table(columns: [
      .init(name: "a", values: values), .init(name: "b", values: values.map { $0 * $0 }),
    ])
    await expectAsyncSentence(["no row 60 among 60"], .usage) {
      _ = try await AnomalyDetector.fit(table, rows: [0, 60], seed: 1)
    }
    var changed = table
    changed.columns[1].kind = .category(levels: ["one", "two"])
    await expectAsyncSentence(["Row 2 of the column b", "4.0", "0 to 1"], .usage) { [changed] in
      _ = try await AnomalyDetector.fit(changed, seed: 1)
    }
    let images = try SampleArray(bytes: [1, 2], count: 2, shape: [1, 1, 1])
    await expectAsyncSentence(["no row 2 among 2"], .usage) {
      _ = try await AnomalyDetector.fit(images: images, rows: [2], options: DetectorOptions(seed: 1))
    }
  }

  @Test func tablesOfCodes() throws {
    let scratch = ScratchFolder()
    let codes = try SampleArray(floats: [1, 2], count: 2, shape: [1])
    expectSentence(["1 labels for 2 codes"], .usage) {
      try CodeTable.write(codes, labels: [1], to: "\(scratch.path)/codes.csv")
    }
    expectSentence(["3 names for 2 codes"], .usage) {
      try CodeTable.write(codes, names: ["a", "b", "c"], to: "\(scratch.path)/codes.csv")
    }
    #expect(!scratch.exists("codes.csv"))
  }

  /// What apps show of an error is the sentence, not the name of a type.
  @Test func errorsHaveTheirSentenceAsTheirDescription() {
    let error: any Error = HourglassError(.usage, "The thing is 3", .text("give 4"))
    #expect(error.localizedDescription == "The thing is 3; give 4.")
    #expect((error as? any LocalizedError)?.errorDescription == "The thing is 3; give 4.")
  }
}
