import HourglassModels

extension FrequencyTable {
  /// - Parameter value: within `largestValue` of 0.
  package func encode(_ value: Int, into encoder: inout RangeEncoder) {
    let index = value - least
    guard index >= 0 && index < escape else {
      encoder.encode(start: starts[escape], frequency: frequencies[escape])
      // The side, and how far beyond the table: Elias's gamma code, the number of bits and then the bits.
      let distance = UInt32(index < 0 ? -index : index - escape + 1)
      encoder.encode(bits: index < 0 ? 1 : 0, count: 1)
      let bitCount = UInt32.bitWidth - distance.leadingZeroBitCount
      encoder.encode(bits: UInt32(bitCount - 1), count: Self.lengthBits)
      let low = min(bitCount - 1, 16)
      encoder.encode(bits: distance & ((1 << UInt32(low)) - 1), count: low)
      encoder.encode(
        bits: (distance >> 16) & ((1 << UInt32(bitCount - 1 - low)) - 1), count: bitCount - 1 - low)
      return
    }
    encoder.encode(start: starts[index], frequency: frequencies[index])
  }

  /// Enough for distances below 2^32.
  private static let lengthBits = 5

  /// - Returns: nil for a value that no encoder writes.
  package func decode(from decoder: inout RangeDecoder) -> Int? {
    let place = decoder.place
    // The last entry that does not begin after the place.
    var (low, high) = (0, frequencies.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= place { low = middle } else { high = middle }
    }
    decoder.take(start: starts[low], frequency: frequencies[low])
    guard low == escape else { return least + low }
    let isBelow = decoder.bits(1) == 1
    let bitCount = Int(decoder.bits(Self.lengthBits)) + 1
    let lowCount = min(bitCount - 1, 16)
    var distance = decoder.bits(lowCount)
    distance |= decoder.bits(bitCount - 1 - lowCount) << 16
    distance |= 1 << UInt32(bitCount - 1)
    let value = isBelow ? least - Int(distance) : least + escape - 1 + Int(distance)
    return abs(value) <= Self.largestValue ? value : nil
  }
}
