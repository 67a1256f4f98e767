import Foundation
import HourglassBase
import HourglassModels
import HourglassPictures

/// Rates and distortions of models that compress, beside those of JPEG and WebP on the same pictures.
///
/// Small images are laid side by side on one sheet for JPEG and WebP, so that the heads of files do not decide.
package struct RateDistortionCurve: Sendable {
  /// One file.
  package struct Point: Sendable {
    /// The run, or the quality.
    package var name: String
    package var quality: CompressionQuality
  }

  /// The files of one way to compress, from the smallest to the largest.
  package struct Series: Sendable {
    package var name: String
    package var points: [Point]

    /// Bits per pixel at this PSNR: logarithms interpolated between the two nearest files; nil beyond the ends.
    package func bitsPerPixel(at ratio: Double) -> Double? {
      for (first, second) in zip(points, points.dropFirst()) {
        let (low, high) = (
          first.quality.peakSignalToNoiseRatio, second.quality.peakSignalToNoiseRatio
        )
        guard low <= ratio && ratio <= high else { continue }
        let share = high > low ? (ratio - low) / (high - low) : 0
        return first.quality.bitsPerPixel
          * pow(second.quality.bitsPerPixel / first.quality.bitsPerPixel, share)
      }
      return nil
    }
  }

  package var models: Series
  package var jpeg: Series
  package var webp: Series
  package var all: [Series] { [models, jpeg, webp] }

  static let jpegQualities = [1, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 75]
  static let webpQualities = [0.0, 0.5, 1, 1.5, 2, 3, 5, 8, 12, 20, 30, 40]

  /// Compresses and decompresses the images in every way.
  ///
  /// - Parameters:
  ///   - images: samples of the models' input shape; at least one.
  ///   - models: each with its name.
  ///   - progress: told of each file before it is made.
  /// - Throws: `HourglassError` (usage) when the samples are no images of bytes, or a model does not take them; and
  ///   whatever `progress` throws.
  package init(
    of images: SampleArray, models: [(name: String, model: Compressor)], threads: Int? = nil,
    progress: WorkProgress.Report = { _ in }
  ) throws {
    let sheet = try ComparisonSheet(images)
    let total = models.count + Self.jpegQualities.count + Self.webpQualities.count
    var done = 0
    func tell(_ file: String) throws {
      try progress(WorkProgress(file, done: done, of: total, "files"))
      done += 1
    }
    func series(_ name: String, _ points: [Point]) -> Series {
      Series(name: name, points: points.sorted { $0.quality.bytes < $1.quality.bytes })
    }
    self.models = series(
      "Hourglass",
      try models.map { name, model in
        try tell(name)
        let bytes = try model.compress(images, threads: threads)
        guard case .samples(let decompressed) = try model.decompress(bytes, source: name, threads: threads)
        else { preconditionFailure("samples became a picture") }
        return Point(
          name: name,
          quality: try CompressionQuality(original: images, decompressed: decompressed, bytes: bytes.count))
      })
    func points(_ name: String, _ qualities: [String], _ code: (Picture, Int) throws -> ([UInt8], Picture))
      throws
      -> [Point]
    {
      try qualities.indices.map { index in
        try tell("\(name), quality \(qualities[index])")
        let (bytes, picture) = try code(sheet.picture, index)
        return Point(
          name: qualities[index],
          quality: try CompressionQuality(
            original: images, decompressed: sheet.samples(of: picture), bytes: bytes.count))
      }
    }
    jpeg = series(
      "JPEG",
      try points("JPEG", Self.jpegQualities.map(String.init)) { picture, index in
        let bytes = try JPEG.encode(picture, quality: Self.jpegQualities[index])
        return (bytes, try JPEG.decode(bytes, source: "the sheet as JPEG"))
      })
    webp = series(
      "WebP",
      try points("WebP", Self.webpQualities.map { "\($0)" }) { picture, index in
        let bytes = try WebP.encode(picture, quality: Self.webpQualities[index])
        return (bytes, try WebP.decode(bytes, source: "the sheet as WebP"))
      })
  }

  /// Images side by side on one picture, as nearly square as they fill: what JPEG and WebP are given.
  ///
  /// - Throws: `HourglassError` (usage) unless they are images of bytes with 1 or 3 channels that fit on a sheet.
  package static func sheet(of images: SampleArray) throws(HourglassError) -> Picture {
    try ComparisonSheet(images).picture
  }

  /// The lowest PSNR from which on WebP needs fewer bytes than the models, by the models' own points and straight lines
  /// between them; nil where it never does.
  package var webpOvertakesAt: Double? {
    guard let low = models.points.first?.quality.peakSignalToNoiseRatio,
      let high = models.points.last?.quality.peakSignalToNoiseRatio, low < high
    else { return nil }
    return stride(from: low, through: high, by: 0.01).first { ratio in
      guard let own = models.bitsPerPixel(at: ratio), let other = webp.bitsPerPixel(at: ratio) else {
        return false
      }
      return other < own
    }
  }
}

/// Images side by side on one picture, as nearly square as they fill.
struct ComparisonSheet {
  let picture: Picture
  private let shape: Shape
  private let count: Int
  private let columns: Int

  /// - Throws: `HourglassError` (usage) unless these are images of bytes with 1 or 3 channels that fit on a sheet.
  init(_ images: SampleArray) throws(HourglassError) {
    guard images.form.isPicture, images.element == .byte(scale: 1 / 255), images.count > 0 else {
      throw HourglassError(
        .usage,
        "JPEG and WebP compress images of bytes with 1 or 3 channels, but there are \(images.count) samples of "
          + "\(images.shape); give other data.")
    }
    shape = images.shape
    count = images.count
    columns = Int(Double(count).squareRoot().rounded(.up))
    let rows = (count + columns - 1) / columns
    let (width, height) = (columns * shape[2], rows * shape[1])
    guard max(width, height) <= WebP.largestSide else {
      throw HourglassError(
        .usage,
        "A sheet of \(count) images is \(width) x \(height) pixels large, and WebP allows \(WebP.largestSide) along a side",
        .lower(.limit))
    }
    var bytes = [UInt8](repeating: 0, count: width * height * shape[0])
    guard let memory = images.baseAddress else { preconditionFailure("no images") }
    Self.visit(shape, count, columns) { place, index in
      bytes[place] = memory.load(fromByteOffset: index, as: UInt8.self)
    }
    picture = Picture(width: width, height: height, channels: shape[0], trusted: bytes)
  }

  /// The images on a sheet of this size.
  func samples(of sheet: Picture) throws(HourglassError) -> SampleArray {
    let sheet = try sheet.converted(toChannels: shape[0])
    return SampleArray(trustedByteCount: count, shape: shape) { memory in
      Self.visit(shape, count, columns) { place, index in memory[index] = sheet.bytes[place] }
    }
  }

  private static func visit(
    _ shape: Shape, _ count: Int, _ columns: Int, _ body: (_ place: Int, _ index: Int) -> Void
  ) {
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    var index = 0
    for image in 0..<count {
      let (top, left) = (image / columns * height, image % columns * width)
      for channel in 0..<channels {
        for row in 0..<height {
          for column in 0..<width {
            body(((top + row) * columns * width + left + column) * channels + channel, index)
            index += 1
          }
        }
      }
    }
  }
}
