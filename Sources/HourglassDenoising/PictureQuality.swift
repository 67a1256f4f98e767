import HourglassBase
import HourglassEngine
import HourglassModels
import HourglassPictures

/// How near a picture is to the one it should be.
public struct PictureQuality: Sendable, Hashable {
  /// Peak signal-to-noise ratio in dB, all channels together; two equal pictures give 100.
  public var psnr: Double
  /// Structural similarity, as `structuralSimilarity(_:_:shape:)` measures it; 1 for equal pictures.
  public var ssim: Double

  /// Compares two pictures of one size, in strips, so that large ones need little memory.
  ///
  /// - Parameter threads: workers; all cores when nil. The result does not depend on it.
  /// - Throws: `HourglassError` (usage) when their sizes or channels differ.
  public init(of picture: Picture, comparedWith original: Picture, threads: Int? = nil) throws {
    try Self.check(picture, original)
    let team = try WorkerTeam.shared(threads: threads)
    psnr = Self.psnr(picture, original)
    ssim = Self.ssim(picture, original, team)
  }

  static func check(_ picture: Picture, _ original: Picture) throws(HourglassError) {
    func size(_ picture: Picture) -> String {
      "\(picture.width) x \(picture.height) pixels with \(picture.channels) channel\(picture.channels == 1 ? "" : "s")"
    }
    guard
      picture.width == original.width && picture.height == original.height
        && picture.channels == original.channels
    else {
      throw HourglassError(
        .usage,
        "The picture has \(size(picture)), but its original \(size(original)); give the original of the same picture."
      )
    }
  }

  /// Of pictures of the same size and channels.
  static func psnr(_ picture: Picture, _ original: Picture) -> Double {
    let squares = picture.bytes.withUnsafeBufferPointer { a in
      original.bytes.withUnsafeBufferPointer { b in
        // At most 3 * 89,478,485 * 255^2.
        var sum = 0
        for index in a.indices {
          let difference = Int(a[index]) - Int(b[index])
          sum += difference * difference
        }
        return sum
      }
    }
    let mean = Double(squares) / Double(picture.bytes.count)
    return peakSignalToNoiseRatio(meanSquaredError: mean / (255 * 255))
  }

  /// Lines of windows in one strip.
  private static let stripHeight = 128

  private static func ssim(_ picture: Picture, _ original: Picture, _ team: WorkerTeam) -> Double {
    let window = min(11, picture.height)
    let lines = picture.height - window + 1
    let strips = (lines + stripHeight - 1) / stripHeight
    let results = UnsafeMutableBufferPointer<Double>.allocate(capacity: strips)
    defer { results.deallocate() }
    results.initialize(repeating: 0)
    nonisolated(unsafe) let sums = results
    team.forEach(strips) { strip, _ in
      let first = strip * stripHeight
      let count = min(stripHeight, lines - first)
      let rows = first..<first + count + window - 1
      var similarity = StructuralSimilarity(shape: [picture.channels, rows.count, picture.width])
      sums[strip] = similarity(planes(picture, rows), planes(original, rows)) * Double(count)
    }
    return results.reduce(0, +) / Double(lines)
  }

  /// Numbers in 0...1, one channel after another.
  private static func planes(_ picture: Picture, _ rows: Range<Int>) -> [Float] {
    let pixels = rows.lowerBound * picture.width..<rows.upperBound * picture.width
    return (0..<picture.channels).flatMap { channel in
      pixels.map { Float(picture.bytes[$0 * picture.channels + channel]) / 255 }
    }
  }
}
