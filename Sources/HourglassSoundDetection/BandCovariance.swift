import HourglassBase

/// How what is left over in the bands of a frame usually hangs together, by which Mahalanobis' distance tells the unusual.
struct BandCovariance: Sendable, Equatable {
  let bands: Int
  /// The covariance's root, a lower triangle, `[row][column]`.
  let root: [Float]

  /// Added to the diagonal, as a share of its mean, so that a band that never changes does no harm.
  private static let share = 1e-3

  /// - Parameter residuals: of so many frames, `[frame][band]`; what they are on average is no part of it.
  init(_ residuals: [Float], bands: Int) {
    self.bands = bands
    let count = max(residuals.count / bands, 1)
    var sums = [Double](repeating: 0, count: bands * bands)
    for frame in 0..<residuals.count / bands {
      let row = frame * bands
      for one in 0..<bands {
        let value = Double(residuals[row + one])
        for other in 0...one { sums[one * bands + other] += value * Double(residuals[row + other]) }
      }
    }
    let trace = (0..<bands).reduce(0) { $0 + sums[$1 * bands + $1] } / Double(count)
    let added = max(trace / Double(bands) * Self.share, 1e-12)
    // Cholesky's way, row by row.
    var root = [Double](repeating: 0, count: bands * bands)
    for row in 0..<bands {
      for column in 0...row {
        var value = sums[row * bands + column] / Double(count) + (row == column ? added : 0)
        for place in 0..<column { value -= root[row * bands + place] * root[column * bands + place] }
        root[row * bands + column] =
          row == column ? max(value, added * 1e-3).squareRoot() : value / root[column * bands + column]
      }
    }
    self.root = root.map(Float.init)
  }

  /// - Returns: nil when the numbers are no root of a covariance.
  init?(bands: Int, root: [Float]) {
    guard root.count == bands * bands,
      (0..<bands).allSatisfy({ root[$0 * bands + $0] > 1e-20 }), root.allSatisfy({ abs($0) < 1e15 })
    else { return nil }
    (self.bands, self.root) = (bands, root)
  }

  /// The mean square of what is left over, in units of what is usual.
  func distance(_ residual: [Float]) -> Double {
    var solved = [Double](repeating: 0, count: bands)
    var sum = 0.0
    for row in 0..<bands {
      var value = Double(residual[row])
      for place in 0..<row { value -= Double(root[row * bands + place]) * solved[place] }
      solved[row] = value / Double(root[row * bands + row])
      sum += solved[row] * solved[row]
    }
    return sum / Double(bands)
  }
}
