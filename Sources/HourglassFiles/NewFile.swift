import HourglassBase
import HourglassPlatform

/// A file in a folder of one's own that is written piece by piece. It is whole once it is finished; who renames the folder then
/// shows it to others.
package final class NewFile {
  package let path: String
  private var descriptor: Int32

  /// - Throws: `HourglassError` (environment) when it cannot be made, or is there.
  package init(path: String) throws {
    try SystemFailure.checkPath(path)
    descriptor = FileCall.open.perform(on: path) {
      open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    }
    self.path = path
    guard descriptor >= 0 else { throw SystemFailure.writing(path, code: errno) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Appends all of `bytes`.
  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    try AtomicFile.append(bytes, to: descriptor, path: path)
  }

  /// Appends all of `bytes`.
  package func append(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try append($0) } }

  /// Writes the first bytes anew; what is appended goes to the end as before.
  package func replaceBeginning(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = FileCall.write.perform(on: path) {
        rest.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(bytes.count - rest.count)) }
      }
      guard written >= 0 else { throw SystemFailure.writing(path, code: errno) }
      rest = rest.dropFirst(written)
    }
  }

  /// Brings it to the disk and closes it.
  package func finish() throws {
    guard FileCall.flush.perform(on: path, { fsync(descriptor) }) == 0 else {
      throw SystemFailure.writing(path, code: errno)
    }
    let failed = close(descriptor) != 0 && errno != EINTR
    descriptor = -1
    if failed { throw SystemFailure.writing(path, code: errno) }
  }
}
