#if canImport(CryptoKit)
  import CryptoKit
#else
  import CCrypto
#endif

/// A SHA-256 digest in the making, computed by the system's cryptographic library.
package final class SHA256Digest {
  #if canImport(CryptoKit)
    private var hash = SHA256()

    package init() {}

    package func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

    /// The 32 bytes of the digest, which ends here.
    fileprivate func bytes() -> [UInt8] { Array(hash.finalize()) }
  #else
    private let context: OpaquePointer

    package init() {
      context = EVP_MD_CTX_new()
      let status = EVP_DigestInit_ex(context, EVP_sha256(), nil)
      precondition(status == 1, "libcrypto has no SHA-256")
    }

    deinit { EVP_MD_CTX_free(context) }

    package func update(_ bytes: UnsafeRawBufferPointer) {
      EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    }

    /// The 32 bytes of the digest, which ends here.
    fileprivate func bytes() -> [UInt8] {
      var digest = [UInt8](repeating: 0, count: 32)
      EVP_DigestFinal_ex(context, &digest, nil)
      return digest
    }
  #endif

  /// 64 lower-case hexadecimal digits; ends the digest.
  package func finish() -> String { hexadecimal(bytes()) }

  /// Another digest of the same bytes so far.
  package func copy() -> SHA256Digest {
    let other = SHA256Digest()
    #if canImport(CryptoKit)
      other.hash = hash
    #else
      let status = EVP_MD_CTX_copy_ex(other.context, context)
      precondition(status == 1, "a digest of libcrypto can be copied")
    #endif
    return other
  }
}

/// A digest of bytes to which others go on.
///
/// `@unchecked Sendable`: nobody changes the digest in here, which is only copied.
package struct BegunDigest: @unchecked Sendable {
  private let digest: SHA256Digest

  package init(_ digest: SHA256Digest) { self.digest = digest.copy() }

  /// A digest of its own, to go on with.
  package func resumed() -> SHA256Digest { digest.copy() }
}

/// The SHA-256 digest of memory that is read in place, as 64 lower-case hexadecimal digits.
package func sha256Hex(_ bytes: UnsafeRawBufferPointer) -> String {
  let digest = SHA256Digest()
  digest.update(bytes)
  return digest.finish()
}

/// The SHA-256 digest of a text in UTF-8, as its 32 bytes.
package func sha256(_ text: String) -> [UInt8] {
  let digest = SHA256Digest()
  var text = text
  text.withUTF8 { digest.update(UnsafeRawBufferPointer($0)) }
  return digest.bytes()
}

/// The SHA-256 digest of bytes, as 64 lower-case hexadecimal digits.
package func sha256Hex(_ bytes: [UInt8]) -> String {
  bytes.withUnsafeBytes { sha256Hex($0) }
}

/// The SHA-256 digest of a file, read in small pieces, as 64 lower-case hexadecimal digits.
///
/// - Throws: `HourglassError` (`environment`) if the file cannot be read.
package func sha256Hex(file path: String) throws -> String {
  let file = try ReadableFile(path: path)
  let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  defer { piece.deallocate() }
  let digest = SHA256Digest()
  while true {
    let count = try file.fill(piece)
    if count == 0 { break }
    digest.update(UnsafeRawBufferPointer(rebasing: piece[..<count]))
  }
  return digest.finish()
}

/// Bytes as lower-case hexadecimal digits, two each.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  return String(decoding: text, as: UTF8.self)
}
