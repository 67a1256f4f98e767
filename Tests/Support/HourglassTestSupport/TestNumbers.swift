/// Numbers for test data, the same in every run, so that a failure can be found again: SplitMix64 (Steele, Lea and
/// Flood, Fast Splittable Pseudorandom Number Generators, 2014).
package struct TestNumbers: RandomNumberGenerator {
  private var state: UInt64

  package init(_ seed: UInt64) { state = seed }

  /// A sequence of its own for each text.
  package init(_ text: String) {
    state = text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  package mutating func double(in range: ClosedRange<Double> = -1...1) -> Double {
    range.lowerBound + Double(next() >> 11) * 0x1p-53 * (range.upperBound - range.lowerBound)
  }

  package mutating func doubles(_ count: Int, in range: ClosedRange<Double> = -1...1) -> [Double] {
    (0..<count).map { _ in double(in: range) }
  }

  package mutating func float(in range: ClosedRange<Double> = -1...1) -> Float { Float(double(in: range)) }

  package mutating func floats(_ count: Int, in range: ClosedRange<Double> = -1...1) -> [Float] {
    (0..<count).map { _ in float(in: range) }
  }

  /// In 0..<1: never 1, which rounding might make of the other floats.
  package mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// As many in 0..<1.
  package mutating func units(_ count: Int) -> [Float] { (0..<count).map { _ in unit() } }
}
