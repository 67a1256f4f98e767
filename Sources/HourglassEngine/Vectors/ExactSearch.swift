import HourglassBase

/// What was found for some queries.
public struct SearchResults: Sendable {
  /// Results of each query.
  public let count: Int
  /// `[query][count]`, nearest first; of equally near ones the lower index comes first.
  public let indices: [UInt32]
  /// Distances, `[query][count]`.
  public let distances: [Float]

  public var queries: Int { indices.count / max(count, 1) }

  package init(count: Int, indices: [UInt32], distances: [Float]) {
    self.count = count
    self.indices = indices
    self.distances = distances
  }

  /// The results of the first queries.
  package init(_ results: SearchResults, prefix queries: Int) {
    let kept = queries * results.count
    self.init(
      count: results.count, indices: Array(results.indices.prefix(kept)),
      distances: Array(results.distances.prefix(kept)))
  }

  /// Results of the same count, one after another.
  package init(_ parts: [SearchResults]) {
    self.init(
      count: parts.first?.count ?? 0, indices: parts.flatMap(\.indices), distances: parts.flatMap(\.distances)
    )
  }

  /// The results of one query, nearest first.
  public func of(_ query: Int) -> [(index: Int, distance: Float)] {
    (query * count..<(query + 1) * count).map { (Int(indices[$0]), distances[$0]) }
  }
}

/// Finds the nearest of many vectors by looking at all of them: exact, and the same at any number of threads.
///
/// `@unchecked Sendable`: the points are prepared once and only read from then on.
public final class ExactSearch: @unchecked Sendable {
  public let metric: DistanceMetric
  /// Of one vector.
  let shape: Shape
  package let points: PointMatrix

  /// The vectors to search in.
  public var count: Int { points.count }

  /// - Parameter samples: at least one, of any shape.
  /// - Throws: `HourglassError`: usage when there is none, badData when a value is not finite or larger than 1e15, when the
  ///   largest is below 1e-18 and not 0, or, for the cosine, a vector is zero.
  public init(_ samples: SampleArray, metric: DistanceMetric = .euclidean) throws(HourglassError) {
    guard samples.count > 0 else {
      throw HourglassError(.usage, "There is no vector to search in; give at least one.")
    }
    self.metric = metric
    shape = samples.shape
    points = try PointMatrix(metric.prepared(samples))
    try points.checkMagnitude()
    points.prepare()
  }

  /// The nearest vectors to each query.
  ///
  /// - Parameters:
  ///   - queries: of the vectors' shape.
  ///   - count: results of each, at most as many as there are vectors.
  ///   - threads: workers; all cores when nil.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Throws: `HourglassError`: usage when the shape or the count do not fit, badData as for the vectors.
  public func nearest(
    to queries: SampleArray, count: Int, threads: Int? = nil, progress: WorkProgress.Report = { _ in }
  ) throws -> SearchResults {
    try nearest(to: checked(queries, count: count), count: count, threads: threads, progress: progress)
  }

  /// - Parameter prepared: queries as the metric prepares them.
  package func nearest(
    to prepared: PointMatrix, count: Int, threads: Int?, progress: WorkProgress.Report = { _ in }
  ) throws -> SearchResults {
    results(
      try VectorMachine(threads: threads).neighbours(
        of: prepared, among: points, width: count
      ) { try progress(WorkProgress("searching", done: $0, of: prepared.count, "queries")) })
  }

  /// Finds the nearest vectors to each query with all that are as near as the last of them, in no particular order of the
  /// queries; otherwise as `nearest(to:count:)`.
  package func nearestGroups(
    to queries: SampleArray, count: Int, threads: Int? = nil, progress: WorkProgress.Report = { _ in },
    _ body: (_ query: Int, _ group: NearestGroup) throws -> Void
  ) throws {
    let prepared = try checked(queries, count: count)
    try VectorMachine(threads: threads).nearestGroups(
      of: prepared, among: points, count: count,
      progress: { try progress(WorkProgress("searching", done: $0, of: prepared.count, "queries")) }, body)
  }

  /// Some of the vectors themselves, as the metric prepared them.
  package func points(_ chosen: [Int]) throws(HourglassError) -> PointMatrix {
    let rows = chosen.flatMap {
      Array(UnsafeBufferPointer(start: points.rows + $0 * points.features, count: points.features))
    }
    return try PointMatrix(SampleArray(trustedFloats: rows, count: chosen.count, shape: [points.features]))
  }

  /// The nearest others to some of the vectors themselves.
  ///
  /// - Parameters:
  ///   - chosen: which vectors.
  ///   - count: results of each, fewer than there are vectors.
  package func nearestOthers(to chosen: [Int], count: Int, threads: Int? = nil) throws -> SearchResults {
    let table = try VectorMachine(threads: threads).neighbours(
      of: points(chosen), among: points, width: count + 1)
    var (indices, squares): ([UInt32], [Float]) = ([], [])
    for (query, itself) in chosen.enumerated() {
      let all = query * (count + 1)..<(query + 1) * (count + 1)
      // Behind so many equal ones that it is not listed, the last one goes instead.
      let left = all.first { table.indices[$0] == itself } ?? all.upperBound - 1
      indices += all.filter { $0 != left }.map { table.indices[$0] }
      squares += all.filter { $0 != left }.map { table.squares[$0] }
    }
    return SearchResults(count: count, indices: indices, distances: squares.map(metric.distance))
  }

  package func checked(_ queries: SampleArray, count: Int) throws(HourglassError) -> PointMatrix {
    guard queries.shape == shape else {
      throw HourglassError(
        .usage,
        "The queries have shape \(queries.shape), but the vectors to search in have \(shape); give queries of that shape."
      )
    }
    try check(count)
    return try PointMatrix(metric.prepared(queries, as: "Query"))
  }

  package func check(_ count: Int) throws(HourglassError) {
    guard 1...self.count ~= count else {
      throw HourglassError(
        .usage,
        "\(count) results cannot be found among \(grouped(self.count)) vectors; choose 1 to \(self.count).")
    }
  }

  private func results(_ table: NeighbourTable) -> SearchResults {
    SearchResults(
      count: table.width, indices: table.indices, distances: table.squares.map(metric.distance))
  }
}
