/// Which numbers samples hold: a model keeps it of those it learnt from, and compares others with it.
package struct ValueRange: Sendable, Equatable {
  /// How the numbers are stored, and what a byte stands for.
  package let element: SampleElement
  /// Of bytes the least and the greatest that they can stand for, of floats those that were seen.
  package private(set) var least: Float
  package private(set) var greatest: Float
  /// Whether all are floats without a fraction, as of bytes that were converted without being scaled.
  package private(set) var areWhole: Bool

  /// Of floats that were seen.
  ///
  /// - Parameter least: finite, as is `greatest`, which is not below it.
  package init(floats least: Float, _ greatest: Float, areWhole: Bool) {
    // Whether a zero has a sign depends on where it was met first.
    (element, self.least, self.greatest, self.areWhole) = (.float, least + 0, greatest + 0, areWhole)
  }

  /// Of bytes, whichever they are.
  ///
  /// - Parameter scale: what one step of a byte is worth; finite.
  package init(bytesWorth scale: Float) {
    element = .byte(scale: scale)
    (least, greatest, areWhole) = (min(0, 255 * scale), max(0, 255 * scale), false)
  }

  /// What holds the numbers of both; bytes and floats together are what these are.
  package func joined(with other: ValueRange) -> ValueRange {
    var joined = self
    joined.least = min(least, other.least)
    joined.greatest = max(greatest, other.greatest)
    joined.areWhole = areWhole && other.areWhole
    return joined
  }

  /// Whether the numbers lie in 0...1, but for what resampling or some noise adds.
  package var isUnit: Bool { least >= -0.5 && greatest <= 1.5 }

  /// Whether they are whole numbers in 0...255 as bytes have them, but are not stored as bytes.
  package var areLevels: Bool {
    element == .float && areWhole && least >= 0 && greatest > 1.5 && greatest <= 255
  }

  /// Whether they reach from 0 to 255 as bytes do, stored as these or not.
  package var hasLevels: Bool { areLevels || areBytes && !isUnit }

  var areBytes: Bool { element != .float }

  /// Such as "floats from -2 to 3.5".
  package var text: String {
    let ends = "\(Self.text(least)) to \(Self.text(greatest))"
    if areBytes { return "bytes, which stand for \(ends)" }
    return areWhole ? "whole numbers from \(ends)" : "floats from \(ends)"
  }

  /// A number as a person writes it.
  package static func text(_ number: Float) -> String {
    number == number.rounded() && abs(number) < 1e9 ? "\(Int(saturating: Double(number)))" : "\(number)"
  }
}

extension SampleSource {
  /// Which numbers the samples hold; floats are all looked at, bytes need not be.
  ///
  /// - Parameter indices: of the samples that count, each below `count`; all when nil.
  /// - Returns: nil where there is no number.
  /// - Throws: what the source throws.
  package func valueRange(_ indices: [UInt32]? = nil) throws(HourglassError) -> ValueRange? {
    guard indices?.count ?? count > 0, shape.count > 0 else { return nil }
    if case .byte(let scale) = element { return ValueRange(bytesWorth: scale) }
    let known = (self as? any SurveyedSource)?.survey?.range {
      indices?.contains($0) ?? ($0 < UInt32(count))
    }
    if let known { return known }
    var (least, greatest, areWhole) = (Float.infinity, -Float.infinity, true)
    func look(_ bytes: UnsafeRawBufferPointer) {
      for offset in stride(from: 0, to: bytes.count, by: MemoryLayout<Float>.stride) {
        let number = bytes.loadUnaligned(fromByteOffset: offset, as: Float.self)
        if number < least { least = number }
        if number > greatest { greatest = number }
        if areWhole, number != number.rounded(.towardZero) { areWhole = false }
      }
    }
    if let indices { try read(indices, look) } else { try read(0..<UInt32(count), look) }
    // Numbers that are none, or are not finite, say nothing of the others.
    guard least.isFinite, greatest.isFinite else { return nil }
    return ValueRange(floats: least, greatest, areWhole: areWhole)
  }

  /// The first sample with a number outside of a range, and the number.
  ///
  /// - Parameter indices: of the samples that count; all when nil.
  /// - Throws: what the source throws.
  package func first(
    outside range: ClosedRange<Float>, _ indices: [UInt32]? = nil
  ) throws(HourglassError) -> (sample: Int, value: Float)? {
    guard let all = try valueRange(indices), all.least < range.lowerBound || all.greatest > range.upperBound
    else { return nil }
    for index in indices ?? (0..<UInt32(count)).map({ $0 }) {
      if let value = try numbers(of: Int(index)).first(where: { !range.contains($0) }) {
        return (Int(index), value)
      }
    }
    return nil
  }
}
