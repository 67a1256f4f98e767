import Dispatch
import Synchronization

/// Whether the task that waits for long work was cancelled. The work asks between two steps.
package final class Cancellation: Sendable {
  private let isCancelled = Atomic(false)

  /// Of work that nobody cancels.
  package init() {}

  fileprivate func cancel() { isCancelled.store(true, ordering: .relaxed) }

  /// - Throws: `CancellationError` once the task is cancelled.
  package func check() throws {
    if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
  }
}

/// Work that lets go of what it holds, such as the lock of a folder, before it is told that it has ended.
///
/// `@unchecked Sendable`: only the thread that does the work touches it.
private final class Once<Value: Sendable>: @unchecked Sendable {
  private var work: (@Sendable (Cancellation) throws -> Value)?

  init(_ work: @escaping @Sendable (Cancellation) throws -> Value) { self.work = work }

  func take() -> @Sendable (Cancellation) throws -> Value {
    defer { work = nil }
    guard let work else { preconditionFailure("work is done once") }
    return work
  }
}

/// Does long work on a thread of its own, not on Swift's cooperative pool, which it would hold up.
///
/// - Throws: what the work throws; `CancellationError` if the task was cancelled before or while it worked.
package func onOwnThread<Value: Sendable>(
  _ work: @escaping @Sendable (Cancellation) throws -> Value
) async throws -> Value {
  let cancellation = Cancellation()
  let once = Once(work)
  return try await withTaskCancellationHandler {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue(label: "hourglass.work").async {
        continuation.resume(
          with: Result {
            try cancellation.check()
            return try once.take()(cancellation)
          })
      }
    }
  } onCancel: {
    cancellation.cancel()
  }
}

/// Does long work that tells how far it is; each time it tells, a cancelled task ends it.
///
/// - Parameter report: told on the working thread; what it throws ends the work.
/// - Throws: as without reports, and what `report` throws.
package func onOwnThread<Value: Sendable, Event>(
  telling report: @escaping @Sendable (Event) throws -> Void,
  _ work: @escaping @Sendable (_ tell: @escaping (Event) throws -> Void) throws -> Value
) async throws -> Value {
  try await onOwnThread { cancellation in
    try work { event in
      try cancellation.check()
      try report(event)
    }
  }
}
