import ArgumentParser
import Foundation
import Hourglass
import Synchronization

/// The signal that came; 0 before. Global, because a signal handler can hold nothing else.
private let received = Atomic<Int32>(0)

/// Turns Ctrl-C, SIGTERM and SIGHUP, which a terminal sends when it is closed, into an error that is thrown between two steps of
/// work, so that a run ends at a checkpoint.
struct Interruption: Error {
  /// SIGINT, SIGTERM or SIGHUP.
  let signal: Int32
  /// What this process noticed before it heard of the signal.
  var sign: String?

  /// What a signal brought about; nil where an error has another cause.
  init?(_ error: any Error) {
    if let interruption = error as? Interruption {
      self = interruption
    } else if let error = error as? HourglassError, Interruption.hasCome, Processes.isLostWithoutReason {
      // Another process died, of which the signal is the word, or got the signal too and left first.
      (signal, sign) = (received.load(ordering: .relaxed), error.fact)
    } else {
      return nil
    }
  }

  init(signal: Int32) { self.signal = signal }

  /// Such as "Stopped by Ctrl-C".
  var fact: String { "Stopped by \(name)" + (sign.map { " (\($0))" } ?? "") }

  var name: String {
    switch signal {
    case SIGINT: "Ctrl-C"
    case SIGHUP: "SIGHUP"
    default: "SIGTERM"
    }
  }

  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// As shells report a process that a signal ended.
  var exitStatus: Int32 { 128 + signal }

  /// From now on the signals are noted. A second one ends the process at once, in case the first is not looked at.
  static func watch() {
    // The handler may not be what initializes the variable: that takes a lock. A signal between two stretches of work stays.
    _ = received.load(ordering: .relaxed)
    for number in signals {
      let before = Foundation.signal(number) { number in
        received.store(number, ordering: .relaxed)
        _ = Foundation.signal(number, SIG_DFL)
      }
      // A shell starts background jobs with signals ignored, and means it.
      if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        _ = Foundation.signal(number, SIG_IGN)
      }
    }
  }

  /// From now on a signal ends the process at once, but for those that it was started without.
  private static func letGo() {
    for number in signals {
      let before = Foundation.signal(number, SIG_DFL)
      if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        _ = Foundation.signal(number, SIG_IGN)
      }
    }
  }

  static var hasCome: Bool { received.load(ordering: .relaxed) != 0 }

  private static let noticed = Mutex<ContinuousClock.Instant?>(nil)

  /// - Parameter patience: how long the work goes on after a signal was first noticed.
  /// - Throws: `Interruption` once a signal has come.
  static func check(after patience: Duration = .zero) throws {
    let signal = received.load(ordering: .relaxed)
    guard signal != 0 else { return }
    let now = ContinuousClock.now
    let first = noticed.withLock { noticed in
      noticed = noticed ?? now
      return noticed ?? now
    }
    if now - first >= patience { throw Interruption(signal: signal) }
  }

  /// Does work that calls `check()` now and then; a signal ends it, and the process with a note. Afterwards
  /// one ends the process at once.
  ///
  /// - Parameter loss: what then is missing, such as "no map was written", told at that moment.
  static func stops<Result>(
    _ loss: @autoclosure () -> String, _ body: () throws -> Result
  ) throws -> Result {
    watch()
    do {
      let result = try body()
      letGo()
      return result
    } catch {
      guard let interruption = Interruption(error) else { throw error }
      throw stopped(interruption, loss())
    }
  }

  /// `stops` for work on threads of its own.
  static func stops<Result>(
    _ loss: @autoclosure () -> String, _ body: () async throws -> Result
  ) async throws -> Result {
    watch()
    do {
      let result = try await body()
      letGo()
      return result
    } catch {
      guard let interruption = Interruption(error) else { throw error }
      throw stopped(interruption, loss())
    }
  }

  /// Does work that ends when its task is cancelled, such as a download, which then removes what it has written. Where it does
  /// not end within a second, since it is doing something else, the process ends without it.
  ///
  /// - Parameter loss: what then is missing, such as "no data were loaded".
  static func cancels<Result: Sendable>(
    _ loss: String, _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    watch()
    let work = Task { try await body() }
    let watcher = Task {
      while received.load(ordering: .relaxed) == 0 { try await Task.sleep(for: .milliseconds(20)) }
      work.cancel()
      try await Task.sleep(for: .seconds(1))
      Processes.group?.leave(nil)
      exit(stopped(Interruption(signal: received.load(ordering: .relaxed)), loss).rawValue)
    }
    let result = await work.result
    watcher.cancel()
    do {
      try check()
    } catch let interruption as Interruption {
      throw stopped(interruption, loss)
    }
    letGo()
    return try result.get()
  }

  private static func stopped(_ interruption: Interruption, _ loss: String) -> ExitCode {
    Terminal.note("\(interruption.fact); \(loss).")
    return ExitCode(interruption.exitStatus)
  }
}
