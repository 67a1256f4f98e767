import CLaneKernels
import HourglassPlatform

/// How new points find their places in a finished map.
package struct Placement {
  /// About how many neighbours count for each new point.
  package var perplexity = 5.0
  /// Neighbours of which there are affinities.
  package var neighbours = 15
  /// Neighbours in whose middle a point starts.
  package var startNeighbours = 25
  package var iterations = 250
  package var exaggeration: Float = 1.5
  package var learningRate: Float = 0.1
  package var momentum: Float = 0.8
  /// A point that moves less in one step stays.
  package var rest: Float = 1e-4

  package init() {}
}

extension VectorMachine {
  /// Places new points into a map by their affinities to its points, which do not move: each point for itself, so that
  /// its place does not depend on the others.
  ///
  /// - Parameters:
  ///   - table: the nearest of the map's points for each new one, at least as many as `placement` starts from.
  ///   - positions: of the map's points.
  ///   - progress: told now and then how many new points are placed; what it throws ends the work.
  package func places(
    _ table: NeighbourTable, in positions: [SIMD2<Float>], _ placement: Placement,
    progress: (Int) throws -> Void
  ) rethrows -> [SIMD2<Float>] {
    let count = table.squares.count / table.width
    let width = min(placement.neighbours, table.width)
    let entries = (width + 15) / 16 * 16
    let squares = allocateFloats(count * entries)
    let affinities = allocateFloats(count * entries)
    let map = allocateFloats((positions.count + 15) / 16 * 32)
    var neighbours = [UInt32](repeating: 0, count: count * entries)
    var places = (0..<count).map { Self.middle($0, table, positions, of: placement.startNeighbours) }
    defer {
      for memory in [squares, affinities, map] { memory.deallocate() }
    }
    for (point, position) in positions.enumerated() {
      map[2 * point] = position.x
      map[2 * point + 1] = position.y
    }
    for point in 0..<count {
      for place in 0..<width {
        squares[point * entries + place] = table.squares[point * table.width + place]
        neighbours[point * entries + place] = table.indices[point * table.width + place]
      }
    }
    var placing = lane_placing(
      count: Int64(positions.count), positions: map, entries: Int64(entries),
      iterations: Int64(placement.iterations), exaggeration: placement.exaggeration,
      learning_rate: placement.learningRate, momentum: placement.momentum, rest: placement.rest)
    let projection = kernels.table.pointee.projection
    let entropy = Float(log(min(placement.perplexity, Double(width))))
    let step = Self.placedAtOnce * max(Self.leastRuns, Self.runsOfWorker * team.count)
    try withUnsafePointer(to: &placing) { placing in
      try neighbours.withUnsafeBufferPointer { neighbours in
        try places.withUnsafeMutableBytes { places in
          for start in stride(from: 0, to: count, by: step) {
            let neighbours = neighbours.baseAddress!
            let places = places.baseAddress!.assumingMemoryBound(to: Float.self)
            let end = min(start + step, count)
            team.forEachRun(of: end - start, size: Self.placedAtOnce) { run, _ in
              let point = start + run.lowerBound
              let first = point * entries
              projection.affinities!(
                squares + first, Int64(run.count), Int64(width), Int64(entries), entropy, affinities + first)
              projection.place!(
                placing, Int64(run.count), neighbours + first, affinities + first, places + 2 * point)
            }
            try progress(end)
          }
        }
      }
    }
    return places
  }

  /// As with `progress`, which nobody is told.
  package func places(
    _ table: NeighbourTable, in positions: [SIMD2<Float>], _ placement: Placement
  ) -> [SIMD2<Float>] {
    places(table, in: positions, placement) { _ in }
  }

  /// Points that a worker places at once.
  private static let placedAtOnce = 8

  /// The median, axis by axis, of the places of a point's nearest neighbours.
  private static func middle(
    _ point: Int, _ table: NeighbourTable, _ positions: [SIMD2<Float>], of most: Int
  ) -> SIMD2<Float> {
    let near = table.indices[point * table.width..<(point + 1) * table.width].prefix(most).map {
      positions[Int($0)]
    }
    return SIMD2(near.map(\.x).sorted()[near.count / 2], near.map(\.y).sorted()[near.count / 2])
  }
}
