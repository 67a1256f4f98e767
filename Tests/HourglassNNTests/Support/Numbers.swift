import Foundation
import HourglassBase
import HourglassEngine
import HourglassGraph
import Testing

/// Numbers for test data, the same in every run: Steele's SplitMix.
struct Numbers: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  /// A sequence of its own for each text.
  init(_ text: String) {
    state = text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func double(in range: ClosedRange<Double> = -1...1) -> Double {
    range.lowerBound + Double(next() >> 11) * 0x1p-53 * (range.upperBound - range.lowerBound)
  }

  mutating func doubles(_ count: Int, in range: ClosedRange<Double> = -1...1) -> [Double] {
    (0..<count).map { _ in double(in: range) }
  }

  mutating func floats(_ count: Int, in range: ClosedRange<Double> = -1...1) -> [Float] {
    doubles(count, in: range).map(Float.init)
  }
}

/// The numbers of `reference.py`: element `i` of tensor `seed`.
func sequence(_ count: Int, _ seed: Int) -> [Double] {
  (0..<count).map { Double(($0 * 37 + seed * 17 + 11) % 101 - 50) / 25 }
}

extension ReferenceInterpreter.Value {
  /// All numbers, one sample after another.
  var flat: [Double] {
    switch self {
    case .shared(let numbers): numbers
    case .perSample(let samples): samples.flatMap { $0 }
    }
  }
}

/// Expects equal counts and numbers within `tolerance` of each other, relative to the largest.
func expectClose(
  _ found: [Double], _ expected: [Double], tolerance: Double = 1e-9, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard found.count == expected.count else {
    Issue.record("\(what): \(found.count) numbers, not \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  let scale = max(expected.map(abs).max() ?? 0, 1e-3)
  let worst = zip(found, expected).map { abs($0 - $1) }.enumerated().max { $0.element < $1.element }
  guard let worst else { return }
  // The negation also catches what is not a number.
  if !(worst.element <= tolerance * scale) || found.contains(where: \.isNaN) {
    Issue.record(
      "\(what): number \(worst.offset) is \(found[worst.offset]), not \(expected[worst.offset])",
      sourceLocation: sourceLocation)
  }
}

/// The error that `body` throws; fails the test if it throws none or another kind.
func thrownError(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> HourglassError {
  do {
    try body()
    Issue.record("no error was thrown", sourceLocation: sourceLocation)
  } catch let error as HourglassError {
    return error
  } catch {
    Issue.record("another error was thrown: \(error)", sourceLocation: sourceLocation)
  }
  return HourglassError(.usage, "")
}
