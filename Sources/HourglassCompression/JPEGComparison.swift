import HourglassBase
import HourglassDrawing
import HourglassModels
import HourglassPictures

/// The JPEG file that would do instead of a model's: the smallest that is at least as near to the original.
package struct JPEGComparison: Sendable {
  /// 1...100.
  package var quality: Int
  package var bytes: Int
  /// In dB.
  package var peakSignalToNoiseRatio: Double

  /// - Parameters:
  ///   - images: they lie side by side on one sheet, so that heads of files do not decide.
  ///   - ratio: PSNR that the file must reach, in dB.
  /// - Returns: nil where JPEG does not reach it, and for samples that are no images of bytes, or too large.
  package init?(of images: SampleArray, atLeast ratio: Double) throws {
    guard let sheet = try? ComparisonSheet(images) else { return nil }
    let original = sheet.picture
    func file(_ quality: Int) throws -> JPEGComparison {
      let bytes = try JPEG.encode(original, quality: quality)
      let decoded = try JPEG.decode(bytes, source: "the picture as JPEG").converted(
        toChannels: original.channels)
      var sum = 0
      for (first, second) in zip(original.bytes, decoded.bytes) {
        let difference = Int(first) - Int(second)
        sum += difference * difference
      }
      let error = Double(sum) / Double(original.bytes.count) / (255 * 255)
      return JPEGComparison(
        quality: quality, bytes: bytes.count,
        peakSignalToNoiseRatio: HourglassModels.peakSignalToNoiseRatio(meanSquaredError: error))
    }
    var best = try file(100)
    guard best.peakSignalToNoiseRatio >= ratio else { return nil }
    var (low, high) = (1, 100)
    while low < high {
      let middle = (low + high) / 2
      let candidate = try file(middle)
      if candidate.peakSignalToNoiseRatio >= ratio {
        best = candidate
        high = middle
      } else {
        low = middle + 1
      }
    }
    self = best
  }

  private init(quality: Int, bytes: Int, peakSignalToNoiseRatio: Double) {
    (self.quality, self.bytes, self.peakSignalToNoiseRatio) = (quality, bytes, peakSignalToNoiseRatio)
  }

  /// Whether the model's file or this one is the better choice, in a sentence.
  ///
  /// - Parameter file: the model's, of the same original.
  package func verdict(on file: CompressionQuality) -> String {
    let ratio = Double(file.bytes) / Double(bytes)
    let own =
      "a JPEG file as near to the original (\(ReportText.fixed(peakSignalToNoiseRatio, 2)) dB, quality \(quality)) has "
      + "\(grouped(bytes)) bytes"
    return file.bytes < bytes
      ? "The model is the better choice: \(own), of which this file has \(ReportText.fixed(100 * ratio, 1)) %."
      : "JPEG is the better choice: \(own), and this file \(ReportText.fixed(ratio, 1)) times as many."
  }
}
