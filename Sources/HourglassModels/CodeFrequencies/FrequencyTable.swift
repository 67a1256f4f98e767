import HourglassBase
import HourglassGraph

/// How often a channel of a code takes each value, in 65,536ths, as whole numbers: what a file's bytes mean may depend on
/// nothing that machines compute differently.
package struct FrequencyTable: Sendable, Equatable {
  /// The value of the first frequency.
  package let least: Int
  /// Of `least` and the values after it, each at least 1; the last one is of all other values together. They add up to
  /// 65,536.
  package let frequencies: [UInt32]
  /// The sum of the frequencies before each.
  package let starts: [UInt32]

  package static let totalBits = 16
  package static let total: UInt64 = 1 << 16
  /// Values lie between minus and plus this.
  package static let largestValue = 1 << 20
  /// Frequencies of a table.
  static let mostFrequencies = 4096

  /// - Throws: `HourglassError` (badData) unless the frequencies are as the properties say.
  package init(least: Int, frequencies: [UInt32]) throws(HourglassError) {
    func refusal(_ what: String) -> HourglassError {
      HourglassError(
        .badData, "A table of frequencies \(what); use a model that hourglass wrote, or train it again.")
    }
    guard 1...Self.mostFrequencies ~= frequencies.count else {
      throw refusal("has \(frequencies.count) entries, but must have from 1 to \(Self.mostFrequencies)")
    }
    guard abs(least.clamped) <= Self.largestValue else { throw refusal("begins at \(least)") }
    guard frequencies.allSatisfy({ $0 > 0 }) else { throw refusal("has a frequency of 0") }
    let sum = frequencies.map(UInt64.init).reduce(0, +)
    guard sum == Self.total else { throw refusal("adds up to \(sum), not to \(Self.total)") }
    self.least = least
    self.frequencies = frequencies
    var before: UInt32 = 0
    starts = frequencies.map { frequency in
      defer { before += frequency }
      return before
    }
  }

  /// The table of values that were counted, smoothed with a distribution.
  ///
  /// - Parameters:
  ///   - counts: how often each value from `first` on was seen.
  ///   - others: how often any other value was.
  ///   - density: the probability of a value by the learnt distribution, which counts like `weight` more values seen.
  package init(counts: [Int], first: Int, others: Int, density: (Int) -> Double, weight: Double)
    throws(HourglassError)
  {
    let seen = counts.reduce(others, +)
    let weights = counts.indices.map {
      let expected = density(first + $0)
      return Double(counts[$0]) + (expected.isFinite ? weight * max(expected, 0) : 0)
    }
    // What is rarer than the rarest that a table can say is left to the escape.
    let rare = (Double(seen) + weight) / Double(Self.total) / 2
    guard let start = weights.firstIndex(where: { $0 >= rare }),
      let end = weights.lastIndex(where: { $0 >= rare })
    else {
      try self.init(least: 0, frequencies: [UInt32(Self.total)])
      return
    }
    let kept = weights[start...end]
    let escaped = weights[..<start].reduce(Double(others), +) + weights[(end + 1)...].reduce(0, +)
    let shares = kept + [max(escaped, rare)]
    let scale = Double(Self.total) / shares.reduce(0, +)
    var frequencies = shares.map { max(Int($0 * scale), 1) }
    // What rounding left over goes to the most frequent value, where it costs least.
    let largest = frequencies.indices.max { frequencies[$0] < frequencies[$1] } ?? 0
    frequencies[largest] += Int(Self.total) - frequencies.reduce(0, +)
    try self.init(least: first + start, frequencies: frequencies.map { UInt32(max($0, 0)) })
  }

  /// The fewest bits that a value takes.
  package var fewestBits: Double {
    let most = frequencies.max() ?? 1
    return UnaryFunction.logarithm.value(Double(Self.total) / Double(most)) / 0.6931471805599453
  }

  package var escape: Int { frequencies.count - 1 }

  /// What each value of the table takes in bits, and last the escape without the distance after it.
  var costs: [Float] {
    frequencies.map {
      Float(UnaryFunction.logarithm.value(Double(Self.total) / Double($0)) / 0.6931471805599453)
    }
  }
}

extension Int {
  /// Without the one number whose absolute value is none.
  fileprivate var clamped: Int { Swift.max(self, -.max) }
}
