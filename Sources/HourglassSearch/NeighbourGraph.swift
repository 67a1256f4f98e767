import CHNSW
import HourglassBase
import HourglassEngine
import HourglassPlatform

/// A hierarchical graph in which near vectors are found by looking at few (Malkov & Yashunin 2018), by hnswlib.
///
/// Vectors are added one after another by one thread, each up to a level that the seed and its number decide: the same
/// vectors in the same order make the same graph, whether they come at once or in parts.
///
/// `@unchecked Sendable`: searches read the graph, which has locks of its own for what they share; `add` is mutating
/// use, which callers keep apart.
package final class NeighbourGraph: @unchecked Sendable {
  package struct Settings: Sendable, Hashable {
    /// Links of a vector to others: M.
    package var links: Int
    /// Candidates that are looked at when a vector is added: ef_construction.
    package var construction: Int
    package var seed: UInt64

    package init(links: Int, construction: Int, seed: UInt64) {
      self.links = links
      self.construction = construction
      self.seed = seed
    }
  }

  package let settings: Settings
  package private(set) var count = 0
  private let features: Int
  private let graph: OpaquePointer
  private let size: UnsafeMutablePointer<Int64>

  /// A graph for `capacity` vectors.
  ///
  /// - Parameter words: of a graph that was exported, whose vectors `points` begins with; none for an empty one.
  /// - Throws: `HourglassError`: badData when the words do not fit, environment when there is no memory.
  package init(
    _ settings: Settings, points: PointMatrix, words: [UInt32] = [], count: Int = 0, kernels: KernelSet
  ) throws(HourglassError) {
    self.settings = settings
    features = points.features
    let size = UnsafeMutablePointer<Int64>.allocate(capacity: 1)
    size.pointee = Int64((points.features + 15) / 16 * 16)
    var made = hnsw_settings(
      capacity: Int64(points.count), size: size.pointee, links: Int64(settings.links),
      construction: Int64(settings.construction), distance: kernels.squareDistance)
    let graph: OpaquePointer?
    if count > 0 {
      let padded = Self.padded(points, 0..<count)
      defer { padded.deallocate() }
      graph = hnsw_import(&made, padded, Int64(count), words, Int64(words.count))
    } else {
      graph = hnsw_create(&made)
    }
    guard let graph else {
      size.deallocate()
      throw count > 0
        ? HourglassError(
          .badData, "The graph does not belong to its \(count) vectors, or there is no memory for it.")
        : HourglassError(
          .environment, "There is no memory for a graph of \(points.count) vectors; index fewer.")
    }
    self.graph = graph
    self.size = size
    self.count = count
  }

  deinit {
    hnsw_destroy(graph)
    size.deallocate()
  }

  /// Rows of whole vectors of sixteen.
  private static func padded(_ points: PointMatrix, _ rows: Range<Int>) -> UnsafeMutablePointer<Float> {
    let width = (points.features + 15) / 16 * 16
    let memory = allocateFloats(rows.count * width)
    for (place, row) in rows.enumerated() {
      (memory + place * width).update(from: points.rows + row * points.features, count: points.features)
    }
    return memory
  }

  /// The level of each vector: how often a coin falls on the side of which `links` have one.
  private static func levels(_ count: Int, _ settings: Settings) -> [Int32] {
    var random = RandomNumbers(seed: settings.seed, purpose: .initialization, stream: 2)
    let scale = 1 / log(Double(settings.links))
    return (0..<count).map { _ in Int32(min(-log(1 - random.uniform()) * scale, 63)) }
  }

  /// Adds the points from `count` on.
  ///
  /// - Parameter progress: told every now and then how many points the graph has; what it throws ends the work.
  /// - Throws: `HourglassError` (environment) when there is no memory.
  package func add(_ points: PointMatrix, progress: ((Int) throws -> Void)? = nil) throws {
    precondition(
      points.features == features && points.count >= count, "the points begin with those of the graph")
    let levels = Self.levels(points.count, settings)
    while count < points.count {
      let block = count..<min(count + 256, points.count)
      let padded = Self.padded(points, block)
      defer { padded.deallocate() }
      for (place, point) in block.enumerated() {
        guard hnsw_add(graph, padded + place * Int(size.pointee), levels[point]) == 0 else {
          throw HourglassError(
            .environment, "There is no memory for a graph of \(points.count) vectors; index fewer.")
        }
        count += 1
      }
      try progress?(count)
    }
  }

  /// What `init` takes to make the graph again.
  package var words: [UInt32] {
    let count = Int(hnsw_export_size(graph))
    return [UInt32](unsafeUninitializedCapacity: count) { memory, filled in
      if let start = memory.baseAddress { hnsw_export(graph, start) }
      filled = count
    }
  }

  /// Queries between two reports.
  private static let queriesAtOnce = 4096

  /// Points near to each query, in no order.
  ///
  /// - Parameters:
  ///   - breadth: candidates that a search keeps: ef.
  ///   - team: its workers search at the same time.
  ///   - progress: told now and then how many queries are done; what it throws ends the work.
  /// - Throws: `HourglassError` (environment) when there is no memory.
  package func near(
    _ queries: PointMatrix, width: Int, breadth: Int, team: WorkerTeam,
    progress: (Int) throws -> Void = { _ in }
  ) throws -> [[UInt32]] {
    precondition(queries.features == features, "queries have the points' features")
    hnsw_set_breadth(graph, Int64(max(breadth, width)))
    var results = [[UInt32]](repeating: [], count: queries.count)
    var counts = [Int](repeating: 0, count: queries.count)
    let padded = Self.padded(queries, 0..<queries.count)
    defer { padded.deallocate() }
    let (graph, size) = (graph, Int(size.pointee))
    try results.withUnsafeMutableBufferPointer { results in
      try counts.withUnsafeMutableBufferPointer { counts in
        guard let results = results.baseAddress, let counts = counts.baseAddress else { return }
        for start in stride(from: 0, to: queries.count, by: Self.queriesAtOnce) {
          let end = min(start + Self.queriesAtOnce, queries.count)
          team.forEachRun(of: end - start, size: 16) { run, _ in
            for query in run.lowerBound + start..<run.upperBound + start {
              results[query] = [UInt32](unsafeUninitializedCapacity: width) { memory, filled in
                counts[query] = Int(
                  hnsw_search(graph, padded + query * size, Int64(width), memory.baseAddress!))
                filled = max(counts[query], 0)
              }
            }
          }
          try progress(end)
        }
      }
    }
    guard counts.allSatisfy({ $0 >= 0 }) else {
      throw HourglassError(.environment, "There is no memory for a search; search with fewer threads.")
    }
    return results
  }
}
