import Foundation
import HourglassBase
import HourglassEngine
import HourglassModels
import HourglassNN
import HourglassPictures
import HourglassSearch
import HourglassTestSupport
import Testing

struct SearchIndexTests {
  private let model: TrainedModel
  private let images: SampleArray

  init() throws {
    let autoencoder = try Autoencoder(input: .image(channels: 1, height: 6, width: 5)) {
      Encoder {
        Flatten()
        Dense(4)
      }
      Decoder {
        Dense(30, activation: .sigmoid)
        Reshape([1, 6, 5])
      }
    }
    let parameters = ParameterStore(
      try autoencoder.parameters().map {
        ($0.name, $0.specification.shape, $0.specification.isTrainable)
      })
    var random = RandomNumbers(seed: 4, purpose: .initialization)
    for entry in parameters.entries {
      parameters.write(entry.name, (0..<entry.count).map { _ in Float(random.normal()) })
    }
    model = TrainedModel(model: autoencoder, objective: .undercomplete(), parameters: parameters, seed: 3)
    images = SampleArray(
      trustedBytes: (0..<40 * 30).map { _ in UInt8(random.index(below: 256)) }, count: 40, shape: [1, 6, 5])
  }

  private func entries(_ range: Range<Int>) throws -> SearchIndex.Entries {
    let part = SampleArray(
      trustedBytes: range.flatMap { images.sample($0).map { UInt8($0 * 255 + 0.5) } }, count: range.count,
      shape: images.shape)
    var entries = SearchIndex.Entries(vectors: try model.encode(part))
    entries.labels = range.map { $0 % 3 }
    entries.classNames = ["a", "b", "c"]
    entries.images = part
    return entries
  }

  @Test func classesGrowInProportion() throws {
    let ratio = try growth(from: 20_000) { count in
      var index = try SearchIndex(model: nil, features: 1)
      for _ in 0..<2 {
        var entries = SearchIndex.Entries(vectors: SampleArray(trustedFloats: [1], count: 1, shape: [1]))
        entries.classNames = (0..<count).map { "class \($0)" }
        entries.labels = [count - 1]
        try index.add(entries, source: "a")
      }
      #expect(index.classNames.count == count && index.labels == [count - 1, count - 1])
    }
    #expect(ratio < 3.5)
  }

  private func withFile(_ body: (String) throws -> Void) throws {
    try withScratchFolder { try body($0 + "/an.index") }
  }

  private func index(approximate: Bool) throws -> SearchIndex {
    var index = try SearchIndex(
      model: model, metric: .cosine, fitting: PictureFitting(extent: .crop(height: 6, width: 5), channels: 1),
      approximation: approximate ? ApproximateSearch.Settings() : nil)
    try index.add(try entries(0..<25), source: "first")
    return index
  }

  /// Files count by their names; samples without files, by the name of their source.
  @Test func whatIsAddedAgainIsTold() throws {
    var index = try index(approximate: false)
    func note(_ range: Range<Int>, files: [Int] = [], source: String) throws -> String? {
      var entries = try entries(range)
      entries.names = files.map { "f/\($0).png" }
      let note = index.repetitionNote(of: entries, source: source)
      try index.add(entries, source: source)
      return note
    }
    let end =
      "in the index already, so they are now in it more than once; make the index anew to have each once."
    #expect(try note(0..<5, source: "second") == nil)
    #expect(try note(0..<8, source: "second") == "Of 8 names added, 5 were \(end)")
    #expect(try note(0..<4, files: [0, 1, 2, 3], source: "f") == nil)
    #expect(try note(0..<4, files: [4, 3, 5, 1], source: "f") == "Of 4 names added, 2 were \(end)")
    #expect(try note(0..<2, files: [6, 7], source: "f") == nil)
  }

