import Foundation
import HourglassBase
import HourglassModels
import Synchronization

/// What a compressed file takes, and how near to the original it is.
public struct CompressionQuality: Sendable {
  /// Of the whole file, its head included; the model is not counted.
  public var bytes: Int
  /// Of all pictures together, whatever their channels; of samples that are no images, their numbers.
  package var pixels: Int
  /// Over all numbers.
  public var meanSquaredError: Double
  /// MS-SSIM, the mean over pictures; nil for samples that are no images.
  public var similarity: Double?
  /// At how many scales MS-SSIM compares; small pictures have room for fewer than five.
  package var scales: Int

  public var bitsPerPixel: Double { Double(8 * bytes) / Double(max(pixels, 1)) }
  /// In dB, of the mean squared error over everything: the mean of the pictures' own PSNR would be higher.
  public var peakSignalToNoiseRatio: Double {
    HourglassModels.peakSignalToNoiseRatio(meanSquaredError: meanSquaredError)
  }

  /// - Parameter decompressed: as many samples of the same shape as `original`; at least one.
  /// - Throws: `HourglassError` (usage) when there are others, or none.
  public init(original: SampleArray, decompressed: SampleArray, bytes: Int) throws(HourglassError) {
    guard original.count == decompressed.count && original.shape == decompressed.shape && original.count > 0,
      original.shape.count > 0
    else {
      throw HourglassError(
        .usage,
        "\(decompressed.count) decompressed samples of shape \(decompressed.shape) cannot be compared with "
          + "\(original.count) original ones of shape \(original.shape); give as many of the same shape, at least one."
      )
    }
    self.bytes = bytes
    pixels = original.count * original.form.places
    let isImage = original.form.isImage
    scales = isImage ? MultiScaleSimilarity(shape: original.shape).scales : 0
    // Pieces of fixed size, added up in their order: the sums do not depend on the cores.
    let piece = 64
    let sums = Mutex(
      [(error: Double, similarity: Double)](
        repeating: (0, 0), count: (original.count + piece - 1) / piece))
    DispatchQueue.concurrentPerform(iterations: (original.count + piece - 1) / piece) { index in
      var measure = isImage ? MultiScaleSimilarity(shape: original.shape) : nil
      var (error, similarity) = (0.0, 0.0)
      for sample in index * piece..<min((index + 1) * piece, original.count) {
        let (before, after) = (original.sample(sample), decompressed.sample(sample))
        error += HourglassModels.meanSquaredError(trusted: before, after)
        similarity += measure?(before, after) ?? 0
      }
      sums.withLock { $0[index] = (error, similarity) }
    }
    let total = sums.withLock { $0.reduce((0.0, 0.0)) { ($0.0 + $1.error, $0.1 + $1.similarity) } }
    meanSquaredError = total.0 / Double(original.count)
    similarity = isImage ? total.1 / Double(original.count) : nil
  }
}
