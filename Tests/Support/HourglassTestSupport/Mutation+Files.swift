extension TestNumbers {
  /// One of these files with something of another spliced in, a number with a meaning written over it, or as
  /// `mutating(_:)` changes it; up to four times.
  package mutating func mutation(of files: [[UInt8]]) -> [UInt8] {
    var result = files.randomElement(using: &self) ?? []
    // Mostly once, so that much of it stays whole.
    for _ in 0..<([1, 1, 1, 2, 4].randomElement(using: &self) ?? 1) {
      let place = Int.random(in: 0...result.count, using: &self)
      switch Int.random(in: 0..<8, using: &self) {
      case 0:
        let other = files.randomElement(using: &self) ?? []
        result.replaceSubrange(place..., with: other[Int.random(in: 0...other.count, using: &self)...])
      case 1:
        // Something of itself over another place.
        let length = min(result.count - place, Int.random(in: 1...32, using: &self))
        let from = Int.random(in: 0...result.count - length, using: &self)
        result.replaceSubrange(place..<place + length, with: Array(result[from..<from + length]))
      case 2, 3:
        let number = InterestingNumbers.bytes(using: &self)
        let end = min(result.count, place + number.count)
        result.replaceSubrange(place..<end, with: number.prefix(end - place))
      case 4:
        let text = InterestingNumbers.texts.randomElement(using: &self) ?? ""
        let end = min(result.count, place + Int.random(in: 0...text.utf8.count, using: &self))
        result.replaceSubrange(place..<end, with: Array(text.utf8))
      default: result = mutating(result)
      }
    }
    return result
  }
}

/// Numbers at which readers go wrong: the ends of what fits, and their neighbours.
private enum InterestingNumbers {
  private static let small: [UInt64] = [0, 1, 2, 3, 16, 100, 1000]
  private static let powers: [UInt64] = [7, 8, 15, 16, 24, 31, 32, 33, 62, 63].map { 1 << $0 }
  private static let values = small + small.map { 0 &- $0 } + powers.flatMap { [$0 - 1, $0, $0 + 1] }

  static let texts = [
    "0", "-1", "1e999", "-1e-999", "1e308", "nan", "inf", "9223372036854775807", "9223372036854775808",
    "-9223372036854775809", "4294967296", "0.1", "\u{0}", "\u{feff}", "\r\n", "e\u{301}", "\u{ff}",
  ]

  /// In one, two, four or eight bytes, the least significant first or last.
  static func bytes(using numbers: inout TestNumbers) -> [UInt8] {
    let value = values.randomElement(using: &numbers) ?? 0
    let width = [1, 2, 4, 8].randomElement(using: &numbers) ?? 1
    let bytes = (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    return Bool.random(using: &numbers) ? bytes : bytes.reversed()
  }
}
