import HourglassPlatform

/// Mean and deviation of a column's numbers.
struct ColumnMoments {
  var mean: Double
  /// The root of the mean square difference from the mean.
  var deviation: Double

  /// Squares of numbers up to this, and of their differences, can be added up.
  private static let largestSquared = 1e150
  private static let smallestSquared = 1e-150

  /// - Parameter sorted: at least one number, in ascending order, finite.
  init(_ sorted: [Double]) {
    let largest = max(abs(sorted[0]), abs(sorted[sorted.count - 1]))
    let unit = largest > Self.largestSquared || largest < Self.smallestSquared && largest > 0 ? largest : 1
    let count = Double(sorted.count)
    if unit == 1 {
      mean = sorted.reduce(0, +) / count
      let centre = mean
      let variance = sorted.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / count
      deviation = max(variance, 0).squareRoot()
      return
    }
    let mean = sorted.reduce(0) { $0 + $1 / unit } / count
    let variance = sorted.reduce(0) { $0 + ($1 / unit - mean) * ($1 / unit - mean) } / count
    (self.mean, deviation) = (mean * unit, max(variance, 0).squareRoot() * unit)
  }

  /// So many times the usual difference from the median a number may lie from it: beside one that lies farther the others' whole
  /// differences would be lost in rounding. It is a mark that there is no value, or a mistake.
  static let farthest = 1e15

  /// The numbers that are not too far from the others.
  ///
  /// - Parameter sorted: in ascending order, finite.
  static func plausible(_ sorted: [Double]) -> [Double] {
    guard sorted.count > 2 else { return sorted }
    let median = sorted[sorted.count / 2]
    // Halves, since the difference of two large numbers may be too large.
    let differences = sorted.map { abs($0 / 2 - median / 2) }.filter { $0 > 0 }.sorted()
    guard let usual = differences.isEmpty ? nil : differences[(differences.count - 1) / 2], usual > 0 else {
      return sorted
    }
    // Where most are equal the few others may be all marks, and say nothing of what is usual.
    let mostAreEqual = differences.count * 2 < sorted.count
    let limit =
      mostAreEqual ? min(usual * farthest, max(abs(median), 1) * farthest * farthest) : usual * farthest
    guard let largest = differences.last, largest > limit else { return sorted }
    return sorted.filter { abs($0 / 2 - median / 2) <= limit }
  }
}
