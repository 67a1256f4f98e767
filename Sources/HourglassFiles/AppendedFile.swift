import HourglassBase
import HourglassPlatform

/// A file that grows while others read it, such as a log. Unlike those of `AtomicFile` it may end in half of what was
/// appended last when the process dies: who opens it again says how much of it is whole.
package final class AppendedFile {
  private let descriptor: Int32
  private let path: String

  /// Opens the file, or makes it, and cuts it off behind its first bytes.
  ///
  /// - Parameter length: of what is kept.
  /// - Throws: `HourglassError` (environment) when it cannot be written, or is a link or no regular file.
  package init(_ path: String, keeping length: Int) throws {
    try SystemFailure.checkPath(path)
    self.path = path
    let folder = SystemFailure.folder(of: path)
    descriptor = FileCall.open.perform(on: path) {
      open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o666)
    }
    guard descriptor >= 0 else { throw SystemFailure.writing(path, code: errno, folder: folder) }
    guard FileCall.write.perform(on: path, { ftruncate(descriptor, off_t(length)) }) == 0 else {
      throw SystemFailure.writing(path, code: errno, folder: folder)
    }
  }

  deinit { close(descriptor) }

  /// - Throws: `HourglassError` (environment) when the disk is full or fails.
  package func append(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let chunk = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
        let written = FileCall.write.perform(on: path) { systemWrite(descriptor, chunk) }
        guard written >= 0 else { throw SystemFailure.writing(path, code: errno) }
        rest = rest.dropFirst(written)
      }
    }
  }
}
