/// A number as four bytes, the most significant first.
package func bigEndian(_ number: Int) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
}

/// A number as so many bytes, the least significant first.
package func littleEndian(_ number: Int, _ width: Int = 4) -> [UInt8] {
  (0..<width).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

/// A gzip file that holds the bytes as they are, in stored blocks.
///
/// - Parameter checkSum: what the file claims for its check sum; `nil` for the truth.
package func gzip(_ bytes: [UInt8], checkSum: UInt32? = nil) -> [UInt8] {
  var file: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
  var start = 0
  repeat {
    let length = min(bytes.count - start, 65535)
    let isLast = start + length == bytes.count
    file.append(isLast ? 1 : 0)
    file += littleEndian(length, 2) + littleEndian(~length, 2)
    file += bytes[start..<start + length]
    start += length
  } while start < bytes.count
  return file + littleEndian(Int(checkSum ?? crc32(bytes))) + littleEndian(bytes.count)
}

/// The check sum of gzip, bit by bit.
package func crc32(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(~0) { sum, byte in
    (0..<8).reduce(sum ^ UInt32(byte)) { rest, _ in rest >> 1 ^ (rest & 1 == 1 ? 0xedb8_8320 : 0) }
  }
}
