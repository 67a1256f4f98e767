import HourglassBase

/// Where the tensors of a safetensors file lie, however large it is: only its header is read.
package struct SafeTensorsIndex {
  /// A tensor of the file.
  package struct Entry: Sendable {
    package let name: String
    /// How its numbers are stored, such as "F32".
    package let type: String
    package let shape: [Int]
    /// Of the first byte, from the beginning of the file.
    package let start: Int
  }

  package let file: ReadableFile
  /// In the order of the header.
  package let entries: [Entry]

  /// - Throws: `HourglassError`: badData for a malformed header, or tensors that do not fill the file; environment if it cannot be
  ///   read.
  package init(path: String) throws {
    file = try ReadableFile(path: path)
    let length = try file.bytes(at: 0, count: 8)
    // A reader without the header says what is wrong with the length.
    let claimed = length.count == 8 ? length.littleEndian(8, at: 0) : 0
    let count =
      0...SafeTensors.Limits.headerLength ~= claimed ? 8 + min(claimed, max(file.byteCount - 8, 0)) : 8
    let head = try file.bytes(at: 0, count: count)
    let byteCount = file.byteCount
    entries = try head.withUnsafeBytes { bytes in
      let contents = try SafeTensorsReader(bytes: bytes, source: path, byteCount: byteCount).contents()
      return contents.entries.map {
        Entry(name: $0.name, type: $0.element.rawValue, shape: $0.shape, start: contents.start + $0.begin)
      }
    }
  }
}
