import HourglassGraph
import HourglassNN

/// How a sample is spoilt before a denoising model sees it.
public enum Corruption: Sendable, Hashable {
  /// Adds normal noise of this deviation, then clips to 0...1.
  case gaussian(Double)

  /// The corrupted sample, with draws of its own.
  func callAsFunction(_ sample: Tensor) -> Tensor {
    switch self {
    case .gaussian(let deviation):
      let noise = sample.builder.random(.normal, shape: sample.shape)
      return (sample + noise * deviation).clamped(0...1)
    }
  }

  /// Reads `corruption: {gaussian: 0.4}`.
  init(_ reader: SettingsReader) throws(HourglassError) {
    let inner = try reader.reader("corruption")
    self = .gaussian(try inner.double("gaussian", in: 0...100))
    try inner.finish()
  }

  var setting: Setting {
    switch self {
    case .gaussian(let deviation): Setting("corruption", .map([Setting("gaussian", deviation)]))
    }
  }
}
