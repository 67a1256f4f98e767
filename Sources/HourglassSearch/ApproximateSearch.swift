import HourglassBase
import HourglassEngine

/// Finds near vectors by walking a hierarchical graph of them (Malkov & Yashunin, "Efficient and robust approximate
/// nearest neighbor search using hierarchical navigable small world graphs", 2018), made by hnswlib: it looks at few of
/// many vectors and may miss some of the nearest; `recall` measures how many.
///
/// The graph is made by one thread, so that the same vectors give the same graph.
public final class ApproximateSearch: Sendable {
  public struct Settings: Sendable, Hashable {
    /// Links of a vector to others, 2 to 256: M.
    public var links = 16
    /// Candidates that are looked at when a vector is added, 1 to 10,000: ef_construction.
    public var construction = 200
    /// Decides how far up each vector reaches.
    public var seed: UInt64 = 1

    public init() {}

    /// - Throws: `HourglassError` (usage) when a setting is out of range.
    func check() throws(HourglassError) {
      guard 2...256 ~= links else {
        throw HourglassError(
          .usage, "A graph has 2 to 256 links for each vector, not \(links); choose another number.")
      }
      guard 1...10_000 ~= construction else {
        throw HourglassError(
          .usage,
          "A graph is made with 1 to 10,000 candidates for each vector, not \(construction); choose another number."
        )
      }
    }

    var graph: NeighbourGraph.Settings {
      NeighbourGraph.Settings(links: links, construction: construction, seed: seed)
    }
  }

  private static let breadths = 1...1_000_000
  /// Queries whose ties are looked for at once.
  private static let queriesAtOnce = 64

  let settings: Settings
  /// The same vectors, to be searched exactly.
  let exact: ExactSearch
  private let graph: NeighbourGraph

  /// Makes the graph.
  ///
  /// - Parameters:
  ///   - progress: told every now and then; what it throws ends the work.
  /// - Throws: `HourglassError`: usage when a setting is out of range, environment when there is no memory.
  package convenience init(
    _ vectors: ExactSearch, settings: Settings = Settings(), progress: WorkProgress.Report? = nil
  ) throws {
    try self.init(vectors, settings: settings, words: [], count: 0, progress: progress)
  }

  /// Makes a graph again and adds the vectors that it lacks.
  ///
  /// - Parameters:
  ///   - words: `self.words` of the graph; none for a new one.
  ///   - count: the vectors, from the first on, that it had.
  /// - Throws: `HourglassError`: badData when the words do not describe such a graph, and as for a new one.
  package init(
    _ vectors: ExactSearch, settings: Settings, words: [UInt32], count: Int,
    progress: WorkProgress.Report? = nil
  ) throws {
    try settings.check()
    self.settings = settings
    exact = vectors
    graph = try NeighbourGraph(
      settings.graph, points: vectors.points, words: words, count: count, kernels: KernelSet.selected())
    try graph.add(vectors.points) {
      try progress?(WorkProgress("connecting", done: $0, of: vectors.points.count, "vectors"))
    }
  }

  /// The graph as numbers, from which it can be made again.
  package var words: [UInt32] { graph.words }

  /// Near vectors to each query, with their exact distances.
  ///
  /// - Parameters:
  ///   - queries: of the vectors' shape.
  ///   - count: results of each.
  ///   - breadth: candidates that a search keeps, at least `count`; more find more and take longer: ef.
  ///   - threads: workers; all cores when nil.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Throws: `HourglassError`: usage when the shape or a number do not fit, badData when a query has no place.
  public func nearest(
    to queries: SampleArray, count: Int, breadth: Int = 64, threads: Int? = nil,
    progress: WorkProgress.Report = { _ in }
  ) throws -> SearchResults {
    try near(
      exact.checked(queries, count: count), count: count, breadth: breadth, threads: threads,
      progress: progress)
  }

  /// - Parameter points: queries as the metric prepares them.
  private func near(
    _ points: PointMatrix, count: Int, breadth: Int, threads: Int?,
    progress: WorkProgress.Report = { _ in }
  ) throws -> SearchResults {
    guard Self.breadths ~= breadth else {
      throw HourglassError(
        .usage, "A search keeps 1 to 1,000,000 candidates, not \(breadth); choose another number.")
    }
    // A walk takes microseconds, less than waking another thread.
    let team = try VectorMachine(threads: points.count > 16 ? threads : min(threads ?? 1, 1)).team
    let found = try graph.near(points, width: count, breadth: breadth, team: team) {
      try progress(WorkProgress("searching", done: $0, of: points.count, "queries"))
    }
    // A walk that ends in an isolated part of the graph finds too few: then look at all.
    if found.contains(where: { $0.count < count }) {
      return try exact.nearest(to: points, count: count, threads: threads, progress: progress)
    }
    var results = SearchResults.Building(count: count, queries: points.count)
    for (query, indices) in found.enumerated() {
      results.append(
        indices.map { (square(points.rows + query * points.features, Int($0)), $0) }.sorted { $0 < $1 },
        exact.metric)
    }
    return results.done
  }

