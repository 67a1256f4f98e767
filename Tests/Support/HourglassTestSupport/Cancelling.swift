import Synchronization

/// Cancels the task that it is told of, from any thread.
private final class Canceller: Sendable {
  private let task = Mutex<Task<Void, any Error>?>(nil)

  var hasTask: Bool { task.withLock { $0 != nil } }

  func take(_ task: Task<Void, any Error>) { self.task.withLock { $0 = task } }

  func cancel() { task.withLock { $0?.cancel() } }
}

/// Begins the work, cancels it at its first sign of life, from the thread that gives it, and returns what it then throws;
/// nil when it goes on to its end.
package func errorOfCancelled(
  _ work: @escaping @Sendable (_ sign: @escaping @Sendable () -> Void) async throws -> Void
) async -> (any Error)? {
  let canceller = Canceller()
  let task = Task {
    // The first sign must find something to cancel.
    while !canceller.hasTask { await Task.yield() }
    try await work { canceller.cancel() }
  }
  canceller.take(task)
  switch await task.result {
  case .success: return nil
  case .failure(let error): return error
  }
}
