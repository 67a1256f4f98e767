import CZlib

/// The CRC-32 of bytes, that of zip and PNG files.
package func crc32CheckSum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  bytes.withUnsafeBytes { memory in
    var sum = crc32(0, nil, 0)
    // zlib counts in 32 bits.
    for start in stride(from: 0, to: memory.count, by: 1 << 30) {
      let piece = UnsafeRawBufferPointer(rebasing: memory[start..<min(start + 1 << 30, memory.count)])
      sum = crc32(sum, piece.assumingMemoryBound(to: UInt8.self).baseAddress, UInt32(piece.count))
    }
    return UInt32(sum)
  }
}
