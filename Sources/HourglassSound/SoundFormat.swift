import HourglassBase

/// What a recording is made of.
public struct SoundFormat: Sendable, Hashable {
  /// What a file may have at most.
  package enum Limits {
    /// In Hertz.
    package static let rates = 1...768_000
    package static let channels = 1...64
    /// The largest number that a sample may be: float files may hold any, but no sum of squares may overflow.
    package static let magnitude: Float = 1e6
  }

  /// Numbers of each channel in a second, in Hertz.
  public var rate: Int
  public var channels: Int

  /// - Throws: `HourglassError` (usage): a rate that is not from 1 to 768,000 Hz, channels that are not from 1 to 64.
  public init(rate: Int, channels: Int) throws(HourglassError) {
    guard Limits.rates.contains(rate) else {
      throw HourglassError(
        .usage, "A sound has a rate of \(rate) Hz; give one from 1 to \(grouped(Limits.rates.upperBound)) Hz")
    }
    guard Limits.channels.contains(channels) else {
      throw HourglassError(
        .usage, "A sound has \(channels) channels; give 1 to \(Limits.channels.upperBound)")
    }
    self.init(trustedRate: rate, channels: channels)
  }

  /// Of numbers that are within their limits.
  init(trustedRate rate: Int, channels: Int) { (self.rate, self.channels) = (rate, channels) }
}

/// A stretch of sound: one list of numbers for each channel, from -1 to 1 where nothing is overdriven.
public struct Sound: Sendable, Equatable {
  /// In Hertz.
  public var rate: Int
  /// All of the same length.
  public var channels: [[Float]]

  /// - Throws: `HourglassError` (usage): a rate or a number of channels as `SoundFormat`, channels of different lengths.
  public init(rate: Int, channels: [[Float]]) throws(HourglassError) {
    _ = try SoundFormat(rate: rate, channels: channels.count)
    guard channels.allSatisfy({ $0.count == channels[0].count }) else {
      throw HourglassError(
        .usage,
        "The channels of a sound have \(channels.map { "\($0.count)" }.joined(separator: ", ")) numbers; give all as many"
      )
    }
    self.init(trustedRate: rate, channels: channels)
  }

  /// Of channels that are as they must be.
  package init(trustedRate rate: Int, channels: [[Float]]) {
    (self.rate, self.channels) = (rate, channels)
  }

  /// Numbers of each channel.
  public var count: Int { channels[0].count }

  /// In seconds.
  public var duration: Double { Double(count) / Double(rate) }

  /// All channels as one, which is their mean.
  public var mixed: [Float] {
    guard channels.count > 1 else { return channels[0] }
    let share = 1 / Float(channels.count)
    return (0..<count).map { place in channels.reduce(0) { $0 + $1[place] } * share }
  }
}
