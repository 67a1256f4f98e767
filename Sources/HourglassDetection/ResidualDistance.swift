import HourglassBase
import HourglassEngine

/// How far a reconstruction misses, measured by what is usual: the Mahalanobis distance of the residual (Mahalanobis
/// 1936) from those of training samples, over the number of features. Directions in which the model rebuilds well
/// count more.
struct ResidualDistance: Sendable {
  /// Of each feature's residual.
  let mean: [Float]
  /// `[features][features]`, one column a direction; only `[features]`, a factor each, for wide samples.
  let whitening: [Float]
  /// What parts of residuals are expected to be where nothing is known of them.
  let expectation: ConditionalMean

  /// Wider samples are measured feature by feature.
  static let largestWhole = 256
  /// A direction's variance is raised by this share of the mean one, so that none counts without limit.
  private static let floor = 0.1

  init(mean: [Float], whitening: [Float]) {
    self.mean = mean
    self.whitening = whitening
    expectation = ConditionalMean(mean: mean, precision: Self.precision(whitening, features: mean.count))
  }

  /// The matrix of which the distance is the quadratic form.
  private static func precision(_ whitening: [Float], features: Int) -> [Float] {
    guard whitening.count == features * features else { return [] }
    var precision = [Float](repeating: 0, count: features * features)
    for row in 0..<features {
      for column in 0...row {
        let sum = (0..<features).reduce(0.0) {
          $0 + Double(whitening[row * features + $1]) * Double(whitening[column * features + $1])
        }
        precision[row * features + column] = Float(sum)
        precision[column * features + row] = Float(sum)
      }
    }
    return precision
  }

  /// - Parameter residuals: of training samples, shape `[features]`; at least two.
  init(of residuals: SampleArray, seed: UInt64, threads: Int?) throws {
    let features = residuals.shape.count
    guard features <= Self.largestWhole else {
      let (mean, factors) = Self.diagonal(residuals)
      self.init(mean: mean, whitening: factors)
      return
    }
    let components = try PrincipalComponents(of: residuals, count: features, seed: seed, threads: threads)
    let usual = max(components.totalVariance / Double(features), .leastNormalMagnitude)
    var matrix = [Float](repeating: 0, count: features * features)
    for (column, direction) in components.components.enumerated() {
      let factor = 1 / (components.explainedVariance[column] + Self.floor * usual).squareRoot()
      for (row, number) in direction.enumerated() { matrix[row * features + column] = Float(number * factor) }
    }
    self.init(
      mean: components.mean.map { Float($0) }, whitening: matrix.map { $0.isFinite ? $0 : 0 })
  }

  /// The mean square over what is usual, of all features alike: few residuals do not show which directions are usual.
  ///
  /// - Parameter residuals: of samples that the model did not learn.
  init(alike residuals: SampleArray) {
    let features = residuals.shape.count
    let squares = residuals.floats.reduce(0.0) { $0 + Double($1) * Double($1) }
    let usual = max(squares / Double(max(residuals.count * features, 1)), .leastNormalMagnitude)
    let factor = Float(1 / usual.squareRoot())
    self.init(
      mean: Array(repeating: 0, count: features),
      whitening: Array(repeating: factor.isFinite ? factor : 0, count: features))
  }

  private static func diagonal(_ residuals: SampleArray) -> ([Float], [Float]) {
    let features = residuals.shape.count
    var (sums, squares) = ([Double](repeating: 0, count: features), [Double](repeating: 0, count: features))
    for index in 0..<residuals.count {
      for (feature, value) in residuals.sample(index).enumerated() {
        sums[feature] += Double(value)
        squares[feature] += Double(value) * Double(value)
      }
    }
    let count = Double(max(residuals.count, 1))
    let means = sums.map { $0 / count }
    let variances = zip(squares, means).map { max($0 / count - $1 * $1, 0) }
    let usual = max(variances.reduce(0, +) / Double(features), .leastNormalMagnitude)
    let factors = variances.map { Float(1 / ($0 + floor * usual).squareRoot()) }
    return (means.map { Float($0) }, factors.map { $0.isFinite ? $0 : 0 })
  }

  /// One number for each residual; of features that are missing nothing is counted.
  ///
  /// - Parameter each: told of each row its residual in units of what is usual, `[features]`; where nothing is known, what the
  ///   rest lets expect.
  func distances(
    _ residuals: SampleArray, missing: MissingCells = .none, machine: VectorMachine,
    each: (Int, UnsafeBufferPointer<Double>) -> Void = { _, _ in }
  ) throws -> [Double] {
    let features = mean.count
    guard missing.isEmpty else {
      let filled = SampleArray(trustedFloatCount: residuals.count, shape: residuals.shape) { memory in
        for row in 0..<residuals.count {
          let vector = UnsafeMutableBufferPointer(rebasing: memory[row * features..<(row + 1) * features])
          _ = vector.update(fromContentsOf: residuals.sample(row))
          expectation.fill(vector, missing: missing[row: row])
        }
      }
      return try distances(filled, machine: machine, each: each).enumerated().map { row, distance in
        let known = features - missing[row: row].count
        return known > 0 ? distance * Double(features) / Double(known) : 0
      }
    }
    var distances: [Double] = []
    distances.reserveCapacity(residuals.count)
    func add(_ whitened: UnsafeBufferPointer<Double>) {
      each(distances.count, whitened)
      distances.append(whitened.reduce(0) { $0 + $1 * $1 } / Double(features))
    }
    guard whitening.count == features * features, features > 1 || whitening.count == 1 else {
      var vector = [Double](repeating: 0, count: features)
      for index in 0..<residuals.count {
        let sample = residuals.sample(index)
        for feature in 0..<features {
          vector[feature] = Double(sample[feature] - mean[feature]) * Double(whitening[feature])
        }
        vector.withUnsafeBufferPointer(add)
      }
      return distances
    }
    var matrix = DoubleMatrix(rows: features, columns: features)
    for row in 0..<features {
      for column in 0..<features { matrix[row, column] = Double(whitening[row * features + column]) }
    }
    let product = machine.product(try PointMatrix(residuals), mean: mean.map { Double($0) }, matrix)
    product.values.withUnsafeBufferPointer { values in
      for row in 0..<residuals.count {
        add(UnsafeBufferPointer(rebasing: values[row * product.stride..<row * product.stride + features]))
      }
    }
    return distances
  }
}
