import Testing

/// The bits of numbers, which tell even -0 from 0.
package func bits(_ numbers: [Float]) -> [UInt32] { numbers.map(\.bitPattern) }

package func bits(_ positions: [SIMD2<Float>]) -> [UInt32] {
  positions.flatMap { [$0.x.bitPattern, $0.y.bitPattern] }
}

/// Equal bits; all NaN count as equal.
package func sameBits(_ a: [Float], _ b: [Float]) -> Bool {
  a.count == b.count
    && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) }
}

/// The largest difference of two numbers in the same place; infinite where counts differ or a number is NaN.
package func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}

/// The largest difference of two numbers in the same place; infinite where counts differ or a number is NaN.
package func largestDifference(_ a: [Float], _ b: [Float]) -> Double {
  largestDifference(a.map(Double.init), b.map(Double.init))
}

/// Expects equal counts and numbers within `tolerance` of each other, relative to the largest.
package func expectClose(
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
