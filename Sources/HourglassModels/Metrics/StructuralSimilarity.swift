import HourglassBase
import HourglassPlatform

/// Measures the SSIM of many images of one shape, with memory that it keeps from image to image.
package struct StructuralSimilarity {
  private let channels: Int
  private let height: Int
  private let width: Int
  private let rows: [Double]
  private let columns: [Double]
  /// What is averaged over each window, for each pixel: both images' values, the sum of their squares, and
  /// their product. The four go through the filter together.
  private var moments: [SIMD4<Double>]
  /// The moments after the filter along rows.
  private var filtered: [SIMD4<Double>]

  /// - Parameter shape: `[channels, height, width]`.
  package init(shape: Shape) {
    precondition(shape.rank == 3 && shape.count > 0, "SSIM is of (channels, height, width), not \(shape)")
    (channels, height, width) = (shape[0], shape[1], shape[2])
    rows = Self.gaussianWindow(min(11, height))
    columns = Self.gaussianWindow(min(11, width))
    moments = Array(repeating: .zero, count: height * width)
    filtered = Array(repeating: .zero, count: height * (width - columns.count + 1))
  }

  /// The mean over channels and windows.
  package mutating func callAsFunction(_ a: [Float], _ b: [Float]) -> Double {
    var total = 0.0
    measure(a, b) { total += $0.similarity }
    return total / Double(channels)
  }

  /// Means over the windows of one channel.
  package struct Means {
    /// SSIM itself.
    package var similarity = 0.0
    /// Without the comparison of brightness: how contrast and structure agree.
    package var structure = 0.0
  }

  /// Calls `body` with the means of each channel.
  package mutating func measure(_ a: [Float], _ b: [Float], _ body: (Means) -> Void) {
    let size = height * width
    precondition(
      a.count == channels * size && b.count == a.count,
      "SSIM: images of \(a.count) and \(b.count) numbers, but \(channels * size) are expected")
    for channel in 0..<channels {
      for pixel in 0..<size {
        let x = Double(a[channel * size + pixel])
        let y = Double(b[channel * size + pixel])
        moments[pixel] = SIMD4(x, y, x * x + y * y, x * y)
      }
      body(meanOverWindows())
    }
  }

  /// Filters the moments, first along rows, then along columns, and averages what the windows give.
  private mutating func meanOverWindows() -> Means {
    let innerWidth = width - columns.count + 1
    let innerHeight = height - rows.count + 1
    for y in 0..<height {
      for x in 0..<innerWidth {
        var sum = SIMD4<Double>.zero
        for k in columns.indices { sum += columns[k] * moments[y * width + x + k] }
        filtered[y * innerWidth + x] = sum
      }
    }
    var total = Means()
    for y in 0..<innerHeight {
      for x in 0..<innerWidth {
        var sum = SIMD4<Double>.zero
        for k in rows.indices { sum += rows[k] * filtered[(y + k) * innerWidth + x] }
        let (brightness, structure) = Self.comparisons(sum)
        total.similarity += brightness * structure
        total.structure += structure
      }
    }
    let windows = Double(innerWidth * innerHeight)
    return Means(similarity: total.similarity / windows, structure: total.structure / windows)
  }

  /// The two factors of SSIM in one window, from the means of its moments.
  private static func comparisons(_ means: SIMD4<Double>) -> (brightness: Double, structure: Double) {
    let (c1, c2) = (0.01 * 0.01, 0.03 * 0.03)
    let product = means[0] * means[1]
    let squares = means[0] * means[0] + means[1] * means[1]
    let covariance = means[3] - product
    let variances = means[2] - squares
    return ((2 * product + c1) / (squares + c1), (2 * covariance + c2) / (variances + c2))
  }

  private static func gaussianWindow(_ size: Int) -> [Double] {
    let center = Double(size - 1) / 2
    let weights = (0..<size).map { exp(-0.5 * (Double($0) - center) * (Double($0) - center) / (1.5 * 1.5)) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }
}
