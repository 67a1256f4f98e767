import HourglassBase
import HourglassEngine
import HourglassPictures

extension Picture {
  /// The picture blurred by a Gaussian, rounded to what a picture can hold. Beyond its edges it is mirrored about its outermost
  /// pixels, as where models are trained.
  ///
  /// - Parameters:
  ///   - deviation: in pixels, from 0.1 to 20.
  ///   - threads: workers; all cores when nil. The result does not depend on it.
  /// - Throws: `HourglassError` (usage) for other values.
  package func blurred(deviation: Double, threads: Int? = nil) throws -> Picture {
    guard 0.1...20 ~= deviation else {
      throw HourglassError(.usage, "The blur has a deviation of \(deviation), but it must be from 0.1 to 20.")
    }
    let values = GaussianSmoothing(deviation: deviation, edge: .outermostPixel)(
      bytes.map { Float($0) }, self, try WorkerTeam.shared(threads: threads))
    return Picture(
      width: width, height: height, channels: channels, trusted: values.map { UInt8(min($0 + 0.5, 255)) })
  }
}
