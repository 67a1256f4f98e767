import CLaneKernels
import HourglassBase

/// Samples as rows of floats, ready for the kernels of this folder. Its numbers are finite, and so small that the
/// square of a distance is finite too.
package final class PointMatrix {
  package let count: Int
  /// Numbers of one point.
  package let features: Int
  /// `[count][features]`.
  package let rows: UnsafeMutablePointer<Float>
  /// Filled when it is asked for the first time.
  private var packed: Packed?

  /// The points in blocks of sixteen, with their lengths.
  private struct Packed {
    let points: UnsafeMutablePointer<Float>
    let halfSquares: UnsafeMutablePointer<Float>
    let largestNorm: Double
  }

  private static let (largestMagnitude, smallestMagnitude) = (1e15 as Float, 1e-18 as Float)

  private init(count: Int, features: Int) {
    self.count = count
    self.features = features
    rows = allocateFloats(count * features)
  }

  deinit {
    rows.deallocate()
    packed?.points.deallocate()
    packed?.halfSquares.deallocate()
  }

  /// - Throws: `HourglassError` (badData) when a number is not finite, or larger than 1e15.
  package convenience init(_ samples: SampleArray) throws(HourglassError) {
    self.init(count: samples.count, features: samples.shape.count)
    let total = count * features
    if let source = samples.baseAddress {
      switch samples.element {
      case .byte(let scale):
        let bytes = source.assumingMemoryBound(to: UInt8.self)
        for index in 0..<total { rows[index] = Float(bytes[index]) * scale }
      case .float: rows.update(from: source.assumingMemoryBound(to: Float.self), count: total)
      }
    }
    // The comparison also turns away what is not a number.
    if let bad = (0..<total).first(where: { !(abs(rows[$0]) <= Self.largestMagnitude) }) {
      throw HourglassError(
        .badData,
        "Sample \(bad / features) has the value \(rows[bad]) at place \(bad % features), but distances need finite "
          + "values up to 1e15; leave the sample out, or scale the samples.")
    }
  }

  /// Checks that the points lie so far from zero that squares of their distances do not vanish: as points to compare
  /// others with they would all be as near. All zero they are what they say.
  ///
  /// - Throws: `HourglassError` (badData) when the largest number is below 1e-18, and not 0.
  package func checkMagnitude() throws(HourglassError) {
    var largest = 0 as Float
    for index in 0..<count * features { largest = max(largest, abs(rows[index])) }
    guard largest > 0, largest < Self.smallestMagnitude else { return }
    throw HourglassError(
      .badData,
      "The largest value of the \(count) samples is \(largest), but squares of distances need values that reach "
        + "1e-18; scale the samples.")
  }

  /// Points of the plane.
  package convenience init(_ positions: [SIMD2<Float>]) throws(HourglassError) {
    try self.init(
      SampleArray(trustedFloats: positions.flatMap { [$0.x, $0.y] }, count: positions.count, shape: [2]))
  }

  /// Some of the points, in this order.
  package func selecting(_ chosen: [Int]) -> PointMatrix {
    let some = PointMatrix(count: chosen.count, features: features)
    for (place, point) in chosen.enumerated() {
      (some.rows + place * features).update(from: rows + point * features, count: features)
    }
    return some
  }

  /// Calls `body` with the points as the kernels see them; for two threads at once only after `prepare`.
  func withPoints<Result>(_ body: (UnsafePointer<lane_points>) throws -> Result) rethrows -> Result {
    prepare()
    guard let packed else { preconditionFailure("the points are packed") }
    var points = lane_points(
      count: Int64(count), features: Int64(features), rows: rows, packed: packed.points,
      half_squares: packed.halfSquares, largest_norm: packed.largestNorm)
    return try withUnsafePointer(to: &points, body)
  }

  /// Prepares what searches need, so that later ones may run at the same time.
  package func prepare() {
    if packed == nil { packed = pack() }
  }

  private func pack() -> Packed {
    let whole = (count + 15) / 16 * 16
    let packed = allocateFloats(whole * features)
    let halfSquares = allocateFloats(whole)
    var greatest = 0.0
    for point in 0..<whole {
      let block = packed + point / 16 * 16 * features + point % 16
      guard point < count else {
        halfSquares[point] = .infinity
        continue
      }
      var square = 0.0
      for feature in 0..<features {
        let number = rows[point * features + feature]
        block[16 * feature] = number
        square += Double(number) * Double(number)
      }
      halfSquares[point] = Float(square / 2)
      greatest = max(greatest, square)
    }
    return Packed(points: packed, halfSquares: halfSquares, largestNorm: greatest.squareRoot())
  }
}