  @Test(arguments: [false, true]) func comesBackFromItsFile(approximate: Bool) async throws {
    var index = try index(approximate: approximate)
    var others = try entries(25..<40)
    others.names = (25..<40).map { "folder/\($0),\n.png" }
    // Classes are the same where their names are.
    others.classNames = ["c", "new", "a"]
    try index.add(others, source: "second")
    try await index.finish()
    try withFile { path in
      try index.write(to: path)
      let read = try SearchIndex.read(path: path)
      #expect(read.vectors.floats == index.vectors.floats && read.count == 40 && read.metric == .cosine)
      #expect(read.labels == index.labels && read.classNames == ["a", "b", "c", "new"])
      #expect(read.labels[24...27] == [0, 3, 0, 2] as ArraySlice)
      #expect(read.caption(3) == "first 3" && read.caption(30) == "folder/30,\n.png")
      #expect(read.model?.weightsDigest == model.weightsDigest && read.fitting == index.fitting)
      #expect(read.wholeSamples?.floats == images.floats && read.recall == index.recall)
      let search = try IndexSearch(read)
      #expect((search.approximate != nil) == approximate)
      let found = try search.nearest(to: read.queries(images), count: 1)
      #expect(found.indices == (0..<40).map { UInt32($0) })
      // Each code is the model's, to the last bit.
      #expect(read.vectors.floats == (try model.encode(images).floats))
    }
  }

  /// A changed byte anywhere is noticed before anything is made of it.
  @Test func noticesDamage() async throws {
    var index = try index(approximate: true)
    try await index.finish()
    try withFile { path in
      try index.write(to: path)
      let good = Array(try Data(contentsOf: URL(filePath: path)))
      var random = RandomNumbers(seed: 6, purpose: .initialization)
      for round in 0..<200 {
        var bytes = good
        if round % 10 == 0 {
          bytes.removeLast(1 + random.index(below: bytes.count - 1))
        } else {
          bytes[random.index(below: bytes.count)] ^= UInt8(1 + random.index(below: 255))
        }
        try Data(bytes).write(to: URL(filePath: path))
        let error = #expect(throws: HourglassError.self) { try SearchIndex.read(path: path) }
        #expect(error?.code == .badData && error?.message.contains(path) ?? false)
      }
    }
  }

  @Test func refusesOtherFiles() throws {
    try withFile { path in
      for text in ["", "no index", #"{"__metadata__":{}}"#] {
        try Data(text.utf8).write(to: URL(filePath: path))
        let error = #expect(throws: HourglassError.self) { try SearchIndex.read(path: path) }
        #expect(error?.message == "\(path) is no index of hourglass; make an index.")
      }
      try model.write(to: path)
      let error = #expect(throws: HourglassError.self) { try SearchIndex.read(path: path) }
      #expect(error?.message.contains("has no format \"hourglass index 1\"") ?? false)
    }
  }

