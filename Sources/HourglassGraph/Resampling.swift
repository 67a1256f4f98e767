import HourglassBase

/// A separable linear map of each channel of an image, `rows * image * transpose(columns)`.
package struct Resampling: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// The mean over the part of each window that lies inside the image, as Keras computes it.
    case average
    /// Each element repeated.
    case nearest
    /// Linear interpolation between element centres, edges repeated, as Keras's `UpSampling2D`.
    case bilinear
    /// Gaussian blur of this standard deviation in pixels, cut off at three deviations; beyond the edge the image
    /// is mirrored about its outermost pixels.
    case gaussian(deviation: Double)
  }

  package var kind: Kind
  var channels: Int
  /// For `average` the window; for up-sampling `upsampling` is the factor, with kernel and stride 1.
  package var rows: WindowAxis
  package var columns: WindowAxis

  package init(average pool: PoolGeometry) {
    kind = .average
    channels = pool.channels
    rows = pool.rows
    columns = pool.columns
  }

  package init(kind: Kind, channels: Int, height: Int, width: Int, factors: (rows: Int, columns: Int)) {
    precondition(kind == .nearest || kind == .bilinear, "only up-sampling has factors")
    self.kind = kind
    self.channels = channels
    rows = Self.axis(height, factor: factors.rows)
    columns = Self.axis(width, factor: factors.columns)
  }

  /// A blur: an image of the same size.
  package init(gaussian deviation: Double, channels: Int, height: Int, width: Int) {
    kind = .gaussian(deviation: deviation)
    self.channels = channels
    rows = Self.axis(height, factor: 1)
    columns = Self.axis(width, factor: 1)
  }

  private static func axis(_ size: Int, factor: Int) -> WindowAxis {
    WindowAxis(input: size, output: size * factor, kernel: 1, stride: 1, padding: 0, upsampling: factor)
  }

  package var inputShape: Shape { [channels, rows.input, columns.input] }
  var outputShape: Shape { [channels, rows.output, columns.output] }

  package var rowMatrix: SparseMatrix { Self.matrix(kind, rows) }
  package var columnMatrix: SparseMatrix { Self.matrix(kind, columns) }

  private static func matrix(_ kind: Kind, _ axis: WindowAxis) -> SparseMatrix {
    switch kind {
    case .average:
      return SparseMatrix(
        columns: axis.input,
        rows: (0..<axis.output).map { y in
          let inside = (0..<axis.kernel).map { axis.source(output: y, kernel: $0) }
            .filter { 0..<axis.input ~= $0 }
          return inside.map { .init(column: $0, weight: 1 / Double(inside.count)) }
        })
    case .nearest:
      return SparseMatrix(
        columns: axis.input,
        rows: (0..<axis.output).map { [.init(column: $0 / axis.upsampling, weight: 1)] })
    case .bilinear:
      return SparseMatrix(
        columns: axis.input,
        rows: (0..<axis.output).map { y in
          let center = (Double(y) + 0.5) / Double(axis.upsampling) - 0.5
          let lower = Int(center.rounded(.down))
          let fraction = center - Double(lower)
          let first = min(max(lower, 0), axis.input - 1)
          let second = min(max(lower + 1, 0), axis.input - 1)
          if first == second || fraction == 0 { return [.init(column: first, weight: 1)] }
          return [.init(column: first, weight: 1 - fraction), .init(column: second, weight: fraction)]
        })
    case .gaussian(let deviation):
      return gaussian(deviation, size: axis.input)
    }
  }

  private static func gaussian(_ deviation: Double, size: Int) -> SparseMatrix {
    let radius = Int((3 * deviation).rounded(.up))
    let weights = (-radius...radius).map {
      UnaryFunction.exponential.value(-Double($0 * $0) / (2 * deviation * deviation))
    }
    let total = weights.reduce(0, +)
    return SparseMatrix(
      columns: size,
      rows: (0..<size).map { y in
        var row = [Double](repeating: 0, count: size)
        for (index, weight) in weights.enumerated() {
          row[mirrored(y + index - radius, size)] += weight / total
        }
        return row.enumerated().filter { $0.element != 0 }.map {
          .init(column: $0.offset, weight: $0.element)
        }
      })
  }

  /// The place within `0..<size` that a place beyond its ends mirrors: -1 is 1, `size` is `size - 2`.
  package static func mirrored(_ place: Int, _ size: Int) -> Int {
    guard size > 1 else { return 0 }
    let period = 2 * (size - 1)
    let within = ((place % period) + period) % period
    return within < size ? within : period - within
  }
}

/// A matrix by its nonzero entries, row by row.
package struct SparseMatrix: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    package var column: Int
    package var weight: Double
  }

  package var columns: Int
  package var rows: [[Entry]]

  package var transposed: SparseMatrix {
    var result = [[Entry]](repeating: [], count: columns)
    for (row, entries) in rows.enumerated() {
      for entry in entries {
        result[entry.column].append(Entry(column: row, weight: entry.weight))
      }
    }
    return SparseMatrix(columns: rows.count, rows: result)
  }
}
