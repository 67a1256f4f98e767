import CLaneKernels

/// The nearest other points of every point.
package struct NeighbourTable {
  /// Neighbours of each point.
  package let width: Int
  /// `[point][width]`, nearest first.
  package let indices: [UInt32]
  /// Squared distances, `[point][width]`.
  package let squares: [Float]
}

extension ProjectionMachine {
  /// Exact nearest neighbours by Euclidean distance; of equally near ones the lower index comes first.
  ///
  /// - Parameter width: neighbours of each point, below the number of points.
  package func neighbours(of points: PointMatrix, width: Int) -> NeighbourTable {
    precondition(width >= 1 && width < points.count, "a point has at most count - 1 neighbours")
    let search = kernels.table.pointee.projection.neighbours!
    let run = Int(LANE_QUERIES)
    // As LANE_NEIGHBOUR_KEYS says, which Swift does not import.
    let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: team.count * run * (2 * width + 192))
    defer { keys.deallocate() }
    var indices = [UInt32](repeating: 0, count: points.count * width)
    var squares = [Float](repeating: 0, count: points.count * width)
    indices.withUnsafeMutableBufferPointer { indices in
      squares.withUnsafeMutableBufferPointer { squares in
        let (indices, squares) = (indices.baseAddress!, squares.baseAddress!)
        points.withPoints { matrix in
          team.forEachRun(of: points.count, size: run) { queries, worker in
            search(
              matrix, Int64(queries.lowerBound), Int64(queries.count), Int64(width),
              keys + worker * run * (2 * width + 192), indices + queries.lowerBound * width,
              squares + queries.lowerBound * width)
          }
        }
      }
    }
    return NeighbourTable(width: width, indices: indices, squares: squares)
  }

  /// For every point and each of the `width` points listed for it: how many other points are nearer to it than that
  /// one, or as near with a lower index.
  ///
  /// - Parameter listed: `[point][width]`.
  package func ranks(among points: PointMatrix, of listed: [UInt32], width: Int) -> [UInt32] {
    precondition(listed.count == points.count * width, "every point has `width` listed ones")
    let rank = kernels.table.pointee.projection.ranks!
    let stride = (points.count + 15) / 16 * 16
    // As many queries at once as share what is read of the points, unless their distances would take much memory.
    let run = max(4, min(16, (1 << 21) / stride))
    let distances = allocateFloats(team.count * run * stride)
    defer { distances.deallocate() }
    var ranks = [UInt32](repeating: 0, count: listed.count)
    ranks.withUnsafeMutableBufferPointer { ranks in
      listed.withUnsafeBufferPointer { listed in
        let (ranks, listed) = (ranks.baseAddress!, listed.baseAddress!)
        points.withPoints { matrix in
          team.forEachRun(of: points.count, size: run) { queries, worker in
            rank(
              matrix, Int64(queries.lowerBound), Int64(queries.count), Int64(width),
              listed + queries.lowerBound * width, distances + worker * run * stride,
              ranks + queries.lowerBound * width)
          }
        }
      }
    }
    return ranks
  }
}
