import HourglassBase
import HourglassEngine

/// What some features of a vector are expected to be, given the others: the conditional mean of a normal distribution.
///
/// With the precision P (the inverse of the covariance), the missing features m and the known ones k, it is
/// `mean_m - inverse(P_mm) P_mk (x_k - mean_k)`. The same numbers make the Mahalanobis distance the smallest that it can
/// be, which is the distance of the known features alone.
struct ConditionalMean: Sendable {
  let mean: [Float]
  /// `[features][features]`, symmetric and positive definite; empty for wide vectors, of which the mean stands in.
  let precision: [Float]

  /// The most features whose dependences are looked at.
  static let largest = 256

  init(mean: [Float], precision: [Float]) {
    (self.mean, self.precision) = (mean, precision)
  }

  /// - Parameter vectors: at least two, of shape `[features]` with at most `largest` features, finite.
  init(of vectors: SampleArray, threads: Int?) throws {
    let features = vectors.shape.count
    let components = try PrincipalComponents(of: vectors, count: features, seed: 0, threads: threads)
    let usual = max(components.totalVariance / Double(features), .leastNormalMagnitude)
    // Few vectors show dependences that are none.
    let floor = usual * (1e-3 + Double(features) / Double(vectors.count))
    var precision = [Double](repeating: 0, count: features * features)
    for (variance, direction) in zip(components.explainedVariance, components.components) {
      for row in 0..<features {
        let factor = direction[row] * usual / (variance + floor)
        for column in 0..<features { precision[row * features + column] += factor * direction[column] }
      }
    }
    mean = components.mean.map { Float($0) }
    self.precision = precision.map { Float($0) }
  }

  /// Sets the missing features of one vector.
  func fill(_ vector: UnsafeMutableBufferPointer<Float>, missing: ArraySlice<Int32>) {
    let (features, count) = (mean.count, missing.count)
    let places = missing.map { Int($0) }
    for place in places { vector[place] = mean[place] }
    guard !precision.isEmpty, count > 0, count < features else { return }
    let differences = (0..<features).map { Double(vector[$0]) - Double(mean[$0]) }
    let right = places.map { place in
      -(0..<features).reduce(0.0) { $0 + Double(precision[place * features + $1]) * differences[$1] }
    }
    let matrix = places.flatMap { row in places.map { Double(precision[row * features + $0]) } }
    guard let steps = Self.solve(matrix, right) else { return }
    for (place, step) in zip(places, steps) { vector[place] += Float(step) }
  }

  /// Cholesky's method for a symmetric positive definite system; nil when rounding errors make the matrix another.
  static func solve(_ matrix: [Double], _ right: [Double]) -> [Double]? {
    let size = right.count
    var (lower, result) = (matrix, right)
    for row in 0..<size {
      for column in 0...row {
        var sum = lower[row * size + column]
        for inner in 0..<column { sum -= lower[row * size + inner] * lower[column * size + inner] }
        if row == column {
          guard sum > 0 else { return nil }
          lower[row * size + row] = sum.squareRoot()
        } else {
          lower[row * size + column] = sum / lower[column * size + column]
        }
      }
    }
    for row in 0..<size {
      for inner in 0..<row { result[row] -= lower[row * size + inner] * result[inner] }
      result[row] /= lower[row * size + row]
    }
    for row in (0..<size).reversed() {
      for inner in row + 1..<size { result[row] -= lower[inner * size + row] * result[inner] }
      result[row] /= lower[row * size + row]
    }
    return result.allSatisfy(\.isFinite) ? result : nil
  }
}
