/// Tells columns of numbers that say which row it is, not what is in it: counters, identifiers, clocks. A model that took them
/// as features would find every later row odd.
enum RowIdentity {
  /// Fewer rows show nothing, unless they count from 0 or 1.
  static let fewest = 20

  /// Why the values are no feature, as the end of a sentence; nil where they may be one.
  ///
  /// - Parameter values: in the order of the file; not a number where a cell is missing.
  static func reason(_ values: [Double]) -> String? {
    guard mayTell(values) else { return nil }
    let all = values.count
    let values = values.filter { !$0.isNaN }
    guard values.count > 2, values.count * 10 >= all * 9 else { return nil }
    let steps = zip(values, values.dropFirst()).map { $1 - $0 }
    if values[0] == 0 || values[0] == 1, steps.allSatisfy({ $0 == 1 }) { return numbering }
    guard values.count >= fewest else { return nil }
    if let reason = orderly(values, steps) { return reason }
    return isPermutation(values) ? identifiers : nil
  }

  /// Whether the values go one way, or are whole: the first few tell most columns that do neither.
  private static func mayTell(_ values: [Double]) -> Bool {
    if values.allSatisfy({ $0.isNaN || $0 == $0.rounded() }) { return true }
    var (last, rises, falls) = (Double.nan, false, false)
    for value in values where !value.isNaN {
      if value > last { rises = true }
      if value < last { falls = true }
      if rises && falls { return false }
      last = value
    }
    return true
  }

  static let numbering = "it numbers the rows"
  static let identifiers = "its whole numbers are all different and leave hardly a gap, as identifiers do"

  static func evenly(isRising: Bool) -> String {
    "it \(isRising ? "grows" : "falls") evenly from row to row, as a clock or a counter does"
  }

  /// From this square of the correlation with the places on, values lie on a line.
  static let straight = 0.99
  /// Rounding may make equal steps differ by so much of them.
  static let tolerance = 1e-6

  /// The median of steps, and how many are equal to it.
  static func usual(_ steps: [Double]) -> (step: Double, equal: Int) {
    let sorted = steps.sorted()
    let usual = sorted[sorted.count / 2]
    return (usual, steps.count { abs($0 - usual) <= tolerance * abs(usual) })
  }

  /// Of values that only rise, or only fall, from row to row.
  private static func orderly(_ values: [Double], _ steps: [Double]) -> String? {
    let rising = steps.count { $0 > 0 }
    let falling = steps.count { $0 < 0 }
    guard min(rising, falling) == 0, max(rising, falling) * 10 >= steps.count * 9 else { return nil }
    if usual(steps).equal * 20 >= steps.count * 19 { return numbering }
    return straightness(values) > straight ? evenly(isRising: rising > 0) : nil
  }

  /// The square of the correlation of the values with their places.
  private static func straightness(_ values: [Double]) -> Double {
    let count = Double(values.count)
    let (first, centre) = (values[0], (count - 1) / 2)
    let scale = abs(values[values.count - 1] - first)
    let places = values.indices.map { Double($0) - centre }
    let heights = values.map { ($0 - first) / scale }
    let mean = heights.reduce(0, +) / count
    var (products, squares) = (0.0, 0.0)
    for (place, height) in zip(places, heights) {
      products += place * (height - mean)
      squares += (height - mean) * (height - mean)
    }
    let all = places.reduce(0) { $0 + $1 * $1 }
    return products * products / (all * squares)
  }

  /// Whether sorted they would count up, but for a few gaps.
  private static func isPermutation(_ values: [Double]) -> Bool {
    guard let least = values.min(), let largest = values.max(), abs(least) < 1e15, abs(largest) < 1e15,
      largest - least < 1.1 * Double(values.count), values.allSatisfy({ $0 == $0.rounded() })
    else { return false }
    return Set(values).count == values.count
  }
}
