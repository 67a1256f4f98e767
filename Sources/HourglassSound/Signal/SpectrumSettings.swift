import HourglassBase

/// What a sample of a recording is: mel bands of a few frames, in decibels.
public struct SpectrumSettings: Sendable, Hashable {
  /// What becomes of several channels.
  public enum Channels: String, Sendable, CaseIterable {
    /// Their mean is heard.
    case mixed
    /// Each is heard as a recording of its own.
    case each
  }

  /// How the numbers of a sample lie.
  public enum Layout: String, Sendable, CaseIterable {
    /// `[frames x mels]`: one frame after another.
    case vector
    /// `[1, mels, frames]`: low bands first.
    case image
  }

  /// In Hertz; recordings at other rates are resampled.
  public var rate = 16_000
  /// Numbers of a frame: a power of two.
  public var window = 1024
  /// Numbers from one frame to the next.
  public var hop = 512
  public var mels = 128
  /// In Hertz.
  public var lowest = 0.0
  /// In Hertz; half the rate when nil.
  public var highest: Double?
  public var scale = MelScale.slaney
  /// 1 for magnitudes, 2 for powers.
  public var power = 2
  /// Whether the first frame's middle is the first number; silence lies around the recording then.
  public var isCentred = true
  /// Less than this counts as this, before the logarithm.
  public var floor = 1e-10
  /// Frames of one sample.
  public var frames = 5
  /// Frames from one sample to the next.
  public var step = 1
  public var layout = Layout.vector
  public var channels = Channels.mixed
  /// Decibels that become 0.
  public var level = 0.0
  /// Decibels that become 1, above `level`.
  public var spread = 1.0

  public init() {}

  /// What a sample is.
  public var shape: Shape {
    switch layout {
    case .vector: [frames * mels]
    case .image: [1, mels, frames]
    }
  }

  /// - Parameter path: where the settings stand, for messages.
  /// - Throws: `HourglassError` (usage) for settings that do not go together.
  package func check(path: String = "the spectrum") throws(HourglassError) {
    guard window & (window - 1) == 0 else {
      throw HourglassError(
        .usage, "\(path) has a window of \(window) numbers, but transforms are of powers of two, such as 1024"
      )
    }
    guard hop <= window else {
      throw HourglassError(
        .usage,
        "\(path) has a hop of \(hop), more than its window of \(window); numbers between would be lost")
    }
    let top = highest ?? Double(rate) / 2
    guard lowest < top, top <= Double(rate) / 2 else {
      throw HourglassError(
        .usage,
        "\(path) goes from \(numberText(lowest)) to \(numberText(top)) Hz, but must rise and end at half its rate, "
          + "\(numberText(Double(rate) / 2)) Hz, at most")
    }
    guard frames * mels <= 1 << 20 else {
      throw HourglassError(
        .usage, "\(path) has samples of \(frames) frames of \(mels) bands; make them smaller")
    }
  }

  /// Settings as a recipe has them.
  package static let fields = Fields(SpectrumSettings()) {
    Field("rate", \.rate, .whole(100...768_000), "in Hertz; recordings at another rate are resampled")
    Field("window", \.window, .whole(64...16_384), "numbers of a frame, a power of two")
    Field("hop", \.hop, .whole(1...16_384), "numbers from one frame to the next")
    Field("mels", \.mels, .whole(1...1024), "bands of frequencies, as wide as the ear's")
    Field("lowest", \.lowest, .number(0...384_000), "the lowest frequency, in Hertz")
    Field(
      "highest", \.highest, .number(1...384_000),
      "the highest frequency, in Hertz; half the rate unless given")
    Field("scale", \.scale, .choice, "how bands lie: slaney is even up to 1 kHz, htk bends throughout")
    Field("power", \.power, .whole(1...2), "1 adds magnitudes up in a band, 2 powers")
    Field(
      "centred", \.isCentred, .yesOrNo, "whether the first frame is about the first number, not behind it")
    Field("floor", \.floor, .number(1e-30...1), "what is less counts as this much before the logarithm")
    Field("frames", \.frames, .whole(1...4096), "frames of one sample")
    Field("step", \.step, .whole(1...4096), "frames from one sample to the next")
    Field("layout", \.layout, .choice, "vector puts frame after frame, image is [1, mels, frames]")
    Field(
      "channels", \.channels, .choice,
      "mixed hears the mean of a recording's channels, each every one by itself")
    Field("level", \.level, .number(-1000...1000), "decibels that become 0")
    Field("spread", \.spread, .number(0.001...1000), "decibels above level that become 1")
  }
}