  /// All vectors that are just as near to a query as its last result, of which the graph gives some only, in its own order.
  /// They are looked for where it has one more of them to give.
  ///
  /// - Parameters:
  ///   - results: of this search.
  ///   - queries: those that were asked.
  ///   - breadth: as for the results.
  /// - Returns: by the number of the query; each among them that is listed too.
  /// - Throws: as `nearest`.
  package func tied(
    with results: SearchResults, of queries: SampleArray, breadth: Int = 64, threads: Int? = nil,
    progress: WorkProgress.Report = { _ in }
  ) throws -> [Int: [UInt32]] {
    let (count, width) = (results.count, results.count + 1)
    guard count > 0, results.queries == queries.count, width <= min(exact.count, Self.breadths.upperBound)
    else { return [:] }
    let points = try exact.checked(queries, count: width)
    let wider = try near(
      points, count: width, breadth: max(breadth, width), threads: threads, progress: progress)
    let open = (0..<points.count).filter { query in
      wider.distances[query * width + count] <= results.distances[query * count + count - 1]
    }
    let team = try VectorMachine(threads: threads).team
    var tied: [Int: [UInt32]] = [:]
    for start in stride(from: 0, to: open.count, by: Self.queriesAtOnce) {
      let chosen = Array(open[start..<min(start + Self.queriesAtOnce, open.count)])
      var found = [[UInt32]](repeating: [], count: chosen.count)
      found.withUnsafeMutableBufferPointer { found in
        guard let found = found.baseAddress else { return }
        team.forEachRun(of: chosen.count, size: 1) { [self] run, _ in
          for place in run {
            let query = chosen[place]
            let row = points.rows + query * points.features
            let last = results.distances[query * count + count - 1]
            found[place] = (0..<exact.count).filter { exact.metric.distance(square: square(row, $0)) == last }
              .map { UInt32($0) }
          }
        }
      }
      for (query, vectors) in zip(chosen, found) { tied[query] = vectors }
      try progress(WorkProgress("looking for ties", done: start + chosen.count, of: open.count, "queries"))
    }
    return tied
  }

  /// As the exact search measures it.
  private func square(_ query: UnsafePointer<Float>, _ index: Int) -> Float {
    let points = exact.points
    let row = points.rows + index * points.features
    var sum: Float = 0
    for feature in 0..<points.features {
      let difference = row[feature] - query[feature]
      sum.addProduct(difference, difference)
    }
    return sum
  }

  /// The share of the nearest others that this search finds, over some of the vectors; one as near as the last of them
  /// counts as they do.
  ///
  /// - Parameters:
  ///   - count: neighbours of each, fewer than there are vectors.
  ///   - sample: how many vectors, spread evenly.
  /// - Throws: `HourglassError` (usage) when there are too few vectors.
  package func recall(
    at count: Int = 10, breadth: Int = 64, sample: Int = 1000, threads: Int? = nil
  ) throws -> Double {
    try exact.check(count + 1)
    let step = max(1, exact.count / sample)
    let chosen = Array(stride(from: 0, to: exact.count, by: step).prefix(sample))
    let found = try near(
      exact.points(chosen), count: count + 1, breadth: max(breadth, count + 1), threads: threads)
    let expected = try exact.nearestOthers(to: chosen, count: count, threads: threads)
    return found.without(chosen).recall(of: expected)
  }
}

extension SearchResults {
  /// Results that come query by query.
  fileprivate struct Building {
    let count: Int
    private var indices: [UInt32] = []
    private var distances: [Float] = []

    init(count: Int, queries: Int) {
      self.count = count
      indices.reserveCapacity(count * queries)
      distances.reserveCapacity(count * queries)
    }

    mutating func append(_ found: [(square: Float, index: UInt32)], _ metric: DistanceMetric) {
      for entry in found {
        indices.append(entry.index)
        distances.append(metric.distance(square: entry.square))
      }
    }

    var done: SearchResults { SearchResults(count: count, indices: indices, distances: distances) }
  }

  /// The share of the results of `exact` that are found here too. One that is as near as the last of a query's exact
  /// results counts as they do, since which of equally near ones come first is only a matter of order.
  package func recall(of exact: SearchResults) -> Double {
    let hits = (0..<queries).map { query in
      let expected = exact.of(query)
      let indices = Set(expected.map(\.index))
      return of(query).count {
        $0.distance <= expected[exact.count - 1].distance || indices.contains($0.index)
      }
    }
    return Double(hits.reduce(0, +)) / Double(max(exact.indices.count, 1))
  }

  /// One result less for each query: the vector that it is itself, or the last one where that is not among them.
  fileprivate func without(_ itself: [Int]) -> SearchResults {
    let kept = itself.enumerated().flatMap { query, index in
      let all = query * count..<(query + 1) * count
      let left = all.first { indices[$0] == index } ?? all.upperBound - 1
      return all.filter { $0 != left }
    }
    return SearchResults(
      count: count - 1, indices: kept.map { indices[$0] }, distances: kept.map { distances[$0] })
  }
}
