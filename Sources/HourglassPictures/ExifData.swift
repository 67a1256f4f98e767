import HourglassFiles

/// Where files of each kind keep their EXIF data. Nothing is believed before it lies within the file.
enum ExifData {
  /// Of a JPEG file: in a segment of the kind APP1, behind a name.
  static func ofJPEG(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
    var place = 2
    while place + 4 <= bytes.count, bytes[place] == 0xff {
      switch bytes[place + 1] {
      // A marker may have any number of these before it.
      case 0xff: place += 1
      // Markers without a segment.
      case 0x01, 0xd0...0xd8: place += 2
      // The picture's data come after all segments.
      case 0xd9, 0xda: return nil
      case let kind:
        let end = place + 2 + Int(bytes[place + 2]) << 8 + Int(bytes[place + 3])
        guard end >= place + 4, end <= bytes.count else { return nil }
        if kind == 0xe1, bytes[place + 4..<end].starts(with: ExifOrientation.name) {
          return bytes[place + 4..<end]
        }
        place = end
      }
    }
    return nil
  }

  /// Of a PNG file: in the chunk `eXIf`, before the picture's data or behind them; a chunk with a wrong check sum counts as none.
  static func ofPNG(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
    var place = PNG.magic.count
    // Chunks: a length, a kind, so many bytes, a check sum of kind and bytes.
    while place + 12 <= bytes.count {
      let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = place + 8 + length
      guard end + 4 <= bytes.count else { return nil }
      if bytes.hasPrefix(Array("eXIf".utf8), at: place + 4) {
        let sum = bytes[end..<end + 4].reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        // The standard allows one; TIFF data of any camera are smaller than this.
        guard length <= 1 << 20, checkSum(bytes[place + 4..<end]) == sum else { return nil }
        return bytes[place + 8..<end]
      }
      place = end + 4
    }
    return nil
  }

  /// The CRC-32 of PNG's chunks; zlib, which has it too, is seen by `HourglassData` alone.
  private static func checkSum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
    }
  }

  /// Of a WebP file: in the chunk `EXIF`.
  static func ofWebP(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
    var place = 12
    // Chunks: a kind, a length, so many bytes, and one more where they are odd.
    while place + 8 <= bytes.count {
      let length = bytes[place + 4..<place + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
      let end = place + 8 + length
      guard end <= bytes.count else { return nil }
      if bytes.hasPrefix(Array("EXIF".utf8), at: place) { return bytes[place + 8..<end] }
      place = end + length % 2
    }
    return nil
  }
}
