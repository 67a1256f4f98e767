import HourglassBase
import HourglassPlatform

/// Reads files from outside without trusting their size or kind.
package enum BoundedFile {
  /// The whole contents of the regular file at `path`.
  ///
  /// - Parameters:
  ///   - limit: the largest accepted size, in bytes.
  ///   - budget: what the contents may take.
  /// - Throws: `HourglassError(.environment)` if the file is missing, a folder, not a regular file, not readable or
  ///   larger than memory; `.badData` if it is larger than `limit`.
  package static func read(
    _ path: String, limit: Int, budget: MemoryBudget = .process
  ) throws -> [UInt8] {
    try SystemFailure.checkPath(path)
    // Without O_NONBLOCK, opening a named pipe would wait for its other end.
    let descriptor = FileCall.open.perform(on: path) { open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
    guard descriptor >= 0 else { throw SystemFailure.reading(path, code: errno) }
    defer { close(descriptor) }

    var status = stat()
    guard FileCall.look.perform(on: path, { fstat(descriptor, &status) }) == 0 else {
      throw SystemFailure.reading(path, code: errno)
    }
    if status.st_mode & S_IFMT == S_IFDIR { throw SystemFailure.reading(path, code: EISDIR) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw HourglassError(
        .environment, "Cannot read \(path): it is not a regular file; copy its contents to a file first.")
    }
    let size = Int(status.st_size)
    guard size <= limit else {
      throw HourglassError(
        .badData, "Cannot read \(path): it holds \(size) bytes and the limit is \(limit); use a smaller file."
      )
    }
    try budget.admit(size, for: path)
    // The storage that all empty arrays share is not to be written to.
    guard size > 0 else { return [] }
    // A file that shrinks meanwhile yields the bytes there were; one that grows yields its first `size`.
    return try Array(unsafeUninitializedCapacity: size) { memory, filled in
      while filled < size {
        let rest = UnsafeMutableRawBufferPointer(memory)[filled...]
        let chunk = UnsafeMutableRawBufferPointer(rebasing: rest.prefix(1 << 30))
        let count = FileCall.read.perform(on: path) { systemRead(descriptor, chunk) }
        guard count >= 0 else { throw SystemFailure.reading(path, code: errno) }
        if count == 0 { break }
        filled += count
      }
    }
  }
}
