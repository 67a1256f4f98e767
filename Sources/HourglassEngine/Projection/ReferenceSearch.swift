import CLaneKernels

extension ProjectionMachine {
  /// The exact nearest `references` of each query by Euclidean distance; of equally near ones the lower index comes
  /// first.
  ///
  /// - Parameters:
  ///   - queries: numbers of as many features as the references have, finite and up to 1e15.
  ///   - width: neighbours of each query, at most as many as there are references.
  package func neighbours(
    of queries: PointMatrix, among references: PointMatrix, width: Int
  ) -> NeighbourTable {
    precondition(width >= 1 && width <= references.count, "there are not that many references")
    precondition(
      queries.features == references.features, "queries and references must have the same features")
    let search = kernels.table.pointee.projection.neighbours!
    let run = Int(LANE_QUERIES)
    let keysOfQuery = 2 * width + 192
    let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: team.count * run * keysOfQuery)
    defer { keys.deallocate() }
    // The kernel leaves out the point that has the query's own number, so queries are numbered after the
    // references. The rows that would stand before them are never touched.
    let (first, features) = (references.count, references.features)
    let rows = allocateFloats((first + queries.count) * features)
    defer { rows.deallocate() }
    (rows + first * features).update(from: queries.rows, count: queries.count * features)
    var indices = [UInt32](repeating: 0, count: queries.count * width)
    var squares = [Float](repeating: 0, count: queries.count * width)
    indices.withUnsafeMutableBufferPointer { indices in
      squares.withUnsafeMutableBufferPointer { squares in
        let (indices, squares) = (indices.baseAddress!, squares.baseAddress!)
        references.withPoints { matrix in
          var points = matrix.pointee
          points.rows = UnsafePointer(rows)
          withUnsafePointer(to: &points) { points in
            team.forEachRun(of: queries.count, size: run) { chosen, worker in
              search(
                points, Int64(first + chosen.lowerBound), Int64(chosen.count), Int64(width),
                keys + worker * run * keysOfQuery, indices + chosen.lowerBound * width,
                squares + chosen.lowerBound * width)
            }
          }
        }
      }
    }
    return NeighbourTable(width: width, indices: indices, squares: squares)
  }
}
