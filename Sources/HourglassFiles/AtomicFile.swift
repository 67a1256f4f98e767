import HourglassBase
import HourglassPlatform

/// Writes files whole or not at all: a reader sees the old file or the new one, never half of it.
///
/// The bytes go to a temporary file in the same folder, which is flushed to the disk and then renamed over the
/// old one. Symbolic links are followed, also to a file that is not there yet, and the permissions of a replaced file are kept.
/// A path that exists and is not a regular file is refused. What the system refuses is thrown as
/// `HourglassError(.environment)`, and what the closure that writes throws passes through. Either leaves the old file as it was
/// and removes the temporary file, but for one: when the folder cannot be flushed after the rename, the new file is in place,
/// and the error says that it may not survive a power cut.
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
      if let mode = target.mode, FileCall.write.perform(on: path, { fchmod(descriptor, mode) }) != 0 {
        throw target.refusal(errno)
      }
      if FileCall.flush.perform(on: path, { fsync(descriptor) }) != 0 { throw target.refusal(errno) }
      isOpen = false
      // Network file systems may report a full disk only here; EINTR means closed on both systems.
      if close(descriptor) != 0 && errno != EINTR {
        throw target.refusal(errno)
      }
      if FileCall.rename.perform(on: path, { rename(temporary, target.resolved) }) != 0 {
        throw target.refusal(errno)
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
    let target = try Target(path)
    guard let entry = try FileEntry.at(target.folder) else { throw target.refusal(ENOENT) }
    guard case .folder = entry else { throw target.refusal(ENOTDIR) }
    let allowed = FileCall.look.perform(on: path) {
      faccessat(AT_FDCWD, target.folder, W_OK | X_OK, AT_EACCESS)
    }
    guard allowed == 0 else { throw target.refusal(errno) }
  }

  /// Where a file written to `path` ends up: where the links at its end lead, whether a file is there or not.
  ///
  /// - Throws: `HourglassError` (environment) when the system does not let us know, or links lead back to themselves.
  static func destination(of path: String) throws -> String {
    var place = path
    // More than any system follows.
    for _ in 0..<64 {
      guard let next = try FileEntry.destination(of: place) else { return place }
      place = next.begins(with: "/") ? next : "\(SystemFailure.folder(of: place))/\(next)"
    }
    throw SystemFailure.writing(path, code: ELOOP)
  }

  /// The open end of a file being written; lives only within the closure it is given to.
  package struct Writer: ~Copyable {
    let descriptor: Int32
    let path: String

    /// Appends all of `bytes`.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
      try AtomicFile.append(bytes, to: descriptor, path: path)
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
  }

  /// Appends all of `bytes` to an open file.
  static func append(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws {
    // Darwin refuses more than 2 GiB at once.
    let largest = 1 << 30
    var rest = bytes[...]
    while !rest.isEmpty {
      let chunk = UnsafeRawBufferPointer(rebasing: rest.prefix(largest))
      let written = FileCall.write.perform(on: path) { systemWrite(descriptor, chunk) }
      guard written >= 0 else { throw SystemFailure.writing(path, code: errno) }
      rest = rest.dropFirst(written)
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
      resolved = try AtomicFile.destination(of: path)
      var status = stat()
      let found = FileCall.look.perform(on: resolved) { [resolved] in stat(resolved, &status) }
      guard found == 0 else {
        let reason = errno
        // A missing file is the usual case; a missing folder shows when the temporary file is created.
        guard reason == ENOENT, resolved.utf8.last != UInt8(ascii: "/") else {
          throw SystemFailure.writing(path, code: reason, folder: SystemFailure.folder(of: resolved))
        }
        mode = nil
        return
      }
      if status.st_mode & S_IFMT == S_IFDIR { throw SystemFailure.writing(path, code: EISDIR) }
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw HourglassError(
          .environment, "Cannot write \(path): it is not a regular file", .choose(.output))
      }
      // The rename asks only the folder; a file marked read-only is meant to stay.
      let allowed = FileCall.look.perform(on: resolved) { [resolved] in
        faccessat(AT_FDCWD, resolved, W_OK, AT_EACCESS)
      }
      guard allowed == 0 else {
        throw SystemFailure.writing(path, code: errno, folder: SystemFailure.folder(of: resolved))
      }
      mode = status.st_mode & 0o777
    }

    var folder: String { SystemFailure.folder(of: resolved) }

    /// Why it could not be written.
    func refusal(_ code: Int32) -> HourglassError {
      SystemFailure.writing(path, code: code, folder: folder)
    }
  }

  private static func createTemporary(for target: Target) throws -> (path: String, descriptor: Int32) {
    while true {
      // Not derived from the target's name, which may already be as long as a name can be.
      let name = ".hourglass-\(String(UInt64.random(in: .min ... .max), radix: 16)).partial"
      let temporary = target.folder + "/" + name
      let descriptor = FileCall.open.perform(on: temporary) {
        open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      }
      if descriptor >= 0 { return (temporary, descriptor) }
      guard errno == EEXIST else { throw target.refusal(errno) }
    }
  }

  /// Makes the rename itself survive a power failure, where folders can be opened and flushed at all.
  static func flushFolder(_ folder: String, path: String) throws {
    let descriptor = FileCall.open.perform(on: folder) { open(folder, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else {
      // A folder may be one to write into and not to read, or of a kind that cannot be opened.
      if [EACCES, EPERM, EINVAL, ENOTSUP].contains(errno) { return }
      throw unflushed(folder, path, errno)
    }
    defer { close(descriptor) }
    let unsupported = [EINVAL, ENOTSUP, EBADF]
    if FileCall.flush.perform(on: folder, { fsync(descriptor) }) != 0 && !unsupported.contains(errno) {
      throw unflushed(folder, path, errno)
    }
  }

  private static func unflushed(_ folder: String, _ path: String, _ reason: Int32) -> HourglassError {
    // Not to be written again: what was added to would be added twice.
    HourglassError(
      .environment,
      "\(path) is written, but may not survive a power cut, since its folder \(folder) could not be flushed to the disk "
        + "(\(systemMessage(reason))); check the disk before you rely on it")
  }
}
