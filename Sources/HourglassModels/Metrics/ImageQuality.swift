import HourglassBase
import HourglassPlatform

/// The mean of squared differences.
///
/// - Parameter b: as many numbers as `a`.
/// - Throws: `HourglassError` (usage) when there are more or fewer.
public func meanSquaredError(_ a: [Float], _ b: [Float]) throws(HourglassError) -> Double {
  guard a.count == b.count else {
    throw HourglassError(
      .usage,
      "\(a.count) numbers cannot be compared with \(b.count); give as many of the one as of the other.")
  }
  return meanSquaredError(trusted: a, b)
}

/// Of arrays of our own, which are of one length; a fault of it ends the program.
package func meanSquaredError(trusted a: [Float], _ b: [Float]) -> Double {
  precondition(a.count == b.count, "meanSquaredError: \(a.count) numbers cannot be compared with \(b.count)")
  return a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { meanSquaredError(a, $0) } }
}

/// The same of numbers in other memory.
func meanSquaredError(_ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>) -> Double {
  var sum = 0.0
  for index in a.indices {
    let difference = Double(a[index]) - Double(b[index])
    sum += difference * difference
  }
  return sum / Double(max(a.count, 1))
}

/// In dB for images in 0...1; two equal images give 100.
public func peakSignalToNoiseRatio(meanSquaredError error: Double) -> Double {
  error <= 1e-10 ? 100 : -10 * log10(error)
}

/// SSIM of two images in 0...1, the mean over channels (Wang, Bovik, Sheikh & Simoncelli 2004): Gaussian windows
/// of 11x11 with deviation 1.5, K1 = 0.01, K2 = 0.03, over the positions where the window lies inside the image.
/// Images smaller than the window use one window of their own size.
///
/// - Parameter shape: `[channels, height, width]`.
/// - Throws: `HourglassError` (usage) for another shape, and for images of more or fewer numbers.
public func structuralSimilarity(_ a: [Float], _ b: [Float], shape: Shape) throws(HourglassError) -> Double {
  guard shape.rank == 3, shape.dimensions.allSatisfy({ $0 > 0 }), a.count == shape.count,
    b.count == shape.count
  else {
    throw HourglassError(
      .usage,
      "SSIM compares two images of one shape (channels, height, width), but has \(a.count) and \(b.count) numbers for the "
        + "shape \(shape); give as many as the shape has.")
  }
  var similarity = StructuralSimilarity(shape: shape)
  return similarity(a, b)
}

/// The share of pixels whose largest channel is the same in both images; of equal channels the first counts.
///
/// - Parameter channels: of images that are stored channel by channel.
func largestChannelAccuracy(_ original: [Float], _ other: [Float], channels: Int) -> Double {
  let pixels = original.count / channels
  func largest(_ image: [Float], _ pixel: Int) -> Int {
    (1..<channels).reduce(0) {
      image[$1 * pixels + pixel] > image[$0 * pixels + pixel] ? $1 : $0
    }
  }
  guard channels > 1 else { return 1 }
  let agreeing = (0..<pixels).count { largest(original, $0) == largest(other, $0) }
  return Double(agreeing) / Double(pixels)
}
