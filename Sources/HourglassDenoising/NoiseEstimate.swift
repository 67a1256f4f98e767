import HourglassPictures

extension Picture {
  /// The deviation of the picture's noise in levels of 255, by its finest differences (Immerkær 1996): a mask that no slope
  /// passes leaves noise six times its deviation, and fine patterns, of which the median takes the smaller part. A guess:
  /// grass and gravel look like noise.
  ///
  /// 0 for pictures of fewer than three lines or columns.
  public var estimatedNoise: Double {
    guard width >= 3, height >= 3 else { return 0 }
    // As many lines as a million values take, spread over the picture.
    let step = max(1, (height - 2) * width * channels / 1_000_000)
    var counts = [Int](repeating: 0, count: 16 * 255 + 1)
    bytes.withUnsafeBufferPointer { bytes in
      let line = width * channels
      for row in stride(from: 1, to: height - 1, by: step) {
        for place in row * line + channels..<(row + 1) * line - channels {
          func pixel(_ lines: Int, _ columns: Int) -> Int {
            Int(bytes[place + lines * line + columns * channels])
          }
          let corners = pixel(-1, -1) + pixel(-1, 1) + pixel(1, -1) + pixel(1, 1)
          let sides = pixel(-1, 0) + pixel(1, 0) + pixel(0, -1) + pixel(0, 1)
          counts[abs(corners - 2 * sides + 4 * pixel(0, 0))] += 1
        }
      }
    }
    let half = counts.reduce(0, +) / 2
    var (passed, median) = (0, 0)
    while passed + counts[median] <= half {
      passed += counts[median]
      median += 1
    }
    // The median of a normal distribution's absolute values.
    return Double(median) / 0.6745 / 6
  }
}
