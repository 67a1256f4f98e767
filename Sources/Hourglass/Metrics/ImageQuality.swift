import HourglassGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The mean of squared differences.
///
/// - Parameter b: as many numbers as `a`.
public func meanSquaredError(_ a: [Float], _ b: [Float]) -> Double {
  precondition(a.count == b.count, "meanSquaredError: \(a.count) numbers cannot be compared with \(b.count)")
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
public func structuralSimilarity(_ a: [Float], _ b: [Float], shape: Shape) -> Double {
  var similarity = StructuralSimilarity(shape: shape)
  return similarity(a, b)
}
