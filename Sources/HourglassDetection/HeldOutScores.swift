import HourglassBase
import HourglassPlatform

/// Scores of training samples by models that did not learn them: what a detector is calibrated on.
struct HeldOutScores {
  /// One for each model, not empty; the first is that of the model that is kept.
  var parts: [AnomalyScores]

  /// From so many samples on, a part shows by its median where the scores of its own model lie.
  static let fewestForScale = 5

  var count: Int { parts.reduce(0) { $0 + $1.reconstruction.count } }

  /// Whether each model's scale is known from its own part. Of smaller parts all models are taken to have the same scale, and
  /// what their scales differ by widens the spread of the scores.
  private var hasScales: Bool {
    parts.count > 1 && parts.allSatisfy { $0.reconstruction.count >= Self.fewestForScale }
  }

  /// All scores as the kept model might have given them: those of other models times the ratio of the medians.
  var onOneScale: AnomalyScores {
    AnomalyScores(
      reconstruction: onOneScale(parts.map(\.reconstruction)),
      neighbours: onOneScale(parts.map(\.neighbours)), tails: parts.flatMap(\.tails),
      values: parts.flatMap(\.values))
  }

  private func onOneScale(_ parts: [[Double]]) -> [Double] {
    zip(parts, factors(parts)).flatMap { part, factor in part.map { $0 * factor } }
  }

  /// By what the scores of each model are multiplied to lie on the scale of the kept one.
  var factors: [(reconstruction: Double, neighbours: Double)] {
    Array(zip(factors(parts.map(\.reconstruction)), factors(parts.map(\.neighbours))))
  }

  private func factors(_ parts: [[Double]]) -> [Double] {
    guard hasScales else { return parts.map { _ in 1 } }
    let medians = parts.map { quantile($0.sorted(), 0.5) }
    return medians.map { $0 > 0 && medians[0] > 0 ? medians[0] / $0 : 1 }
  }

  /// How logarithms of squares vary among ordinary samples of most data, and how many samples that knowledge is worth. Of a
  /// handful the spread may by chance be a tenth of what it is, or several times as much.
  private static let usualDeviation = 0.5
  private static let usualWeight = 4

  /// The value that this share of new ordinary samples exceeds if the logarithms of scores are normally distributed: the bound
  /// of a prediction by Student's t distribution (Hahn 1969). Of parts too small to have a scale, it begins from what is usual:
  /// a scaled inverse chi-squared prior of the variance (Gelman et al. 1995).
  ///
  /// - Parameters:
  ///   - values: of all samples, on one scale; at least three.
  ///   - share: less than a half.
  ///   - unit: what the logarithm of a square grows by for each 1 of a value.
  func bound(_ values: [Double], exceededBy share: Double, unit: Double) -> Double {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    var squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    // A scale of each model is one thing more that was learnt from the samples; the kept one's comes from its part alone, by
    // a median, whose variance is a half of pi times that of a mean.
    var freedom = values.count - (hasScales ? parts.count : 1)
    let uncertainty = hasScales ? Double.pi / 2 / Double(parts[0].reconstruction.count) : 1 / count
    if !hasScales {
      freedom += Self.usualWeight
      squares += Double(Self.usualWeight) * (Self.usualDeviation / unit) * (Self.usualDeviation / unit)
    }
    let deviation = (squares / Double(freedom)).squareRoot()
    return mean + StudentDistribution.quantile(exceededBy: share, freedom: freedom) * deviation
      * (1 + uncertainty).squareRoot()
  }
}

/// Student's t distribution (Student 1908).
package enum StudentDistribution {
  /// The number that is exceeded with this probability, 0..<0.5; at least one degree of freedom.
  package static func quantile(exceededBy share: Double, freedom: Int) -> Double {
    var (low, high) = (0.0, 1.0)
    while tail(high, freedom) > share, high < 1e9 { high *= 2 }
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if tail(middle, freedom) > share { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The probability of more than `number`, which is not negative (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4).
  private static func tail(_ number: Double, _ freedom: Int) -> Double {
    let angle = atan(number / Double(freedom).squareRoot())
    let (sine, square) = (sin(angle), cos(angle) * cos(angle))
    let isOdd = !freedom.isMultiple(of: 2)
    var (term, sum) = (isOdd ? cos(angle) : 1, 0.0)
    for place in stride(from: isOdd ? 3 : 2, through: freedom, by: 2) {
      sum += term
      term *= square * Double(place - 1) / Double(place)
    }
    let within = isOdd ? 2 / Double.pi * (angle + sine * sum) : sine * sum
    return (1 - within) / 2
  }
}
