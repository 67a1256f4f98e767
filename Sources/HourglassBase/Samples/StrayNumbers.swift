/// Numbers far from all that a training held, so few among others that they say nothing of the units of these: what a detector
/// is there for.
struct StrayNumbers {
  /// Of so many numbers, or of so many samples, one may be odd.
  private static let (fewestNumbers, fewestSamples) = (100, 10)

  let count: Int
  let samples: Int
  /// The first of them, and its sample.
  let first: (value: Float, sample: Int)
  /// What the other numbers are.
  let others: ValueRange

  /// - Parameter usual: within which numbers are not odd.
  /// - Throws: what the source throws.
  /// - Returns: nil where there are none, or too many to be odd.
  init?(in source: any SampleSource, outside usual: ClosedRange<Float>) throws(HourglassError) {
    var (count, samples, index) = (0, 0, 0)
    var first: (value: Float, sample: Int)?
    var (least, greatest, areWhole) = (Float.infinity, -Float.infinity, true)
    try source.read(0..<UInt32(source.count)) { bytes in
      let before = count
      for offset in stride(from: 0, to: bytes.count, by: MemoryLayout<Float>.stride) {
        let number = bytes.loadUnaligned(fromByteOffset: offset, as: Float.self)
        if number < usual.lowerBound || number > usual.upperBound {
          count += 1
          if first == nil { first = (number, index) }
          continue
        }
        if number < least { least = number }
        if number > greatest { greatest = number }
        if areWhole, number != number.rounded(.towardZero) { areWhole = false }
      }
      if count > before { samples += 1 }
      index += 1
    }
    let numbers = source.count * source.shape.count
    guard let first, least <= greatest,
      count <= numbers / Self.fewestNumbers || samples <= source.count / Self.fewestSamples
    else { return nil }
    (self.count, self.samples, self.first) = (count, samples, first)
    others = ValueRange(floats: least, greatest, areWhole: areWhole)
  }

  /// One sentence.
  ///
  /// - Parameter name: what the samples are called, such as their file.
  func note(_ name: String) -> String {
    let ends = "\(ValueRange.text(others.least)) to \(ValueRange.text(others.greatest))"
    let example = "\(ValueRange.text(first.value)) in sample \(first.sample)"
    return count == 1
      ? "One value of \(name) is odd, \(example): all others are \(ends)."
      : "\(count) values of \(name), in \(samples) samples, are odd, such as \(example): all others are \(ends)."
  }
}
