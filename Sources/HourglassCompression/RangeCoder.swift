import HourglassModels

// A range coder with 64-bit integers and carries (Martin 1979, "Range encoding: an algorithm for removing redundancy from a
// digitised message"). Symbols are shares of 2^16; the interval is never narrower than 2^48, so that cutting it into
// shares loses nothing that counts. There is not one floating-point number in it.

/// Writes symbols, each a share of the interval that is left.
package struct RangeEncoder {
  /// The low end of the interval, of which `bytes` are the digits that are settled but for a carry.
  private var low: UInt64 = 0
  private var range: UInt64 = .max
  private var bytes: [UInt8] = []

  package init() {}

  /// - Parameters:
  ///   - start: the shares of all symbols before this one.
  ///   - frequency: this one's share, from 1; both in 65,536ths.
  package mutating func encode(start: UInt32, frequency: UInt32) {
    let share = range >> UInt64(FrequencyTable.totalBits)
    let (sum, isCarried) = low.addingReportingOverflow(share * UInt64(start))
    low = sum
    if isCarried { carry() }
    range = share * UInt64(frequency)
    while range < RangeLimits.least {
      bytes.append(UInt8(low >> 56))
      low <<= 8
      range <<= 8
    }
  }

  /// Writes the lowest `count` bits of a number, of which all values are taken to be equally likely.
  ///
  /// - Parameter count: 0...16.
  package mutating func encode(bits number: UInt32, count: Int) {
    guard count > 0 else { return }
    let width = UInt32(1) << UInt32(FrequencyTable.totalBits - count)
    encode(start: number * width, frequency: width)
  }

  private mutating func carry() {
    var index = bytes.count - 1
    while bytes[index] == 0xFF {
      bytes[index] = 0
      index -= 1
    }
    bytes[index] += 1
  }

  /// All bytes, as few as name a number in the interval; a reader takes zeros for those that follow.
  package mutating func finish() -> [UInt8] {
    // The number in the interval with the most zeros at its end.
    for zeros in stride(from: UInt64(56), through: 0, by: -8) {
      let mask = (UInt64(1) << zeros) - 1
      let (sum, isCarried) = low.addingReportingOverflow(mask)
      let number = sum & ~mask
      guard number &- low < range else { continue }
      if isCarried { carry() }
      for shift in stride(from: UInt64(56), through: zeros, by: -8) {
        bytes.append(UInt8(number >> shift & 255))
      }
      break
    }
    while bytes.last == 0 { bytes.removeLast() }
    return bytes
  }
}

/// Reads what `RangeEncoder` wrote. Other bytes give other symbols, never a trap.
package struct RangeDecoder {
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  /// How far the number that is read lies above the interval's low end.
  private var offset: UInt64 = 0
  private var range: UInt64 = .max

  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
    for _ in 0..<8 { offset = offset << 8 | next() }
  }

  private mutating func next() -> UInt64 {
    guard position < bytes.endIndex else { return 0 }
    defer { position += 1 }
    return UInt64(bytes[position])
  }

  /// In which of the 65,536 shares the number lies; the symbol that has it is to be given to `take`.
  package var place: UInt32 {
    UInt32(min(offset / (range >> UInt64(FrequencyTable.totalBits)), FrequencyTable.total - 1))
  }

  package mutating func take(start: UInt32, frequency: UInt32) {
    let share = range >> UInt64(FrequencyTable.totalBits)
    offset -= share * UInt64(start)
    range = share * UInt64(frequency)
    // Only bytes that no encoder writes lie in the little that rounding leaves above the last share.
    if offset >= range { offset = range - 1 }
    while range < RangeLimits.least {
      offset = offset << 8 | next()
      range <<= 8
    }
  }

  /// - Parameter count: 0...16.
  package mutating func bits(_ count: Int) -> UInt32 {
    guard count > 0 else { return 0 }
    let shift = UInt32(FrequencyTable.totalBits - count)
    let number = place >> shift
    take(start: number << shift, frequency: 1 << shift)
    return number
  }
}

private enum RangeLimits {
  /// Below this the interval's first byte is settled.
  static let least = UInt64(1) << 48
}
