import Dispatch
import HourglassPlatform
import Synchronization

/// Has samples fetched from the disk before they are read, on a thread of its own, where they have to be fetched at all.
///
/// To ask for a sample that the system has in memory costs about as much as to read it. So a few are asked for first; only
/// where the process had to fetch something from a disk since the last time are the others.
final class ReadAhead: Sendable {
  private let queue = DispatchQueue(label: "hourglass.reading-ahead")
  private let waiting = Atomic(0)
  /// What the process had fetched when the last samples were asked for.
  private let fetched = Atomic(0)

  /// More that wait say that the disk is slower than the training, which then waits for it anyhow.
  private static let mostWaiting = 4
  private static let probes = 16

  /// - Parameter ask: has the system fetch one sample.
  func fetch(_ indices: ArraySlice<UInt32>, _ ask: @escaping @Sendable (UInt32) -> Void) {
    guard !indices.isEmpty, waiting.load(ordering: .relaxed) < Self.mostWaiting else { return }
    waiting.add(1, ordering: .relaxed)
    queue.async { [self] in
      defer { waiting.subtract(1, ordering: .relaxed) }
      for index in indices.prefix(Self.probes) { ask(index) }
      let now = blocksFetched()
      guard fetched.exchange(now, ordering: .relaxed) != now else { return }
      for index in indices.dropFirst(Self.probes) { ask(index) }
    }
  }
}
