import HourglassBase

/// Bytes whose number is known, read once from the first to the last: a file, or a member of an archive.
package protocol ByteSource: AnyObject {
  /// For messages: a path, with the member's name where it is one.
  var name: String { get }
  var byteCount: Int { get }

  /// Reads on until `memory` is full or the bytes end; returns how many were read.
  func fill(_ memory: UnsafeMutableRawBufferPointer) throws -> Int

  /// Proves that the bytes end here, and their check sum where there is one; to be called after the last.
  func finish() throws
}

extension ReadableFile: ByteSource {
  package var name: String { path }
  package func finish() throws {}
}

extension ByteSource {
  /// The next `count` bytes, fewer at the end.
  package func next(_ count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
      filled = try fill(UnsafeMutableRawBufferPointer(memory))
    }
  }
}
