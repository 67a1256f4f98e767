import HourglassBase
import HourglassEngine
import HourglassModels

/// Rows as an autoencoder sees them: a row's encoded numbers, and beside them what the model misses of these, whitened as
/// `ResidualDistance` does. In it a row lies apart that has unusual numbers, and one whose numbers do not fit each other.
struct JoinedSpace: Sendable {
  /// What the halves are multiplied by. The mean square of the distance between two training samples is then 1 in either, so
  /// that neither counts more for having more directions that vary.
  let (inputScale, residualScale): (Float, Float)

  /// Positive numbers that a scale may be.
  static let scales: ClosedRange<Float> = 1e-15...1e15
  /// Beyond this a number of a point is cut: it is farther from all others than any distance that matters, and its square
  /// is still finite.
  static let farthest: Float = 1e15

  init(inputScale: Float, residualScale: Float) {
    (self.inputScale, self.residualScale) = (inputScale, residualScale)
  }

  /// - Parameters:
  ///   - inputs: training samples, at least one.
  ///   - distances: those of the residuals that `ResidualDistance` was learnt from: mean squares of whitened numbers.
  init(inputs: SampleArray, distances: [Double]) {
    let features = Double(inputs.shape.count)
    self.init(
      inputScale: Self.scale(variance: Self.totalVariance(inputs)),
      residualScale: Self.scale(variance: features * distances.reduce(0, +) / Double(max(distances.count, 1)))
    )
  }

  /// Two samples that are drawn at random differ by twice the variance in the mean of squares (Huygens and Steiner). What does
  /// not vary is left as it is.
  private static func scale(variance: Double) -> Float {
    guard variance > 0 else { return 1 }
    return min(max(Float(1 / (2 * variance).squareRoot()), scales.lowerBound), scales.upperBound)
  }

  /// The sum of the variances of all features.
  private static func totalVariance(_ samples: SampleArray) -> Double {
    let features = samples.shape.count
    var (means, squares) = ([Double](repeating: 0, count: features), 0.0)
    for index in 0..<samples.count {
      for (feature, value) in samples.sample(index).enumerated() { means[feature] += Double(value) }
    }
    for feature in 0..<features { means[feature] /= Double(samples.count) }
    for index in 0..<samples.count {
      for (feature, value) in samples.sample(index).enumerated() {
        squares += (Double(value) - means[feature]) * (Double(value) - means[feature])
      }
    }
    return squares / Double(samples.count)
  }

  /// Writes a point, `[2][features]`: first the inputs' half.
  func write(
    _ input: [Float], _ whitened: UnsafeBufferPointer<Double>, to point: UnsafeMutableBufferPointer<Float>
  ) {
    for feature in input.indices {
      point[feature] = Self.within(input[feature] * inputScale)
      point[input.count + feature] = Self.within(Float(whitened[feature]) * residualScale)
    }
  }

  private static func within(_ number: Float) -> Float { min(max(number, -farthest), farthest) }
}
