import HourglassBase

/// A picture of 8-bit samples, grey or red-green-blue.
public struct Picture: Sendable, Equatable {
  /// Extent in pixels; at least 1.
  public let width: Int
  /// Extent in pixels; at least 1.
  public let height: Int
  /// 1 for grey, 3 for red, green and blue.
  public let channels: Int
  /// `height * width * channels` samples, row by row from the top, the channels of a pixel side by side.
  public package(set) var bytes: [UInt8]

  /// - Parameter bytes: `height * width * channels` samples in the order of the property.
  /// - Throws: `HourglassError` (usage) for another number of samples, or extents or channels that no picture has.
  public init(width: Int, height: Int, channels: Int, bytes: [UInt8]) throws(HourglassError) {
    try Self.check(height: height, width: width, channels: channels)
    let needed = MemoryBudget.product(width, height, channels)
    guard bytes.count == needed else {
      throw HourglassError(
        .usage,
        "A picture of \(width)x\(height) pixels with \(channels) channels has \(needed) bytes, but \(bytes.count) are given; "
          + "change the bytes or the extents.")
    }
    self.init(width: width, height: height, channels: channels, trusted: bytes)
  }

  /// - Throws: `HourglassError` (usage) for extents or channels that no picture has.
  static func check(height: Int, width: Int, channels: Int) throws(HourglassError) {
    guard width > 0, height > 0, channels == 1 || channels == 3 else {
      throw HourglassError(
        .usage,
        "A picture cannot have \(width)x\(height) pixels with \(channels) channels; give at least 1 pixel each way, and 1 or 3 "
          + "channels.")
    }
  }

  /// Of bytes whose sizes are right by how our own code made them; a fault of it ends the program.
  package init(width: Int, height: Int, channels: Int, trusted bytes: [UInt8]) {
    precondition(channels == 1 || channels == 3, "Picture: 1 or 3 channels, not \(channels)")
    precondition(
      width > 0 && height > 0 && bytes.count == width * height * channels,
      "Picture: byte count must be width * height * channels, and not zero")
    self.width = width
    self.height = height
    self.channels = channels
    self.bytes = bytes
  }

  /// A picture of one shade of grey.
  package init(width: Int, height: Int, channels: Int, shade: UInt8) {
    self.init(
      width: width, height: height, channels: channels,
      trusted: Array(repeating: shade, count: width * height * channels))
  }

  /// A sample of a network as a picture: 0 becomes black, 1 white; values beyond are clamped, and what is not
  /// a number becomes black.
  ///
  /// - Parameters:
  ///   - samples: `shape.count` numbers, one channel after another.
  ///   - shape: `[channels, height, width]` with 1 or 3 channels, or `[height, width]`.
  /// - Throws: `HourglassError(.usage)` for any other shape or number of samples.
  public init(samples: [Float], shape: Shape) throws {
    let dimensions = shape.rank == 2 ? [1] + shape.dimensions : shape.dimensions
    guard dimensions.count == 3, dimensions[0] == 1 || dimensions[0] == 3,
      dimensions.allSatisfy({ $0 > 0 }), shape.count == samples.count
    else {
      throw HourglassError(
        .usage,
        "Cannot make a picture of \(samples.count) numbers in the shape \(shape); "
          + "give 1 or 3 channels of height times width.")
    }
    let (channels, pixels) = (dimensions[0], dimensions[1] * dimensions[2])
    var bytes = [UInt8](repeating: 0, count: samples.count)
    for channel in 0..<channels {
      for pixel in 0..<pixels {
        bytes[pixel * channels + channel] = UInt8(saturating: samples[channel * pixels + pixel] * 255)
      }
    }
    self.init(width: dimensions[2], height: dimensions[1], channels: channels, trusted: bytes)
  }

  /// The picture with every pixel repeated `factor` times in both directions.
  ///
  /// - Throws: `HourglassError`: usage for a factor below 1, environment when memory has no room for it.
  public func enlarged(by factor: Int) throws(HourglassError) -> Picture {
    guard factor > 0 else {
      throw HourglassError(
        .usage, "A picture cannot be enlarged \(factor) times; give a factor of at least 1.")
    }
    try MemoryBudget.process.admit(
      MemoryBudget.product(width, height, channels, factor, factor),
      for: "A picture of \(width)x\(height) pixels enlarged \(factor) times", remedy: "enlarge it less")
    var result = Picture(width: width * factor, height: height * factor, channels: channels, shade: 0)
    result.paste(self, left: 0, top: 0, enlargement: factor)
    return result
  }

  /// The rectangle, which must lie within.
  package func part(left: Int, top: Int, width: Int, height: Int) -> Picture {
    precondition(left >= 0 && top >= 0 && width > 0 && height > 0, "Picture: an empty part")
    precondition(
      left + width <= self.width && top + height <= self.height, "Picture: the part must lie within")
    let length = width * channels
    var part: [UInt8] = []
    part.reserveCapacity(height * length)
    for row in top..<top + height {
      let start = (row * self.width + left) * channels
      part.append(contentsOf: bytes[start..<start + length])
    }
    return Picture(width: width, height: height, channels: channels, trusted: part)
  }

  /// Calls `body` with the samples, to be changed in place.
  package mutating func withUnsafeMutableBytes<Result>(
    _ body: (UnsafeMutableBufferPointer<UInt8>) throws -> Result
  ) rethrows -> Result {
    try bytes.withUnsafeMutableBufferPointer { try body($0) }
  }

  /// Copies `picture`, enlarged, so that its corner lies at `left` and `top`; it must fit. A grey picture may
  /// go into a coloured one.
  package mutating func paste(_ picture: Picture, left: Int, top: Int, enlargement: Int = 1) {
    precondition(
      left >= 0 && top >= 0 && left + picture.width * enlargement <= width
        && top + picture.height * enlargement <= height,
      "Picture: the pasted picture must lie within")
    precondition(picture.channels <= channels, "Picture: a coloured picture cannot go into a grey one")
    for row in 0..<picture.height * enlargement {
      var source = row / enlargement * picture.width * picture.channels
      var target = ((top + row) * width + left) * channels
      for _ in 0..<picture.width {
        for _ in 0..<enlargement {
          for channel in 0..<channels {
            bytes[target + channel] = picture.bytes[source + (picture.channels == 1 ? 0 : channel)]
          }
          target += channels
        }
        source += picture.channels
      }
    }
  }

  /// Fills a rectangle, which must lie within, with a shade of grey.
  package mutating func fill(left: Int, top: Int, width: Int, height: Int, shade: UInt8) {
    for row in top..<top + height {
      let start = (row * self.width + left) * channels
      for index in start..<start + width * channels { bytes[index] = shade }
    }
  }
}
