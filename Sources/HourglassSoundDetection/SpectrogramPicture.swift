import HourglassBase
import HourglassDrawing
import HourglassPictures

/// Pictures of values over time and frequency: time runs to the right, low bands lie below.
enum SpectrogramPicture {
  /// Columns at most: longer recordings are shown by means of neighbouring frames.
  private static let mostColumns = 480

  /// - Parameters:
  ///   - values: `[frame][band]`.
  ///   - range: what is black, and what is white.
  static func picture(_ values: [Float], bands: Int, range: ClosedRange<Float>) -> Picture {
    let frames = max(values.count / bands, 1)
    let columns = min(frames, mostColumns)
    var bytes = [UInt8](repeating: 0, count: columns * bands * 3)
    let scale = 1 / max(range.upperBound - range.lowerBound, 1e-9)
    for column in 0..<columns {
      let (start, end) = (
        column * frames / columns, max((column + 1) * frames / columns, column * frames / columns + 1)
      )
      for band in 0..<bands {
        var sum: Float = 0
        for frame in start..<min(end, values.count / bands) { sum += values[frame * bands + band] }
        let value = min(max((sum / Float(end - start) - range.lowerBound) * scale, 0), 1)
        let place = ((bands - 1 - band) * columns + column) * 3
        // Black, blue, red, yellow, white.
        bytes[place] = UInt8(saturating: 255 * min(max(2.2 * value - 0.5, 0), 1))
        bytes[place + 1] = UInt8(saturating: 255 * min(max(2.2 * value - 1.1, 0), 1))
        bytes[place + 2] = UInt8(
          saturating: 255
            * (value < 0.35 ? 1.6 * value : value < 0.7 ? max(1.12 - 1.6 * value, 0) : (value - 0.7) / 0.3))
      }
    }
    return Picture(width: columns, height: bands, channels: 3, trusted: bytes)
  }

  /// The values below which these shares lie.
  static func range(_ values: [Float], _ low: Double, _ high: Double) -> ClosedRange<Float> {
    let sorted = values.sorted()
    guard let last = sorted.indices.last else { return 0...1 }
    let (least, most) = (sorted[Int(low * Double(last))], sorted[Int(high * Double(last))])
    return least...max(most, least)
  }
}
