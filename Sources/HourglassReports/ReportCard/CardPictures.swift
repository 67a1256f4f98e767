import HourglassBase
import HourglassPictures

/// Samples as pictures, where they are images.
enum CardPictures {
  /// nil for samples that are no grey or colour images.
  static func pictures(_ samples: SampleArray) throws -> [Picture]? {
    guard samples.form.isPicture else { return nil }
    return try (0..<samples.count).map { try Picture(samples: samples.sample($0), shape: samples.shape) }
  }
}
