import HourglassBase

extension Picture {
  /// The picture scaled to another size, its proportions given up if need be: each new pixel is a mean of the old
  /// ones it covers, weighted by a triangle, so that fine patterns do not flicker; when enlarging this is bilinear
  /// interpolation.
  ///
  /// - Throws: `HourglassError`: usage for extents below 1, environment when memory has no room for so many pixels.
  public func resized(height: Int, width: Int) throws(HourglassError) -> Picture {
    try checkNewSize(height: height, width: width)
    if width == self.width && height == self.height { return self }
    return resampled(
      rows: ResamplingAxis(from: self.height, to: height, start: 0, extent: Double(self.height)),
      columns: ResamplingAxis(from: self.width, to: width, start: 0, extent: Double(self.width)))
  }

  /// The middle of the picture, scaled so that it just fills the new size: what is too long is cut off at both ends.
  ///
  /// - Throws: `HourglassError`: usage for extents below 1, environment when memory has no room for so many pixels.
  public func cropped(height: Int, width: Int) throws(HourglassError) -> Picture {
    try checkNewSize(height: height, width: width)
    if width == self.width && height == self.height { return self }
    // One of the two extents is the picture's own.
    let shrink = min(Double(self.width) / Double(width), Double(self.height) / Double(height))
    let (kept, high) = (Double(width) * shrink, Double(height) * shrink)
    return resampled(
      rows: ResamplingAxis(
        from: self.height, to: height, start: (Double(self.height) - high) / 2, extent: high),
      columns: ResamplingAxis(
        from: self.width, to: width, start: (Double(self.width) - kept) / 2, extent: kept))
  }

  private func checkNewSize(height: Int, width: Int) throws(HourglassError) {
    try Self.check(height: height, width: width, channels: channels)
    try MemoryBudget.process.admit(
      MemoryBudget.product(height, width, channels), for: "A picture of \(width)x\(height) pixels",
      remedy: "make it smaller")
  }

  /// Down the columns first: the sums of whole rows lie side by side.
  private func resampled(rows: ResamplingAxis, columns: ResamplingAxis) -> Picture {
    let (channels, stride) = (self.channels, width * self.channels)
    let (newHeight, newWidth) = (rows.spans.count, columns.spans.count)
    let count = newHeight * newWidth * channels
    let result = [UInt8](unsafeUninitializedCapacity: count) { target, filled in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: stride) { sums in
        bytes.withUnsafeBufferPointer { bytes in
          var place = 0
          for span in rows.spans {
            sums.initialize(repeating: 0)
            for (offset, weight) in rows.weights[span.weights].enumerated() {
              let row = (span.start + offset) * stride
              for index in 0..<stride { sums[index] += weight * Float(bytes[row + index]) }
            }
            for span in columns.spans {
              for channel in 0..<channels {
                var sum: Float = 0.5
                var index = span.start * channels + channel
                for weight in columns.weights[span.weights] {
                  sum += weight * sums[index]
                  index += channels
                }
                target[place] = UInt8(min(max(sum, 0), 255))
                place += 1
              }
            }
          }
        }
      }
      filled = count
    }
    return Picture(width: newWidth, height: newHeight, channels: channels, trusted: result)
  }

  /// The picture with 1 or 3 channels: grey becomes three equal ones; colours become grey as ITU-R BT.601 weighs them
  /// (0.299 red, 0.587 green, 0.114 blue).
  ///
  /// - Throws: `HourglassError` (usage) for another number of channels.
  public func converted(toChannels channels: Int) throws(HourglassError) -> Picture {
    try Self.check(height: height, width: width, channels: channels)
    if channels == self.channels { return self }
    if channels == 3 {
      return Picture(
        width: width, height: height, channels: 3, trusted: bytes.flatMap { [$0, $0, $0] })
    }
    let grey = (0..<width * height).map { pixel -> UInt8 in
      // The weights in 65,536ths.
      let red = Int(bytes[3 * pixel]) * 19_595
      let green = Int(bytes[3 * pixel + 1]) * 38_470
      let blue = Int(bytes[3 * pixel + 2]) * 7_471
      return UInt8((red + green + blue + 32_768) >> 16)
    }
    return Picture(width: width, height: height, channels: 1, trusted: grey)
  }
}

/// Which old pixels make up each new one, along one axis.
private struct ResamplingAxis {
  struct Span {
    /// The first old pixel.
    var start: Int
    var weights: Range<Int>
  }

  var spans: [Span] = []
  /// Of all spans; those of one add up to 1.
  var weights: [Float] = []

  /// - Parameters:
  ///   - old: pixels there are.
  ///   - new: pixels there shall be.
  ///   - start: where the stretch begins that they show.
  ///   - extent: how long it is, in old pixels.
  init(from old: Int, to new: Int, start: Double, extent: Double) {
    let scale = extent / Double(new)
    // A triangle as wide as two new pixels, but never narrower than two old ones.
    let reach = max(scale, 1)
    for index in 0..<new {
      let centre = start + (Double(index) + 0.5) * scale
      let first = min(max(0, Int(centre - reach + 0.5)), old - 1)
      let last = min(max(first + 1, Int(centre + reach + 0.5)), old)
      let shares = (first..<last).map { pixel -> Double in
        let distance: Double = abs(Double(pixel) + 0.5 - centre)
        return max(0, 1 - distance / reach)
      }
      let sum: Double = shares.reduce(0, +)
      spans.append(Span(start: first, weights: weights.count..<weights.count + shares.count))
      weights += shares.map { sum > 0 ? Float($0 / sum) : 1 / Float(shares.count) }
    }
  }
}
