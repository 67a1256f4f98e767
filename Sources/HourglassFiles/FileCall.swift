import HourglassPlatform
import Synchronization

/// What the system is asked to do with a file. All such calls are made by `perform`, so that one that a signal interrupts is
/// made again wherever it stands, and a test can have any of them fail.
package enum FileCall: Sendable {
  /// Find out what lies at a path and what may be done with it (stat, lstat, readlink, realpath, faccessat).
  case look
  /// The names in a folder.
  case list
  case open, read
  /// What it holds, or its permissions.
  case write
  /// To the disk (fsync).
  case flush
  case rename
  /// Make a folder.
  case make
  case lock

  /// Makes a call that returns -1 and sets `errno` where it fails; again while signals interrupt it.
  ///
  /// - Parameter path: what the call is about.
  package func perform<Result: SignedInteger>(on path: String, _ call: () -> Result) -> Result {
    while true {
      let result: Result
      if let number = FileFaults.fault(of: self, at: path) {
        result = -1
        errno = number
      } else {
        result = call()
      }
      if result != -1 || errno != EINTR { return result }
    }
  }
}

/// Failures that a test orders, since no disk fails when it is asked to.
package enum FileFaults {
  private struct Fault {
    let identifier: UInt64
    let call: FileCall
    let place: String
    let number: Int32
    var left: Int

    func holds(_ path: String) -> Bool {
      path == place || place.hasSuffix("/") && path.hasPrefix(place)
    }
  }

  /// Looked at first, so that nothing is locked where nobody orders failures.
  private static let orders = Atomic(0)
  private static let faults = Mutex<[Fault]>([])

  /// Has calls fail while `body` runs, on whatever thread.
  ///
  /// - Parameters:
  ///   - place: the path of a file; with a slash at its end all that lies in that folder.
  ///   - number: what `errno` is then, such as EIO.
  ///   - times: how many calls fail; all when nil.
  package static func failing<Result>(
    _ call: FileCall, at place: String, _ number: Int32, times: Int? = nil, _ body: () throws -> Result
  ) rethrows -> Result {
    let identifier = order(call, place, number, times)
    defer { withdraw(identifier) }
    return try body()
  }

  /// `failing` for work that waits.
  package static func failing<Result>(
    _ call: FileCall, at place: String, _ number: Int32, times: Int? = nil, _ body: () async throws -> Result
  ) async rethrows -> Result {
    let identifier = order(call, place, number, times)
    defer { withdraw(identifier) }
    return try await body()
  }

  private static func order(_ call: FileCall, _ place: String, _ number: Int32, _ times: Int?) -> UInt64 {
    let identifier = UInt64.random(in: .min ... .max)
    faults.withLock {
      $0.append(
        Fault(identifier: identifier, call: call, place: place, number: number, left: times ?? .max))
    }
    orders.add(1, ordering: .sequentiallyConsistent)
    return identifier
  }

  private static func withdraw(_ identifier: UInt64) {
    orders.subtract(1, ordering: .sequentiallyConsistent)
    faults.withLock { $0.removeAll { $0.identifier == identifier } }
  }

  fileprivate static func fault(of call: FileCall, at path: String) -> Int32? {
    guard orders.load(ordering: .relaxed) != 0 else { return nil }
    return faults.withLock { faults in
      guard
        let index = faults.firstIndex(where: { $0.call == call && $0.left > 0 && $0.holds(path) })
      else { return nil }
      faults[index].left -= 1
      return faults[index].number
    }
  }
}
