import HourglassBase
import HourglassEngine
import HourglassPictures
import HourglassSearch
import HourglassTestSupport
import Testing

struct SearchPrecisionTests {
  /// Twelve pictures of 2 x 2, dark ones of class "dark" and bright ones of class "bright"; their vectors are the pixels.
  private func index(hasLabels: Bool = true, hasImages: Bool = true) throws -> SearchIndex {
    var bytes: [UInt8] = []
    for index in 0..<12 {
      let base = index < 6 ? 0 : 200
      for pixel in 0..<4 { bytes.append(UInt8(base + (pixel * 5 + index) % 13)) }
    }
    let images = SampleArray(trustedBytes: bytes, count: 12, shape: [1, 2, 2])
    var entries = SearchIndex.Entries(
      vectors: SampleArray(trustedFloats: images.floats, count: 12, shape: [4]))
    if hasLabels { (entries.labels, entries.classNames) = ((0..<12).map { $0 / 6 }, ["dark", "bright"]) }
    if hasImages { entries.images = images }
    var index = try SearchIndex(
      model: nil, features: 4, metric: .euclidean, fitting: PictureFitting(), approximation: nil)
    try index.add(entries, source: "twelve")
    return index
  }

  /// A bright picture, a dark one, and a dark one that says it is bright.
  private var questions: SearchQuestions {
    SearchQuestions(
      samples: SampleArray(
        trustedBytes: Array(repeating: 205, count: 4) + Array(repeating: 5, count: 8), count: 3,
        shape: [1, 2, 2]),
      labels: [0, 1, 0], classNames: ["bright", "dark"], captions: ["query"])
  }

  private func results(_ index: SearchIndex) throws -> SearchResults {
    let vectors = SampleArray(trustedFloats: questions.samples.floats, count: 3, shape: [4])
    return try IndexSearch(index).nearest(to: vectors, count: 5, threads: 1, progress: { _ in })
  }

  @Test func classesAreTheSameByName() throws {
    let index = try index()
    let precision = try #require(SearchPrecision(of: questions, in: index))
    #expect(try precision(try results(index)) == 2.0 / 3)
    #expect(precision.hasBaselines)
    let baselines = try precision.baselines(count: 5, threads: 1)
    // The vectors are the pixels.
    #expect(baselines.pixels == 2.0 / 3 && baselines.components == 2.0 / 3)
  }

  @Test func withoutClassesOrPicturesThereIsLess() throws {
    #expect(SearchPrecision(of: questions, in: try index(hasLabels: false)) == nil)
    let precision = try #require(SearchPrecision(of: questions, in: index(hasImages: false)))
    #expect(!precision.hasBaselines)
    let baselines = try precision.baselines(count: 5, threads: 1)
    #expect(baselines.pixels == nil && baselines.components == nil)
  }

  @Test func pageTellsWhatWasAsked() throws {
    let index = try index()
    #expect(questions.caption(2) == "query 2")
    let page = try SearchPage(questions, results: results(index), index: index, precision: 2.0 / 3)
    #expect(page.title == "3 searches")
    #expect(page.notes.count == 2 && page.notes[0].hasPrefix("5 nearest of 12 vectors"))
    #expect(page.notes[1].hasPrefix("66.7 % of the results of all 3 queries"))
  }

  @Test func precisionIsTheShareOfResultsOfTheirClass() throws {
    // Two queries of classes 0 and 1; two of the first one's results and one of the second's share it.
    let results = SearchResults([
      SearchResults(count: 3, indices: [0, 1, 2], distances: [0, 1, 2]),
      SearchResults(count: 3, indices: [2, 0, 3], distances: [0, 1, 2]),
    ])
    #expect(try retrievalPrecision(results, labels: [0, 0, 1, 5], queryLabels: [0, 1]) == 3.0 / 6)
  }

  /// As the results of a graph are: listed are two of a class, but eight vectors share their places.
  @Test func tiedResultsOfAGraphShareTheLastPlaces() throws {
    let precision = try #require(SearchPrecision(of: questions, in: index()))
    // Of the index, 0..<6 are dark and 6..<12 bright; the queries are bright, dark and bright.
    let results = SearchResults([
      SearchResults(count: 3, indices: [6, 7, 8], distances: [0, 1, 1]),
      SearchResults(count: 3, indices: [0, 1, 6], distances: [0, 1, 2]),
      SearchResults(count: 3, indices: [0, 1, 2], distances: [0, 1, 2]),
    ])
    #expect(try precision(results) == 5.0 / 9)
    // The first query's last two places: by two of the eight that share them.
    let tied: [Int: [UInt32]] = [0: [0, 1, 2, 3, 4, 5, 7, 8]]
    #expect(abs(try precision(results, tied: tied) - 3.5 / 9) < 1e-15)
  }

  /// Two vectors are nearer than the last place, which three share: of these one has the query's class.
  @Test func tiedResultsShareTheLastPlaces() throws {
    func precision(_ numbers: [Float], _ labels: [Int], count: Int) throws -> Double {
      let search = try ExactSearch(SampleArray(trustedFloats: numbers, count: numbers.count, shape: [1]))
      return try retrievalPrecision(
        of: SampleArray(trustedFloats: [0], count: 1, shape: [1]), in: search, count: count, labels: labels,
        queryLabels: [1], threads: 1)
    }
    let (numbers, labels): ([Float], [Int]) = ([5, 1, -5, 0, 5, 9], [0, 1, 0, 0, 1, 1])
    for turn in 0..<6 {
      let order = (0..<6).map { ($0 + turn) % 6 }
      let (moved, classes) = (order.map { numbers[$0] }, order.map { labels[$0] })
      let found = try precision(moved, classes, count: 3)
      #expect(abs(found - (1 + 1.0 / 3) / 3) < 1e-15)
      #expect(try precision(moved, classes, count: 2) == 1.0 / 2)
      #expect(try precision(moved, classes, count: 6) == 3.0 / 6)
    }
    // Fifty equal ones, ten of the class.
    let equal = try precision([Float](repeating: 2, count: 50), (0..<50).map { $0 % 5 }, count: 10)
    #expect(abs(equal - 0.2) < 1e-15)
  }
}
