import HourglassBase
import HourglassPlatform

/// How a sound is cut up for a model that says how much of each frequency is the voice: a sample is some frames of the noisy sound in
/// decibels above its quiet level, that level, and the mask of the frame in the middle, which is what the model is to find.
public struct MaskSettings: Sendable, Hashable {
  /// In Hertz.
  public var rate = 16_000
  /// Numbers of a frame: a power of two.
  public var window = 512
  /// Numbers from one frame to the next.
  public var hop = 256
  /// Frames that the model sees, the one in the middle and as many before it as behind.
  public var frames = 5

  public init() {}

  package var bins: Int { window / 2 + 1 }
  /// Numbers of a sample that the model is shown.
  package var shownCount: Int { (frames + 1) * bins }
  /// Numbers of a sample, the mask last.
  package var count: Int { shownCount + bins }

  /// - Parameter path: where the settings stand, for messages.
  /// - Throws: `HourglassError` (usage) for settings that do not go together.
  package func check(path: String) throws(HourglassError) {
    guard window & (window - 1) == 0, hop & (hop - 1) == 0, 2 * hop <= window else {
      throw HourglassError(
        .usage,
        "\(path) has a window of \(window) and a hop of \(hop) numbers, but both must be powers of two, the hop at most half the window"
      )
    }
    guard frames % 2 == 1 else {
      throw HourglassError(.usage, "\(path) has \(frames) frames, but must have an odd number, such as 5")
    }
  }

  /// Settings as a recipe has them.
  package static let fields = Fields(MaskSettings()) {
    Field("rate", \.rate, .whole(100...768_000), "in Hertz; recordings at another rate are resampled")
    Field("window", \.window, .whole(64...4096), "numbers of a frame, a power of two")
    Field("hop", \.hop, .whole(16...2048), "numbers from one frame to the next, a power of two")
    Field("frames", \.frames, .whole(1...99), "frames that are seen at once, an odd number")
  }

  /// Decibels of a spectrogram as they are shown to a model, above the level that each frequency has in its quiet quarter.
  package struct Shown: Sendable {
    /// `[frame][bin]`.
    package var values: [Float]
    /// Of each bin.
    package var quiet: [Float]
  }

  /// Decibels that become 1: so many that what is shown is small beside the mask, and hardly counts where both are compared.
  private static let spread: Float = 2000
  /// What is less counts as this, in power.
  private static let least: Float = 1e-8

  /// What a model is shown of a spectrogram.
  package func shown(_ spectrogram: ComplexSpectrogram) -> Shown {
    let (frames, bins) = (spectrogram.frames, bins)
    var values = [Float](repeating: 0, count: frames * bins)
    for place in values.indices {
      let power =
        spectrogram.real[place] * spectrogram.real[place]
        + spectrogram.imaginary[place] * spectrogram.imaginary[place]
      values[place] = 10 * log10(max(power, Self.least)) / Self.spread
    }
    var quiet = [Float](repeating: 0, count: bins)
    guard frames > 0 else { return Shown(values: values, quiet: quiet) }
    for bin in 0..<bins {
      quiet[bin] = (0..<frames).map { values[$0 * bins + bin] }.sorted()[frames / 4]
      for frame in 0..<frames { values[frame * bins + bin] -= quiet[bin] }
    }
    return Shown(values: values, quiet: quiet.map { $0 + 20 / Self.spread })
  }

  /// Writes what a model is shown of one frame: frames beyond the ends are those at the ends.
  package func write(_ shown: Shown, frame: Int, to target: UnsafeMutablePointer<Float>) {
    let (bins, reach) = (bins, frames / 2)
    let last = shown.values.count / bins - 1
    shown.values.withUnsafeBufferPointer { values in
      for offset in 0..<frames {
        let source = min(max(frame + offset - reach, 0), last)
        (target + offset * bins).update(from: values.baseAddress! + source * bins, count: bins)
      }
    }
    shown.quiet.withUnsafeBufferPointer {
      (target + frames * bins).update(from: $0.baseAddress!, count: bins)
    }
  }

  /// How much of the noisy sound's each frequency is the clean sound's, in its phase: from 0 to 1, `[frame][bin]`.
  package static func mask(clean: ComplexSpectrogram, noisy: ComplexSpectrogram) -> [Float] {
    noisy.real.indices.map { place in
      let (real, imaginary) = (noisy.real[place], noisy.imaginary[place])
      let shared = clean.real[place] * real + clean.imaginary[place] * imaginary
      return min(max(shared / (real * real + imaginary * imaginary + 1e-10), 0), 1)
    }
  }

  /// The level that sounds are brought to before they are looked at, as the root of the mean square.
  package static let level: Float = 0.056
}
