/// Records of TensorFlow's files, one after another: the length as 8 bytes, its masked sum as 4, the contents, and their masked
/// sum as 4; numbers have their lowest byte first.
package enum EventRecords {
  private static let head = 12
  private static let tail = 4

  /// Contents as a record.
  package static func record(_ contents: [UInt8]) -> [UInt8] {
    let length = bytes(UInt64(contents.count))
    return length + bytes(MaskedChecksum.of(length)) + contents + bytes(MaskedChecksum.of(contents))
  }

  /// The contents of the records that a file begins with, each with the place where its record ends. What a dying process left
  /// half-written at the end, and all behind what is damaged, is no record.
  package static func contents(of file: [UInt8]) -> [(contents: ArraySlice<UInt8>, end: Int)] {
    var records: [(contents: ArraySlice<UInt8>, end: Int)] = []
    var start = 0
    while file.count - start >= head + tail {
      let length = number(file[start..<start + 8])
      guard number(file[start + 8..<start + head]) == UInt64(MaskedChecksum.of(file[start..<start + 8])),
        length <= UInt64(file.count - start - head - tail)
      else { break }
      let contents = file[start + head..<start + head + Int(length)]
      let end = contents.endIndex + tail
      guard number(file[contents.endIndex..<end]) == UInt64(MaskedChecksum.of(contents)) else { break }
      records.append((contents, end))
      start = end
    }
    return records
  }

  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
