import HourglassBase
import HourglassPlatform

/// A file without a name, for what does not fit into memory: nobody else can open it, and nothing of it stays, however the process
/// ends.
package final class NamelessFile: PositionedFile {
  /// Where it had its name, for messages.
  private let path: String
  private let descriptor: Int32

  /// - Parameters:
  ///   - what: it holds, behind "for".
  ///   - place: an existing folder; the one for temporary files when nil.
  /// - Throws: `HourglassError` (environment) when it cannot be made.
  package init(for what: String, in place: String? = nil) throws {
    let folder = try place ?? TemporaryFolder.make(for: what, remedy: "name another by TMPDIR")
    let path = "\(folder)/.hourglass-\(String(UInt64.random(in: .min ... .max), radix: 16)).partial"
    let descriptor = FileCall.open.perform(on: path) {
      open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    }
    let reason = errno
    if descriptor >= 0 { unlink(path) }
    if place == nil { rmdir(folder) }
    guard descriptor >= 0 else { throw SystemFailure.writing(path, code: reason) }
    (self.path, self.descriptor) = (path, descriptor)
  }

  deinit { close(descriptor) }

  package var name: String { path }

  /// Appends all of `bytes`.
  ///
  /// - Throws: `HourglassError` (environment) when the disk is full.
  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    try AtomicFile.Writer(descriptor: descriptor, path: path).write(bytes)
  }

  /// Reads from `offset` on until `memory` is full or the file ends.
  ///
  /// - Returns: the number of bytes read; fewer than `memory` has only at the end of the file.
  package func fill(_ memory: UnsafeMutableRawBufferPointer, at offset: Int) throws(HourglassError) -> Int {
    try ReadableFile.fill(memory, at: offset, of: descriptor, path: path)
  }

  package func willRead(at offset: Int, count: Int) { adviseReading(descriptor, at: offset, count: count) }

  /// Nobody else can change it.
  package func checkIsUnchanged() {}
}
