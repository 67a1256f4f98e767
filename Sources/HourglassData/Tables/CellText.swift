/// Reads the text of a cell.
enum CellText {
  /// The text of at most `limit` bytes, and whether it is no UTF-8 and was therefore read as Windows-1252, which every
  /// sequence of bytes is and of which Latin-1's letters are a part.
  static func decode(
    _ cell: UnsafeBufferPointer<UInt8>, limit: Int = TableLimits.levelLength
  ) -> (text: String, isForeign: Bool) {
    let bytes = UnsafeBufferPointer(rebasing: cell.prefix(boundary(cell, limit)))
    let text = String(decoding: bytes, as: UTF8.self)
    // What is no UTF-8 was replaced, so it differs.
    if bytes.allSatisfy({ $0 < 0x80 }) || text.utf8.elementsEqual(bytes) { return (text, false) }
    var scalars = String.UnicodeScalarView()
    for byte in bytes { scalars.append(scalar(byte)) }
    return (String(scalars), true)
  }

  /// The largest count up to `limit` that does not cut a character of several bytes.
  private static func boundary(_ cell: UnsafeBufferPointer<UInt8>, _ limit: Int) -> Int {
    guard cell.count > limit else { return cell.count }
    var count = limit
    while count > limit - 3, cell[count] & 0xc0 == 0x80 { count -= 1 }
    return count
  }

  /// Windows-1252 differs from Latin-1 in 0x80...0x9f; the five bytes it has no use for stay control characters.
  private static let upper: [UInt16] = [
    0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152,
    0x8d, 0x017d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161,
    0x203a, 0x0153, 0x9d, 0x017e, 0x0178,
  ]

  private static func scalar(_ byte: UInt8) -> Unicode.Scalar {
    guard 0x80...0x9f ~= byte else { return Unicode.Scalar(byte) }
    return Unicode.Scalar(upper[Int(byte) - 0x80]) ?? Unicode.Scalar(byte)
  }
}
