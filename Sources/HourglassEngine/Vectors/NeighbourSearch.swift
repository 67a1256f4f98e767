import CLaneKernels
import HourglassBase

/// The nearest other points of every point.
package struct NeighbourTable {
  /// Neighbours of each point.
  package let width: Int
  /// `[point][width]`, nearest first.
  package let indices: [UInt32]
  /// Squared distances, `[point][width]`.
  package let squares: [Float]

  /// The neighbours of one point, nearest first.
  package func of(_ point: Int) -> ArraySlice<UInt32> { indices[point * width..<(point + 1) * width] }
}

extension NeighbourTable: MessageContent {
  package var messageBytes: [UInt8] {
    var message = MessageWriter()
    message.append(width)
    message.append(indices)
    message.append(squares)
    return message.bytes
  }

  package init(messageBytes: [UInt8]) throws {
    var message = MessageReader(messageBytes)
    self.init(width: try message.value(), indices: try message.values(), squares: try message.values())
  }

  /// - Parameter found: keys of `neighbours`, `[part][query][width]`.
  fileprivate init(_ found: UnsafeMutablePointer<UInt64>, queries: Int, parts: Int, width: Int) {
    if parts > 1 {
      for query in 0..<queries {
        let all = (0..<parts).flatMap { part in
          UnsafeBufferPointer(start: found + (part * queries + query) * width, count: width)
        }.sorted()
        for place in 0..<width { found[query * width + place] = all[place] }
      }
    }
    self.width = width
    indices = (0..<queries * width).map { UInt32(truncatingIfNeeded: found[$0]) }
    squares = (0..<queries * width).map { Float(bitPattern: UInt32(found[$0] >> 32)) }
  }
}

extension VectorMachine {
  /// Exact nearest other points by Euclidean distance; of equally near ones the lower index comes first.
  ///
  /// - Parameters:
  ///   - width: neighbours of each point, below the number of points.
  ///   - progress: told now and then how many points are done; what it throws ends the work.
  package func neighbours(
    of points: PointMatrix, width: Int, progress: (Int) throws -> Void
  ) rethrows -> NeighbourTable {
    precondition(width >= 1 && width < points.count, "a point has at most count - 1 neighbours")
    return try neighbours(
      of: points, 0..<points.count, among: points, width: width, arePoints: true, progress: progress)
  }

  /// As the other, by several processes, each with the same points.
  ///
  /// - Returns: the neighbours of all points in the first process, of none in the others.
  /// - Throws: what `progress` throws; `HourglassError` when another process is lost.
  package func neighbours(
    of points: PointMatrix, width: Int, processes: (any ProcessGroup)?, progress: (Int) throws -> Void
  ) throws -> NeighbourTable {
    guard processes != nil else { return try neighbours(of: points, width: width, progress: progress) }
    var (indices, squares): ([UInt32], [Float]) = ([], [])
    try processes.deal(points.count, by: Self.runsOfPiece * Int(LANE_QUERIES)) { part in
      neighbours(of: points, part, among: points, width: width, arePoints: true) { _ in }
    } take: { part, table in
      indices += table.indices
      squares += table.squares
      try progress(part.upperBound)
    }
    return NeighbourTable(width: width, indices: indices, squares: squares)
  }

  /// As with `progress`, which nobody is told.
  package func neighbours(of points: PointMatrix, width: Int) -> NeighbourTable {
    neighbours(of: points, width: width) { _ in }
  }

  /// The exact nearest points to queries by Euclidean distance; of equally near ones the lower index comes first.
  ///
  /// - Parameters:
  ///   - queries: of as many features as the points.
  ///   - width: points for each query, at most as many as there are.
  ///   - progress: told now and then how many queries are done; what it throws ends the work.
  package func neighbours(
    of queries: PointMatrix, among points: PointMatrix, width: Int, progress: (Int) throws -> Void
  ) rethrows -> NeighbourTable {
    precondition(width >= 1 && width <= points.count, "there are at most count nearest points")
    precondition(queries.features == points.features, "queries have the points' features")
    return try neighbours(
      of: queries, 0..<queries.count, among: points, width: width, arePoints: false, progress: progress)
  }