  @Test func refusesWhatDoesNotFit() throws {
    var index = try index(approximate: false)
    let wide = SearchIndex.Entries(vectors: SampleArray(trustedFloats: [1, 2], count: 1, shape: [2]))
    #expect(throws: HourglassError.self) { try index.add(wide, source: "wide") }
    #expect(throws: HourglassError.self) { try index.queries(wide.vectors) }
    let plain = try SearchIndex(model: nil, features: 2)
    #expect(throws: HourglassError.self) {
      try plain.samples([Picture(width: 1, height: 1, channels: 1, trusted: [0])])
    }
  }

  /// Pictures of any size become what the model takes.
  @Test func fitsPictures() throws {
    let index = try index(approximate: false)
    let picture = Picture(width: 20, height: 60, channels: 3, trusted: Array(repeating: 90, count: 3600))
    let samples = try index.samples([picture])
    #expect(samples.shape == [1, 6, 5] && samples.sample(0).allSatisfy { abs($0 - 90.0 / 255) < 0.01 })
  }

  /// What is added to stays as it was made.
  @Test func saysWhatCannotBeAdded() throws {
    let exact = try index(approximate: false)
    let approximate = try index(approximate: true)
    let plain = try SearchIndex(model: nil, features: 4)
    let parameters = ParameterStore(
      try model.model.parameters().map { ($0.name, $0.specification.shape, $0.specification.isTrainable) })
    let other = TrainedModel(
      model: model.model, objective: .undercomplete(), parameters: parameters, seed: 3)

    for metric in [nil, DistanceMetric.cosine] {
      try exact.checkTakes(vectorsOf: model, named: "run", path: "i", metric: metric)
      try approximate.checkTakes(
        vectorsOf: model, named: "run", path: "i", metric: metric, isApproximate: true)
    }
    try plain.checkTakes(vectorsOf: nil, named: "v.npy", path: "i")

    func expectRefusal(_ fact: String, _ remedies: [HourglassError.Remedy], _ body: () throws -> Void) {
      #expect(thrownError(body) == HourglassError(.usage, fact, remedies: remedies))
    }
    for stranger in [other, nil] {
      expectRefusal(
        "i holds the codes of another model, which cannot be compared with those of run", [.choose(.output)]
      ) { try exact.checkTakes(vectorsOf: stranger, named: "run", path: "i") }
    }
    expectRefusal(
      "i holds vectors without a model, which cannot be compared with those of run", [.choose(.output)]
    ) { try plain.checkTakes(vectorsOf: model, named: "run", path: "i") }
    expectRefusal("i was made with the cosine distance, not euclidean", [.leaveOut(.metric)]) {
      try exact.checkTakes(vectorsOf: model, named: "run", path: "i", metric: .euclidean)
    }
    let graph = "i keeps the graph that it was made with or none"
    let remedies = [HourglassError.Remedy.leaveOut(.approximation), .text("make a new index")]
    expectRefusal(graph, remedies) {
      try exact.checkTakes(vectorsOf: model, named: "run", path: "i", isApproximate: true)
    }
    expectRefusal(graph, remedies) {
      try approximate.checkTakes(
        vectorsOf: model, named: "run", path: "i", isApproximate: true, setsGraph: true)
    }
  }

  @Test func pageShowsResults() throws {
    var index = try index(approximate: false)
    var others = SearchIndex.Entries(vectors: index.vectors.prefix(1))
    others.names = ["<b>.png"]
    try index.add(others, source: "more")
    let found = try IndexSearch(index).nearest(to: index.vectors.prefix(2), count: 26)
    let page = try SearchPage(
      title: "A & B", index: index, queries: [SearchPage.Query(caption: "query 1", className: "a")],
      results: found
    ).html()
    #expect(
      page.contains("<h1>A &amp; B</h1>") && page.contains("&lt;b&gt;.png") && !page.contains("<b>.png"))
    #expect(page.components(separatedBy: "<li").count == 27)
    #expect(!page.contains("http:") && !page.contains("https:"))
  }

  /// Files and classes of any name stay texts on the page and cells in the table.
  @Test func hostileNamesStayTexts() throws {
    func index(_ names: [String]) throws -> SearchIndex {
      var entries = SearchIndex.Entries(
        vectors: SampleArray(trustedFloats: names.indices.map { Float($0) }, count: names.count, shape: [1]))
      (entries.names, entries.labels, entries.classNames) = (names, names.indices.map { $0 }, names)
      var index = try SearchIndex(model: nil, features: 1)
      try index.add(entries, source: "names")
      return index
    }
    func page(_ names: [String]) throws -> (html: String, table: [[String]]) {
      let index = try index(names)
      let found = try IndexSearch(index).nearest(to: index.vectors.prefix(1), count: names.count)
      let scratch = ScratchFolder()
      try found.writeTable(to: "\(scratch.path)/found.csv", index: index)
      let page = SearchPage(
        title: names[0], notes: names, index: index,
        queries: [SearchPage.Query(caption: names[1], className: names[2])], results: found)
      return (try page.html(), rows(ofTable: try scratch.read("found.csv")))
    }
    let names = HostileNames.all
    let (html, table) = try page(names)
    #expect(tags(of: html) == tags(of: try page(names.indices.map { "a\($0)" }).html))
    #expect(table.count == names.count + 1 && table.allSatisfy { $0.count == 6 })
    for column in 4...5 {
      #expect(table.dropFirst().map { Array($0[column].utf8) } == names.map { Array($0.utf8) })
    }
  }
}
