import HourglassBase

/// A file that is read from any place, by several threads at once.
package protocol PositionedFile: AnyObject, Sendable {
  /// For messages: usually a path.
  var name: String { get }

  /// Reads from `offset` on until `memory` is full or the file ends.
  ///
  /// - Returns: the number of bytes read; fewer than `memory` has only at the end of the file.
  func fill(_ memory: UnsafeMutableRawBufferPointer, at offset: Int) throws(HourglassError) -> Int

  /// Says that these bytes are read soon, so that the system may fetch them from the disk.
  func willRead(at offset: Int, count: Int)

  /// - Throws: `HourglassError` (environment) when the contents are no longer those that the file was opened with.
  func checkIsUnchanged() throws(HourglassError)
}
