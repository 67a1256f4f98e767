/// Brings points of the plane into a square around the origin, both axes at the same scale, however little or much they
/// span. Where that is nothing, all lie in the middle.
package struct SquareFit {
  private let scale: Float
  private let middle: SIMD2<Float>
  /// Where single precision has no such scale: of spans below 1e-34, or of the largest numbers.
  private var precise: (scale: Double, middle: SIMD2<Double>)?

  /// - Parameters:
  ///   - positions: finite, at least one.
  ///   - side: of the square.
  package init(_ positions: [SIMD2<Float>], side: Float) {
    var (least, greatest) = (positions[0], positions[0])
    for position in positions {
      least = pointwiseMin(least, position)
      greatest = pointwiseMax(greatest, position)
    }
    let extent = (greatest - least).max()
    scale = extent > 0 ? side / extent : 0
    middle = least + (greatest - least) * 0.5
    guard !extent.isFinite || !scale.isFinite else { return }
    let (low, high) = (SIMD2<Double>(least), SIMD2<Double>(greatest))
    precise = (Double(side) / (high - low).max(), low + (high - low) * 0.5)
  }

  /// From minus to plus half a side.
  package func callAsFunction(_ position: SIMD2<Float>) -> SIMD2<Float> {
    guard let precise else { return (position - middle) * scale }
    return SIMD2<Float>((SIMD2<Double>(position) - precise.middle) * precise.scale)
  }
}
