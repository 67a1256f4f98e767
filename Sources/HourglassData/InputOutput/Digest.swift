import Crypto
import HourglassGraph

/// The SHA-256 digest of memory that is read in place, as 64 lower-case hexadecimal digits.
package func sha256Hex(_ bytes: UnsafeRawBufferPointer) -> String {
  var hash = SHA256()
  hash.update(bufferPointer: bytes)
  return hexadecimal(hash.finalize())
}

/// The SHA-256 digest of bytes, as 64 lower-case hexadecimal digits.
package func sha256Hex(_ bytes: [UInt8]) -> String {
  hexadecimal(SHA256.hash(data: bytes))
}

/// The SHA-256 digest of a file, read in small pieces, as 64 lower-case hexadecimal digits.
///
/// - Throws: `HourglassError` (`environment`) if the file cannot be read.
package func sha256Hex(file path: String) throws -> String {
  let file = try ReadableFile(path: path)
  let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  defer { piece.deallocate() }
  var hash = SHA256()
  while true {
    let count = try file.fill(piece)
    if count == 0 { break }
    hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: piece[..<count]))
  }
  return hexadecimal(hash.finalize())
}

/// Bytes as lower-case hexadecimal digits, two each.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  return String(decoding: text, as: UTF8.self)
}