  /// As with `progress`, which nobody is told.
  package func neighbours(of queries: PointMatrix, among points: PointMatrix, width: Int) -> NeighbourTable {
    neighbours(of: queries, among: points, width: width) { _ in }
  }

  /// Blocks of sixteen points below which a part of the points is not worth a task.
  private static let leastBlocks = 64
  /// Runs of queries between two reports, at least, and for each worker.
  static let (leastRuns, runsOfWorker) = (64, 16)
  /// Runs of queries that one of several processes is given at once.
  private static let runsOfPiece = 8

  /// - Parameter rows: which of the queries; they begin at a whole run.
  private func neighbours(
    of queries: PointMatrix, _ rows: Range<Int>, among points: PointMatrix, width: Int, arePoints: Bool,
    progress: (Int) throws -> Void
  ) rethrows -> NeighbourTable {
    let search = kernels.table.pointee.projection.neighbours!
    let run = Int(LANE_QUERIES)
    let runs = (rows.count + run - 1) / run
    let blocks = (points.count + 15) / 16
    // Few queries: workers share the points. What is found does not depend on how.
    let parts = max(1, min((4 * team.count + runs - 1) / max(runs, 1), blocks / Self.leastBlocks))
    let partBlocks = (blocks + parts - 1) / parts
    // As LANE_NEIGHBOUR_KEYS says, which Swift does not import.
    let scratch = run * (2 * width + 128)
    let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: team.count * scratch)
    let found = UnsafeMutablePointer<UInt64>.allocate(capacity: max(parts * rows.count * width, 1))
    defer {
      keys.deallocate()
      found.deallocate()
    }
    let step = max(Self.leastRuns, Self.runsOfWorker * team.count)
    try points.withPoints { matrix in
      for start in stride(from: 0, to: runs, by: step) {
        let end = min(start + step, runs)
        team.forEach((end - start) * parts) { task, worker in
          let (part, first) = (task % parts, (start + task / parts) * run)
          search(
            matrix, queries.rows + (rows.lowerBound + first) * queries.features,
            Int64(min(run, rows.count - first)),
            arePoints ? Int64(rows.lowerBound + first) : -2 * Int64(run), Int64(part * partBlocks),
            Int64(min((part + 1) * partBlocks, blocks)), Int64(width), keys + worker * scratch,
            found + (part * rows.count + first) * width)
        }
        try progress(min(end * run, rows.count))
      }
    }
    return NeighbourTable(found, queries: rows.count, parts: parts, width: width)
  }

  /// For every point and each of the `width` points listed for it: how many other points are nearer to it than that
  /// one. Those that are as near do not count, so that the order of the points does not matter.
  ///
  /// - Parameters:
  ///   - listed: `[point][width]`.
  ///   - progress: told now and then how many points are done; what it throws ends the work.
  package func ranks(
    among points: PointMatrix, of listed: [UInt32], width: Int, progress: (Int) throws -> Void
  ) rethrows -> [UInt32] {
    precondition(listed.count == points.count * width, "every point has `width` listed ones")
    let rank = kernels.table.pointee.projection.ranks!
    let stride = (points.count + 15) / 16 * 16
    // As many queries at once as share what is read of the points, unless their distances would take much memory.
    let run = max(4, min(16, (1 << 21) / stride))
    let distances = allocateFloats(team.count * run * stride)
    defer { distances.deallocate() }
    let step = run * max(Self.leastRuns, Self.runsOfWorker * team.count)
    var ranks = [UInt32](repeating: 0, count: listed.count)
    try ranks.withUnsafeMutableBufferPointer { ranks in
      try listed.withUnsafeBufferPointer { listed in
        let (ranks, listed) = (ranks.baseAddress!, listed.baseAddress!)
        try points.withPoints { matrix in
          for start in Swift.stride(from: 0, to: points.count, by: step) {
            let end = min(start + step, points.count)
            team.forEachRun(of: end - start, size: run) { queries, worker in
              let first = start + queries.lowerBound
              rank(
                matrix, Int64(first), Int64(queries.count), Int64(width), listed + first * width,
                distances + worker * run * stride, ranks + first * width)
            }
            try progress(end)
          }
        }
      }
    }
    return ranks
  }
}
