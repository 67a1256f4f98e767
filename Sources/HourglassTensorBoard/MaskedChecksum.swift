/// CRC-32C (Castagnoli, RFC 3720, appendix B.4), rotated and shifted as record files have it, so that the sum of bytes that
/// hold sums is no trivial one.
enum MaskedChecksum {
  private static let table: [UInt32] = (0..<256).map { byte in
    // The polynomial 0x1EDC6F41 with its bits in reverse.
    (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
  }

  /// Of plain CRC-32C.
  static func castagnoli(_ bytes: some Sequence<UInt8>) -> UInt32 {
    table.withUnsafeBufferPointer { table in
      ~bytes.reduce(~0) { sum, byte in table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8 }
    }
  }

  static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let sum = castagnoli(bytes)
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }
}
