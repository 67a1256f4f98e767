import HourglassBase

/// Where an array of images `[n, …]` with four axes has its channels.
public enum ChannelAxis: String, Sendable, Hashable, CaseIterable {
  /// `[n, channels, height, width]`.
  case first
  /// `[n, height, width, channels]`.
  case last
}

/// How the four axes of an array of images are read.
struct ImageAxes {
  let channels: ChannelAxis
  /// Whether the extents alone do not tell.
  let isGuess: Bool

  /// Images have 1 to 4 channels: grey, perhaps with transparency, or colours, perhaps with transparency.
  private static let usualChannels = 1...4

  /// - Parameters:
  ///   - extents: `[n, …]`, four of them.
  ///   - chosen: what somebody says; nil goes by the extents.
  init(_ extents: [Int], chosen: ChannelAxis?) {
    if let chosen {
      (channels, isGuess) = (chosen, false)
      return
    }
    let isSmall = extents.map(Self.usualChannels.contains)
    if isSmall[1] != isSmall[3], isSmall[1] || !isSmall[2] {
      (channels, isGuess) = (isSmall[1] ? .first : .last, false)
      return
    }
    // Both may be channels, or neither; or [n, 32, 4, 4] is a small code of 32 channels, or images of 32 x 4 pixels.
    // Grey and coloured images are the most frequent; otherwise channels come first, as the library has them.
    let isMoreLikelyLast = [1, 3].contains(extents[3]) && ![1, 3].contains(extents[1])
    channels = isMoreLikelyLast ? .last : .first
    // An image of one number is the same either way.
    isGuess = extents.dropFirst().contains { $0 != 1 }
  }

  func shape(_ extents: [Int]) -> Shape {
    switch channels {
    case .first: [extents[1], extents[2], extents[3]]
    case .last: [extents[3], extents[1], extents[2]]
    }
  }
}

extension HourglassError.Argument {
  /// Where arrays have their channels.
  package static let axes = Self("axes")
}
