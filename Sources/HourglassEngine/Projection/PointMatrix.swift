import CLaneKernels
import HourglassGraph

/// Samples as rows of floats, ready for the kernels of this folder. Its numbers are finite, and so small that the
/// square of a distance is finite too.
package final class PointMatrix {
  package let count: Int
  /// Numbers of one point.
  package let features: Int
  /// `[count][features]`.
  package let rows: UnsafeMutablePointer<Float>
  /// Filled when it is asked for the first time.
  private var packed: UnsafeMutablePointer<Float>?

  private static let largestMagnitude: Float = 1e15

  private init(count: Int, features: Int) {
    self.count = count
    self.features = features
    rows = allocateFloats(count * features)
  }

  deinit {
    rows.deallocate()
    packed?.deallocate()
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

  /// Points of the plane.
  package convenience init(_ positions: [SIMD2<Float>]) throws(HourglassError) {
    try self.init(
      SampleArray(floats: positions.flatMap { [$0.x, $0.y] }, count: positions.count, shape: [2]))
  }

  /// Calls `body` with the points as the kernels see them. Not for two threads at once.
  func withPoints<Result>(_ body: (UnsafePointer<lane_points>) -> Result) -> Result {
    let packed = self.packed ?? pack()
    self.packed = packed
    var points = lane_points(
      count: Int64(count), features: Int64(features), rows: rows, packed: packed)
    return withUnsafePointer(to: &points, body)
  }

  private func pack() -> UnsafeMutablePointer<Float> {
    let packed = allocateFloats((count + 15) / 16 * 16 * features)
    for point in 0..<count {
      let block = packed + point / 16 * 16 * features + point % 16
      for feature in 0..<features { block[16 * feature] = rows[point * features + feature] }
    }
    return packed
  }
}
