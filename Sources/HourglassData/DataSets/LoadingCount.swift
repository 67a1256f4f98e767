import HourglassBase
import Synchronization

/// Who is told how far loading has come, and who may end it.
struct LoadingWatch: Sendable {
  var cancellation: Cancellation?
  var progress: WorkProgress.Notice?

  static let none = LoadingWatch()
}

/// Counts what is loaded, on several threads.
final class LoadingCount: Sendable {
  private let watch: LoadingWatch
  private let total: Int
  private let unit: String
  private let done = Atomic(0)

  /// - Parameter unit: what is counted, in the plural.
  init(_ watch: LoadingWatch, of total: Int, _ unit: String) {
    (self.watch, self.total, self.unit) = (watch, total, unit)
  }

  /// Says that one more is loaded.
  ///
  /// - Throws: `CancellationError` once the task that waits is cancelled.
  func add() throws {
    try watch.cancellation?.check()
    let count = done.add(1, ordering: .relaxed).newValue
    if count.isMultiple(of: 16) || count == total {
      watch.progress?(WorkProgress("reading", done: count, of: total, unit))
    }
  }
}
