import HourglassBase
import Synchronization

/// What a process does while it waits for another: it tells people, and gives up when it was told to end and the other is lost.
package final class ProcessPatience: Sendable {
  /// Whether a signal came.
  let isToEnd: @Sendable () -> Bool
  private let tell: @Sendable (String) -> Void
  private let state = Mutex(State())

  private struct State {
    /// When this process first knew that it is to end.
    var ending: ContinuousClock.Instant?
    var told: ContinuousClock.Instant?
  }

  /// Of a process that is to end: how long it waits for another, which may be about to send.
  private static let grace = Duration.milliseconds(300)
  /// Between two sentences to people.
  private static let quiet = Duration.seconds(10)

  /// - Parameters:
  ///   - isToEnd: whether a signal came, which may be the word that another process died.
  ///   - tell: told, every ten seconds, who is waited for.
  package init(isToEnd: @escaping @Sendable () -> Bool, tell: @escaping @Sendable (String) -> Void) {
    (self.isToEnd, self.tell) = (isToEnd, tell)
  }

  /// - Throws: `HourglassError` (environment) when this process is to end and the other does not answer.
  func isWaiting(for title: String, since start: ContinuousClock.Instant) throws(HourglassError) {
    let now = ContinuousClock.now
    let (isLost, waited) = state.withLock { state -> (Bool, Duration?) in
      if state.ending == nil, isToEnd() { state.ending = now }
      if let ending = state.ending, now - max(ending, start) > Self.grace { return (true, nil) }
      guard now - max(state.told ?? start, start) > Self.quiet else { return (false, nil) }
      state.told = now
      return (false, now - start)
    }
    if isLost {
      throw HourglassError(.environment, "There is no answer from \(title)")
    }
    if let waited { tell("waiting for \(title) since \(waited.components.seconds) seconds") }
  }
}
