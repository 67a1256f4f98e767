import HourglassGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The mean of squared differences.
public func meanSquaredError(_ a: [Float], _ b: [Float]) -> Double {
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
  let (height, width) = (shape[1], shape[2])
  let rows = gaussianWindow(min(11, height))
  let columns = gaussianWindow(min(11, width))
  let size = height * width
  var total = 0.0
  for channel in 0..<shape[0] {
    let x = a[channel * size..<(channel + 1) * size].map(Double.init)
    let y = b[channel * size..<(channel + 1) * size].map(Double.init)
    func filtered(_ image: [Double]) -> [Double] {
      smoothed(image, height: height, width: width, rows: rows, columns: columns)
    }
    let meanX = filtered(x)
    let meanY = filtered(y)
    let squareX = filtered(zip(x, x).map(*))
    let squareY = filtered(zip(y, y).map(*))
    let product = filtered(zip(x, y).map(*))
    let (c1, c2) = (0.01 * 0.01, 0.03 * 0.03)
    var sum = 0.0
    for index in meanX.indices {
      let means = meanX[index] * meanY[index]
      let squares = meanX[index] * meanX[index] + meanY[index] * meanY[index]
      let covariance = product[index] - means
      let variances = squareX[index] + squareY[index] - squares
      sum += (2 * means + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2))
    }
    total += sum / Double(meanX.count)
  }
  return total / Double(shape[0])
}

private func gaussianWindow(_ size: Int) -> [Double] {
  let center = Double(size - 1) / 2
  let weights = (0..<size).map { exp(-0.5 * (Double($0) - center) * (Double($0) - center) / (1.5 * 1.5)) }
  let sum = weights.reduce(0, +)
  return weights.map { $0 / sum }
}

/// A separable filter over the positions where the window lies inside.
private func smoothed(
  _ image: [Double], height: Int, width: Int, rows: [Double], columns: [Double]
) -> [Double] {
  let innerWidth = width - columns.count + 1
  let innerHeight = height - rows.count + 1
  var horizontal = [Double](repeating: 0, count: height * innerWidth)
  for y in 0..<height {
    for x in 0..<innerWidth {
      var sum = 0.0
      for k in columns.indices { sum += columns[k] * image[y * width + x + k] }
      horizontal[y * innerWidth + x] = sum
    }
  }
  var result = [Double](repeating: 0, count: innerHeight * innerWidth)
  for y in 0..<innerHeight {
    for x in 0..<innerWidth {
      var sum = 0.0
      for k in rows.indices { sum += rows[k] * horizontal[(y + k) * innerWidth + x] }
      result[y * innerWidth + x] = sum
    }
  }
  return result
}
