/// Contents put into a page itself, so that the page is one file.
package enum DataLink {
  /// A `data:` link to `bytes`, for the `src` of an image.
  ///
  /// - Parameter mediaType: such as `image/png`.
  package static func link(to bytes: [UInt8], mediaType: String) -> String {
    "data:\(mediaType);base64,\(base64(bytes))"
  }

  /// `bytes` in Base64 (RFC 4648) with padding, without line breaks.
  package static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    let padding = UInt8(ascii: "=")
    return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text in
      var written = 0
      for start in stride(from: 0, to: bytes.count, by: 3) {
        let second = start + 1 < bytes.count ? bytes[start + 1] : 0
        let third = start + 2 < bytes.count ? bytes[start + 2] : 0
        let group = Int(bytes[start]) << 16 | Int(second) << 8 | Int(third)
        text[written] = alphabet[group >> 18]
        text[written + 1] = alphabet[group >> 12 & 63]
        text[written + 2] = start + 1 < bytes.count ? alphabet[group >> 6 & 63] : padding
        text[written + 3] = start + 2 < bytes.count ? alphabet[group & 63] : padding
        written += 4
      }
      return written
    }
  }
}
