import HourglassBase
import HourglassPlatform

/// What tells whether a path still leads to the file that was there, with what it held: another program that writes it, or puts
/// another in its place, changes this.
package struct FileStamp: Sendable, Hashable {
  private let device: UInt64
  private let number: UInt64
  private let byteCount: Int
  private let seconds: Int
  private let nanoseconds: Int

  /// - Throws: `HourglassError` (environment) when the file cannot be looked at.
  package init(path: String) throws(HourglassError) {
    var status = stat()
    guard FileCall.look.perform(on: path, { stat(path, &status) }) == 0 else {
      throw SystemFailure.looking(path, code: errno)
    }
    self.init(status)
  }

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    number = UInt64(truncatingIfNeeded: status.st_ino)
    byteCount = Int(status.st_size)
    (seconds, nanoseconds) = (status.modificationTime, status.modificationNanoseconds)
  }
}
