extension String {
  /// The text for the contents and the quoted attributes of HTML and SVG: it holds no markup, and what would turn the page
  /// around or is no character of XML is written out.
  package var escapedForMarkup: String {
    let text = showingControls(keepsLines: true)
    guard text.utf8.contains(where: { Self.entity($0) != nil }) else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count + 16)
    for byte in text.utf8 {
      if let entity = Self.entity(byte) { result += entity.utf8 } else { result.append(byte) }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// What stands for a byte that means something in markup. Bytes of ASCII are no part of other characters.
  private static func entity(_ byte: UInt8) -> String? {
    switch byte {
    case UInt8(ascii: "&"): "&amp;"
    case UInt8(ascii: "<"): "&lt;"
    case UInt8(ascii: ">"): "&gt;"
    case UInt8(ascii: "\""): "&quot;"
    case UInt8(ascii: "'"): "&#39;"
    default: nil
    }
  }
}
