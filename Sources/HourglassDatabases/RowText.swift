/// Rows as the lines of a CSV file (RFC 4180).
struct RowText {
  private(set) var bytes: [UInt8] = []
  private var rowStart = 0

  private static let quote = UInt8(ascii: "\"")
  private static let comma = UInt8(ascii: ",")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// Appends a cell, in quotes where it needs them. Blanks at its ends do not count, as in a CSV file: those of a database pad it.
  mutating func append(_ cell: UnsafeBufferPointer<UInt8>) {
    let needsQuotes = cell.contains {
      $0 == Self.comma || $0 == Self.quote || $0 == Self.lineFeed || $0 == Self.carriageReturn || $0 == 0
    }
    guard needsQuotes else {
      bytes.append(contentsOf: cell)
      return
    }
    bytes.append(Self.quote)
    for byte in cell {
      if byte == Self.quote { bytes.append(Self.quote) }
      // No text has a zero byte; SQLite keeps what it is given.
      bytes.append(byte == 0 ? UInt8(ascii: " ") : byte)
    }
    bytes.append(Self.quote)
  }

  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  /// Appends the name of a column, as it is.
  mutating func append(quoted text: String) {
    bytes.append(Self.quote)
    for byte in text.utf8 {
      if byte == Self.quote { bytes.append(Self.quote) }
      bytes.append(byte)
    }
    bytes.append(Self.quote)
  }

  mutating func endCell() { bytes.append(Self.comma) }

  mutating func endRow() {
    bytes.removeLast()
    // An empty line would be passed over.
    if bytes.count == rowStart { bytes.append(contentsOf: "NA".utf8) }
    bytes.append(Self.lineFeed)
    rowStart = bytes.count
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    rowStart = 0
  }
}
