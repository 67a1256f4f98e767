import HourglassBase
import HourglassEngine
import HourglassSearch
import HourglassTestSupport
import Testing

struct ApproximateSearchTests {
  private let samples = PointClouds.clusters(3000, features: 20, classes: 5, apart: 1)

  private var settings: ApproximateSearch.Settings {
    var settings = ApproximateSearch.Settings()
    settings.links = 8
    settings.construction = 60
    return settings
  }

  /// Of 1,000 new queries almost all ten nearest are found, and what is found is measured as the exact search does.
  @Test func findsNearly() throws {
    let exact = try ExactSearch(samples)
    let search = try ApproximateSearch(exact, settings: settings)
    let queries = PointClouds.clusters(1000, features: 20, classes: 5, apart: 1, seed: 8)
    let wanted = try exact.nearest(to: queries, count: 10)
    let found = try search.nearest(to: queries, count: 10, breadth: 100)
    #expect(found.recall(of: wanted) > 0.97)
    #expect(
      try search.nearest(to: queries, count: 10, breadth: 10).recall(of: wanted) < found.recall(of: wanted))
    for query in 0..<100 {
      let distances = Dictionary(uniqueKeysWithValues: wanted.of(query).map { ($0.index, $0.distance) })
      for result in found.of(query) {
        if let distance = distances[result.index] { #expect(result.distance == distance) }
      }
      #expect(found.of(query).map(\.distance) == found.of(query).map(\.distance).sorted())
    }
    #expect(try search.recall(at: 10, breadth: 100) > 0.97)
    #expect(
      try search.nearest(to: queries, count: 10, threads: 1).indices
        == search.nearest(to: queries, count: 10, threads: 3).indices)
  }

  /// As the exact search does.
  @Test func tellsHowManyQueriesAreDone() throws {
    let search = try ApproximateSearch(ExactSearch(samples), settings: settings)
    let queries = PointClouds.clusters(5000, features: 20, classes: 5, apart: 1, seed: 8)
    var told: [Int] = []
    let found = try search.nearest(to: queries, count: 3, threads: 2) { told.append($0.done) }
    #expect(told == [4096, 5000])
    let last = try search.nearest(to: queries.array(Array(4090..<5000)), count: 3)
    #expect(last.indices == Array(found.indices[3 * 4090..<15_000]))
    struct Stop: Error {}
    #expect(throws: Stop.self) { try search.nearest(to: queries, count: 3) { _ in throw Stop() } }
  }

  /// A neighbour as near as the last of the exact ones is found too; one that is farther is not.
  @Test func tiesAreHits() throws {
    let exact = SearchResults(
      count: 3, indices: [5, 9, 2, 0, 1, 2], distances: [0, 1, 1, 0.5, 0.75, 2])
    let found = SearchResults(
      count: 3, indices: [5, 2, 7, 0, 2, 6], distances: [0, 1, 1, 0.5, 2, 2.5])
    #expect(found.recall(of: exact) == 5.0 / 6)
    #expect(exact.recall(of: exact) == 1)
    // Of forty vectors in one place any ten are the nearest.
    let equal = SampleArray(trustedFloats: [Float](repeating: 1, count: 40 * 3), count: 40, shape: [3])
    let search = try ApproximateSearch(ExactSearch(equal), settings: settings)
    #expect(try search.recall(at: 10) == 1)
    #expect(throws: HourglassError.self) { try search.recall(at: 40) }
    let cosine = try ApproximateSearch(ExactSearch(samples, metric: .cosine), settings: settings)
    #expect(try cosine.recall(at: 10, breadth: 100) > 0.95)
  }

  /// All that are as near as the last result, where more are than places are left.
  @Test func findsAllThatAreTied() throws {
    let equal = SampleArray(trustedFloats: [Float](repeating: 1, count: 40 * 3), count: 40, shape: [3])
    let search = try ApproximateSearch(ExactSearch(equal), settings: settings)
    let queries = SampleArray(trustedFloats: [1, 1, 1, 0, 0, 0], count: 2, shape: [3])
    let few = try search.nearest(to: queries, count: 10, threads: 1)
    let all = (0..<40).map { UInt32($0) }
    #expect(try search.tied(with: few, of: queries, threads: 2) == [0: all, 1: all])
    let whole = try search.nearest(to: queries, count: 40, threads: 1)
    #expect(try search.tied(with: whole, of: queries, threads: 1).isEmpty)
    // No two of these are equally near.
    let line = SampleArray(trustedFloats: (0..<12).map { Float($0) }, count: 12, shape: [1])
    let apart = try ApproximateSearch(ExactSearch(line), settings: settings)
    let query = SampleArray(trustedFloats: [-1], count: 1, shape: [1])
    let found = try apart.nearest(to: query, count: 5, threads: 1)
    #expect(try apart.tied(with: found, of: query, threads: 1).isEmpty)
  }

  /// The same graph, whether its vectors come at once or in two parts with a file between.
  @Test func growsAsIfMadeAtOnce() throws {
    let whole = try ApproximateSearch(ExactSearch(samples), settings: settings)
    let part = try ApproximateSearch(ExactSearch(samples.prefix(1100)), settings: settings)
    let grown = try ApproximateSearch(
      ExactSearch(samples), settings: settings, words: part.words, count: 1100)
    #expect(grown.words == whole.words)
    let again = try ApproximateSearch(
      ExactSearch(samples), settings: settings, words: whole.words, count: 3000)
    let queries = samples.prefix(50)
    #expect(try again.nearest(to: queries, count: 5).indices == whole.nearest(to: queries, count: 5).indices)
  }

  /// No numbers, whatever they are, bring the program down.
  @Test func refusesOtherNumbers() throws {
    let few = samples.prefix(60)
    let exact = try ExactSearch(few)
    let words = try ApproximateSearch(exact, settings: settings).words
    var random = RandomNumbers(seed: 1, purpose: .initialization)
    var refused = 0
    for _ in 0..<500 {
      var damaged = words
      switch random.index(below: 3) {
      case 0: damaged.removeLast(1 + random.index(below: damaged.count - 1))
      case 1: damaged[random.index(below: damaged.count)] = random.word()
      default: damaged[random.index(below: damaged.count)] = UInt32(random.index(below: 70))
      }
      do {
        let search = try ApproximateSearch(exact, settings: settings, words: damaged, count: 60)
        // Other links may still make a graph, which must be safe to walk.
        _ = try search.nearest(to: few, count: 10)
      } catch let error as HourglassError {
        #expect(error.code == .badData)
        refused += 1
      }
    }
    #expect(refused > 300)
  }

  /// The same graph on every machine that fuses products and sums.
  @Test(arguments: KernelSet.all.filter { $0.name != "portable" }.map(\.name))
  func sameGraph(kernels: String) throws {
    let points = try PointMatrix(samples.prefix(700))
    let settings = NeighbourGraph.Settings(links: 6, construction: 40, seed: 1)
    let graphs = try [KernelSet.best, .named(kernels)].map { kernels in
      let graph = try NeighbourGraph(settings, points: points, kernels: kernels)
      try graph.add(points)
      return graph.words
    }
    #expect(graphs[0] == graphs[1] && graphs[0].count > 700 * 6)
  }

  @Test func refusals() throws {
    let exact = try ExactSearch(samples.prefix(50))
    for (links, construction) in [(1, 100), (257, 100), (8, 0), (8, 10_001)] {
      var settings = ApproximateSearch.Settings()
      (settings.links, settings.construction) = (links, construction)
      let error = #expect(throws: HourglassError.self) { try ApproximateSearch(exact, settings: settings) }
      #expect(error?.code == .usage)
    }
    let search = try ApproximateSearch(exact, settings: settings)
    #expect(throws: HourglassError.self) { try search.nearest(to: samples, count: 5, breadth: 0) }
    #expect(throws: HourglassError.self) { try search.nearest(to: samples, count: 51) }
  }
}
