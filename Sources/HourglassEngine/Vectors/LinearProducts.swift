import CLaneKernels

/// Numbers in double precision, `[rows][columns]`, with rows filled up to whole vectors of sixteen.
package struct DoubleMatrix: Sendable {
  package let rows: Int
  package let columns: Int
  /// Numbers from one row to the next.
  package let stride: Int
  package var values: [Double]

  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    stride = (columns + 15) / 16 * 16
    values = Array(repeating: 0, count: rows * stride)
  }

  package subscript(row: Int, column: Int) -> Double {
    get { values[row * stride + column] }
    set { values[row * stride + column] = newValue }
  }
}

extension VectorMachine {
  /// Rows that are worked on at once, so that they stay in the second cache.
  private static let rowsAtOnce = 128

  /// `(points - mean) * matrix`, one row a point.
  ///
  /// - Parameter matrix: one row a feature.
  package func product(_ points: PointMatrix, mean: [Double], _ matrix: DoubleMatrix) -> DoubleMatrix {
    var result = DoubleMatrix(rows: points.count, columns: matrix.columns)
    let project = kernels.table.pointee.projection.project!
    result.values.withUnsafeMutableBufferPointer { result in
      let (result, width, features) = (result.baseAddress!, matrix.stride, points.features)
      mean.withUnsafeBufferPointer { mean in
        matrix.values.withUnsafeBufferPointer { matrix in
          team.forEachRun(of: points.count, size: Self.rowsAtOnce) { rows, _ in
            project(
              points.rows + rows.lowerBound * features, Int64(rows.count), Int64(features), mean.baseAddress!,
              matrix.baseAddress!, Int64(width), result + rows.lowerBound * width)
          }
        }
      }
    }
    return result
  }

  /// The sum over points of the products of all pairs of features, each less its mean.
  ///
  /// - Parameter progress: told now and then how many points are done; what it throws ends the work.
  package func scatter(
    _ points: PointMatrix, mean: [Double], progress: (Int) throws -> Void
  ) rethrows -> DoubleMatrix {
    let features = points.features
    var sums = DoubleMatrix(rows: features, columns: features)
    for start in stride(from: 0, to: points.count, by: Self.rowsAtOnce) {
      let rows = start..<min(start + Self.rowsAtOnce, points.count)
      var centred = DoubleMatrix(rows: rows.count, columns: features)
      for (number, row) in rows.enumerated() {
        for feature in 0..<features {
          centred[number, feature] = Double(points.rows[row * features + feature]) - mean[feature]
        }
      }
      accumulate(points, mean: mean, rows: rows, centred, &sums)
      try progress(rows.upperBound)
    }
    return sums
  }

  /// Adds up the points `rows`, for which `factors` has one row each.
  private func accumulate(
    _ points: PointMatrix, mean: [Double], rows: Range<Int>, _ factors: DoubleMatrix,
    _ sums: inout DoubleMatrix
  ) {
    let accumulate = kernels.table.pointee.projection.accumulate!
    let (features, width) = (points.features, factors.stride)
    sums.values.withUnsafeMutableBufferPointer { sums in
      let sums = sums.baseAddress!
      mean.withUnsafeBufferPointer { mean in
        factors.values.withUnsafeBufferPointer { factors in
          team.forEachRun(of: features, size: 16) { chosen, _ in
            accumulate(
              points.rows + rows.lowerBound * features, Int64(rows.count), Int64(features), mean.baseAddress!,
              Int64(chosen.lowerBound), Int64(chosen.count), factors.baseAddress!, Int64(width), sums)
          }
        }
      }
    }
  }
}
