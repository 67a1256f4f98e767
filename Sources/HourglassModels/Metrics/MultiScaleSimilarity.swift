import HourglassBase
import HourglassPlatform

/// MS-SSIM of many pairs of images of one shape (Wang, Simoncelli & Bovik 2003, "Multiscale structural similarity for image
/// quality assessment"): structure is compared at up to five scales, each half the size of the one before, brightness at
/// the coarsest. The paper's exponents are for five; with fewer, which small images have no room for, they are scaled so
/// that their sum is 1.
package struct MultiScaleSimilarity {
  private static let exponents = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
  /// Of the window, which has to fit.
  private static let window = 11

  private let channels: Int
  private var measures: [StructuralSimilarity]
  private let sizes: [(height: Int, width: Int)]

  /// Scales that are compared: those at which the shorter side has at least 11 pixels, one to five.
  package var scales: Int { sizes.count }

  /// - Parameter shape: `[channels, height, width]`.
  package init(shape: Shape) {
    precondition(shape.rank == 3 && shape.count > 0, "MS-SSIM is of (channels, height, width), not \(shape)")
    channels = shape[0]
    var sizes = [(height: shape[1], width: shape[2])]
    while let last = sizes.last, sizes.count < Self.exponents.count,
      min(last.height, last.width) / 2 >= Self.window
    {
      sizes.append((last.height / 2, last.width / 2))
    }
    self.sizes = sizes
    measures = sizes.map { StructuralSimilarity(shape: [1, $0.height, $0.width]) }
  }

  /// The mean over channels. A scale at which structures contradict each other makes it 0.
  package mutating func callAsFunction(_ a: [Float], _ b: [Float]) -> Double {
    let sum = Self.exponents.prefix(scales).reduce(0, +)
    let size = sizes[0].height * sizes[0].width
    var total = 0.0
    for channel in 0..<channels {
      var images = (
        Array(a[channel * size..<(channel + 1) * size]), Array(b[channel * size..<(channel + 1) * size])
      )
      var product = 1.0
      for scale in sizes.indices {
        if scale > 0 {
          images = (halved(images.0, sizes[scale - 1]), halved(images.1, sizes[scale - 1]))
        }
        let isCoarsest = scale + 1 == scales
        measures[scale].measure(images.0, images.1) { means in
          let value = isCoarsest ? means.similarity : means.structure
          product *= pow(max(value, 0), Self.exponents[scale] / sum)
        }
      }
      total += product
    }
    return total / Double(channels)
  }

  /// Means of 2x2 pixels; an odd last row or column is left out.
  private func halved(_ image: [Float], _ size: (height: Int, width: Int)) -> [Float] {
    let (height, width) = (size.height / 2, size.width / 2)
    var result: [Float] = []
    result.reserveCapacity(height * width)
    for row in 0..<height {
      for column in 0..<width {
        let corner = 2 * row * size.width + 2 * column
        let above = image[corner] + image[corner + 1]
        let below = image[corner + size.width] + image[corner + size.width + 1]
        result.append((above + below) / 4)
      }
    }
    return result
  }
}

/// MS-SSIM of two images in 0...1, and at how many scales they were compared, see `MultiScaleSimilarity`.
///
/// - Parameter shape: `[channels, height, width]`.
package func multiScaleSimilarity(
  _ a: [Float], _ b: [Float], shape: Shape
) -> (value: Double, scales: Int) {
  var measure = MultiScaleSimilarity(shape: shape)
  return (measure(a, b), measure.scales)
}
