import HourglassBase
import HourglassPlatform

/// Writes files whole or not at all: a reader sees the old file or the new one, never half of it.
///
/// The bytes go to a temporary file in the same folder, which is flushed to the disk and then renamed over the
/// old one. Symbolic links are followed, and the permissions of a replaced file are kept. Every failure leaves
/// the old file as it was, removes the temporary file and throws `HourglassError(.environment)`; a path that
/// exists and is not a regular file is refused.
package enum AtomicFile {
  /// Replaces the file at `path` by `bytes`.
  package static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
    try write(to: path) { try $0.write(bytes) }
  }

  /// Replaces the file at `path` by `bytes`.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    try write(to: path) { try $0.write(bytes) }
  }

  /// Replaces the file at `path` by `text` in UTF-8.
  package static func write(_ text: String, to path: String) throws {
    try write(to: path) { try $0.write(text) }
  }

  /// Replaces the file at `path` by the chunks that `body` writes, in order; nothing of it is held in memory.
  ///
  /// - Parameter body: may throw an error of its own, which passes through and abandons the new file.
  package static func write(to path: String, body: (borrowing Writer) throws -> Void) throws {
    try SystemFailure.checkPath(path)
    let target = try Target(path)
    let (temporary, descriptor) = try createTemporary(for: target)
    var isOpen = true
    do {
      try body(Writer(descriptor: descriptor, path: path))
      if let mode = target.mode, fchmod(descriptor, mode) != 0 {
        throw SystemFailure.writing(path, code: errno)
      }
      try flush(descriptor, path: path)
      isOpen = false
      // Network file systems may report a full disk only here; EINTR means closed on both systems.
      if close(descriptor) != 0 && errno != EINTR {
        throw SystemFailure.writing(path, code: errno)
      }
      if rename(temporary, target.resolved) != 0 {
        throw SystemFailure.writing(path, code: errno)
      }
    } catch {
      if isOpen { close(descriptor) }
      unlink(temporary)
      throw error
    }
    try flushFolder(target.folder, path: path)
  }

  /// Checks, before long work, what `write` would find out after it: that the path may be written and its folder is there.
  ///
  /// - Throws: what `write` would throw.
  package static func check(_ path: String) throws {
    try SystemFailure.checkPath(path)
    let folder = try Target(path).folder
    var status = stat()
    guard stat(folder, &status) == 0 else { throw SystemFailure.writing(path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw SystemFailure.writing(path, code: ENOTDIR) }
    guard faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0 else {
      throw SystemFailure.writing(path, code: errno)
    }
  }

  /// The open end of a file being written; lives only within the closure it is given to.
  package struct Writer: ~Copyable {
    fileprivate let descriptor: Int32
    fileprivate let path: String

    /// Appends all of `bytes`.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
      // Darwin refuses more than 2 GiB at once.
      let largest = 1 << 30
      var rest = bytes[...]
      while !rest.isEmpty {
        let chunk = UnsafeRawBufferPointer(rebasing: rest.prefix(largest))
        let written = retryingInterrupted { Self.systemWrite(descriptor, chunk) }
        guard written >= 0 else { throw SystemFailure.writing(path, code: errno) }
        rest = rest.dropFirst(written)
      }
    }

    /// Appends all of `bytes`.
    package func write(_ bytes: [UInt8]) throws {
      try bytes.withUnsafeBytes { try write($0) }
    }

    /// Appends `text` in UTF-8.
    package func write(_ text: String) throws {
      var text = text
      try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
    }

    private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
      #if canImport(Darwin)
        Darwin.write(descriptor, bytes.baseAddress, bytes.count)
      #elseif canImport(Glibc)
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      #else
        Musl.write(descriptor, bytes.baseAddress, bytes.count)
      #endif
    }
  }

  /// Where the bytes will end up, and what is there now.
  private struct Target {
    let path: String
    /// `path` with symbolic links followed, so that the rename replaces the file and not the link.
    let resolved: String
    /// The permissions of the file that is there now, nil if there is none.
    let mode: mode_t?

    init(_ path: String) throws {
      self.path = path
      var status = stat()
      guard stat(path, &status) == 0 else {
        // A missing file is the usual case; a missing folder shows when the temporary file is created.
        guard errno == ENOENT, path.utf8.last != UInt8(ascii: "/") else {
          throw SystemFailure.writing(path, code: errno)
        }
        resolved = path
        mode = nil
        return
      }
      if status.st_mode & S_IFMT == S_IFDIR { throw SystemFailure.writing(path, code: EISDIR) }
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw HourglassError(
          .environment, "Cannot write \(path): it is not a regular file", .choose(.output))
      }
      // The rename asks only the folder; a file marked read-only is meant to stay.
      guard faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 else {
        throw SystemFailure.writing(path, code: errno)
      }
      guard let real = realpath(path, nil) else { throw SystemFailure.writing(path, code: errno) }
      defer { free(real) }
      resolved = String(cString: real)
      mode = status.st_mode & 0o777
    }

    var folder: String { SystemFailure.folder(of: resolved) }
  }

  private static func createTemporary(for target: Target) throws -> (path: String, descriptor: Int32) {
    while true {
      // Not derived from the target's name, which may already be as long as a name can be.
      let name = ".hourglass-\(String(UInt64.random(in: .min ... .max), radix: 16)).partial"
      let temporary = target.folder + "/" + name
      let descriptor = retryingInterrupted {
        open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      }
      if descriptor >= 0 { return (temporary, descriptor) }
      guard errno == EEXIST else { throw SystemFailure.writing(target.path, code: errno) }
    }
  }

  private static func flush(_ descriptor: Int32, path: String) throws {
    if retryingInterrupted({ fsync(descriptor) }) != 0 {
      throw SystemFailure.writing(path, code: errno)
    }
  }

  /// Makes the rename itself survive a power failure, where folders can be opened and flushed at all.
  private static func flushFolder(_ folder: String, path: String) throws {
    let descriptor = retryingInterrupted { open(folder, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let unsupported = [EINVAL, ENOTSUP, EBADF]
    if retryingInterrupted({ fsync(descriptor) }) != 0 && !unsupported.contains(errno) {
      throw SystemFailure.writing(path, code: errno)
    }
  }
}

/// Repeats a system call that a signal interrupted.
func retryingInterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}
