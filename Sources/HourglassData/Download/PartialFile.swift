import Foundation
import HourglassBase
import HourglassFiles
import HourglassPlatform

/// A file in the making, beside the place where it shall be: it takes its name only when it is whole, and
/// vanishes if it is given up.
///
/// Its own name is random, so that two processes may fetch the same file at once; the last to finish wins. It is locked as
/// long as its process lives, so that the next one can tell what a killed one left.
package final class PartialFile {
  private let path: String
  private var descriptor: Int32

  /// - Throws: `HourglassError` (`environment`) if the directory cannot be made or written to.
  package init(in directory: String, for name: String) throws {
    try makeDirectory(directory)
    removeRemains(of: name, in: directory)
    let suffix = UInt64.random(in: 0 ... .max)
    path = "\(directory)/.\(name).\(String(suffix, radix: 36)).part"
    descriptor = FileCall.open.perform(on: path) { [path] in
      open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    }
    guard descriptor >= 0 else { throw refusal(of: path, "created", errno) }
    _ = FileCall.lock.perform(on: path) { [descriptor] in flock(descriptor, LOCK_EX | LOCK_NB) }
  }

  /// - Parameter descriptor: open for writing; closed in the end.
  package init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit {
    giveUp()
  }

  /// Removes the file unless it has been finished.
  package func giveUp() {
    guard descriptor >= 0 else { return }
    unlink(path)
    close(descriptor)
    descriptor = -1
  }

  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    var done = 0
    while done < bytes.count {
      let count = FileCall.write.perform(on: path) {
        write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      }
      guard count >= 0 else { throw refusal(of: path, "written", errno) }
      done += count
    }
  }

  /// Gives the file its name, once its bytes are safe on the disk.
  package func finish(as finalPath: String) throws {
    guard FileCall.flush.perform(on: path, { fsync(descriptor) }) == 0 else {
      throw refusal(of: path, "written", errno)
    }
    guard FileCall.rename.perform(on: finalPath, { rename(path, finalPath) }) == 0 else {
      throw refusal(of: finalPath, "created", errno)
    }
    close(descriptor)
    descriptor = -1
  }
}

/// Removes what a process that ended left of the same file. What cannot be looked at stays.
private func removeRemains(of name: String, in directory: String) {
  let entries = (try? FileEntry.names(in: directory)) ?? []
  for entry in entries where entry.begins(with: ".\(name).") && entry.ends(with: ".part") {
    let path = "\(directory)/\(entry)"
    let descriptor = FileCall.open.perform(on: path) {
      open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    }
    guard descriptor >= 0 else { continue }
    defer { close(descriptor) }
    var status = stat()
    guard FileCall.look.perform(on: path, { fstat(descriptor, &status) }) == 0 else { continue }
    let age = time(nil) - status.modificationTime
    // One that was just made may not be locked yet. Where there are no locks, nobody has written to it for a day.
    let locked = FileCall.lock.perform(on: path) { flock(descriptor, LOCK_EX | LOCK_NB) }
    let isAbandoned = locked == 0 ? age > 10 : errno != EWOULDBLOCK && age > 86_400
    if isAbandoned { unlink(path) }
  }
}

/// Makes a directory and those above it, as far as they are missing.
private func makeDirectory(_ path: String) throws {
  func make() -> Int32 { FileCall.make.perform(on: path) { mkdir(path, 0o755) } }
  if make() == 0 || errno == EEXIST { return }
  let reason = errno
  let parent = (path as NSString).deletingLastPathComponent
  guard reason == ENOENT, !parent.isEmpty, parent != path else { throw refusal(of: path, "created", reason) }
  try makeDirectory(parent)
  if make() != 0, errno != EEXIST { throw refusal(of: path, "created", errno) }
}

private func refusal(of path: String, _ deed: String, _ reason: Int32) -> HourglassError {
  HourglassError(
    .environment,
    "\(path) cannot be \(deed): \(systemMessage(reason)); make room, or set HOURGLASS_CACHE to another "
      + "directory")
}
