import HourglassBase
import HourglassPlatform
import Synchronization

/// Keeps other processes from doing the same with a file or a folder while it is held. The system lets go of it when the
/// process ends, however it ends.
///
/// What is locked is a file of its own (flock), which is there only while somebody holds it, and where a process was killed or
/// could not lock it.
package final class FileLock: Sendable {
  private let path: String
  private let descriptor: Mutex<Int32>
  /// Whether others are kept out.
  package let isHeld: Bool
  private let place: String

  /// Between two looks whether another process is done, in microseconds.
  private static let pause: UInt32 = 50_000

  /// How often a file may vanish while it is being locked: each time another process has had its turn, or the disk fails.
  private static let attempts = 1000

  /// What file systems without locks say.
  private static let unsupported = [ENOLCK, ENOTSUP, EOPNOTSUPP, ENOSYS]

  /// - Parameters:
  ///   - place: what is locked, for messages.
  ///   - work: what another process does there, such as "training in".
  ///   - waiting: called again and again while another process holds the lock; what it throws ends the wait. nil refuses at
  ///     once.
  /// - Throws: `HourglassError` (environment) when another process holds it, or the folder cannot be written; what `waiting`
  ///   throws. A file system that has no locks is no error: then it is not held.
  package init(_ path: String, of place: String, work: String, waiting: (() throws -> Void)? = nil) throws {
    (self.path, self.place) = (path, place)
    for _ in 0..<Self.attempts {
      let opened = FileCall.open.perform(on: path) {
        open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
      }
      guard opened >= 0 else {
        throw HourglassError(
          .environment, "\(place) cannot be written (\(systemMessage(errno)))", .choose(.output))
      }
      do {
        let locked = try Self.lock(opened, path, place, work, waiting)
        // Whoever held it may have removed the file, and a third process made a new one.
        if let locked, try !locked || Self.isSame(opened, path, place) {
          isHeld = locked
          descriptor = Mutex(opened)
          return
        }
      } catch {
        close(opened)
        throw error
      }
      close(opened)
    }
    throw Self.refusal(place, ESTALE)
  }

  /// Whether another process holds a lock, or this one. To look at it takes it for an instant, together with others who look.
  ///
  /// - Parameter path: of the lock itself.
  /// - Throws: `HourglassError` (environment) when the system does not let us know.
  package static func isHeld(_ path: String) throws -> Bool {
    let opened = FileCall.open.perform(on: path) {
      open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    }
    guard opened >= 0 else {
      let reason = errno
      if reason == ENOENT || reason == ENOTDIR { return false }
      throw SystemFailure.looking(path, code: reason)
    }
    defer { close(opened) }
    // Where there are no locks, nobody holds one.
    return FileCall.lock.perform(on: path) { flock(opened, LOCK_SH | LOCK_NB) } != 0 && errno == EWOULDBLOCK
  }

  /// The lock of a file that is read, changed and written anew: in its folder, since the file itself is replaced.
  ///
  /// - Parameter waiting: as `init(_:of:work:waiting:)`.
  package convenience init(beside file: String, work: String, waiting: (() throws -> Void)? = nil) throws {
    let place = try AtomicFile.destination(of: file)
    let folder = SystemFailure.folder(of: place)
    let name = place.split(separator: "/").last.map(String.init) ?? place
    // Not the name itself, which may already be as long as a name can be.
    let digest = sha256Hex(Array(name.utf8)).prefix(16)
    try self.init("\(folder)/.hourglass-\(digest).lock", of: file, work: work, waiting: waiting)
  }

  deinit { release() }

  /// Lets the others in. What is still to be done with the lock's folder, such as removing it, can be done after it.
  package func release() {
    descriptor.withLock { descriptor in
      guard descriptor >= 0 else { return }
      // Before it is let go: a file that another process holds is not removed.
      if isHeld { unlink(path) }
      close(descriptor)
      descriptor = -1
    }
  }

  /// What a person should know where nobody is kept out.
  package var note: String? {
    isHeld
      ? nil
      : "The file system of \(place) has no locks, so nothing keeps another process from writing there at the same time; "
        + "let only one do so."
  }

  /// - Returns: whether it is locked; false where there are no locks, nil when the file is gone.
  private static func lock(
    _ descriptor: Int32, _ path: String, _ place: String, _ work: String, _ waiting: (() throws -> Void)?
  ) throws -> Bool? {
    while true {
      if FileCall.lock.perform(on: path, { flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 { return true }
      let reason = errno
      if unsupported.contains(reason) { return false }
      // Removed on another machine.
      if reason == ESTALE { return nil }
      guard reason == EWOULDBLOCK else { throw refusal(place, reason) }
      guard let waiting else {
        throw HourglassError(
          .environment, "Another process is \(work) \(place)", .text("wait for it"), .choose(.output))
      }
      try waiting()
      usleep(pause)
    }
  }

  /// Whether the path still leads to the open file. Opened anew, since a network file system may remember old answers to
  /// other questions.
  private static func isSame(_ descriptor: Int32, _ path: String, _ place: String) throws -> Bool {
    // Removed here, or on another machine.
    let gone = [ENOENT, ESTALE]
    let again = FileCall.open.perform(on: path) { open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) }
    guard again >= 0 else {
      guard gone.contains(errno) else { throw refusal(place, errno) }
      return false
    }
    defer { close(again) }
    var (held, found) = (stat(), stat())
    let isKnown = FileCall.look.perform(on: path) {
      let first = fstat(descriptor, &held)
      return first == 0 ? fstat(again, &found) : first
    }
    guard isKnown == 0 else {
      guard gone.contains(errno) else { throw refusal(place, errno) }
      return false
    }
    return held.st_dev == found.st_dev && held.st_ino == found.st_ino
  }

  private static func refusal(_ place: String, _ reason: Int32) -> HourglassError {
    HourglassError(
      .environment, "\(place) cannot be locked (\(systemMessage(reason)))",
      .give(.output, "a place on another disk"))
  }
}
