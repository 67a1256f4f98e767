import Dispatch
import Synchronization

/// Does `work` for each index below `count`, on all cores, and returns when all is done.
///
/// - Throws: what `work` threw for the lowest index at which it threw, whatever the cores' order; some of the
///   higher indices are then left out.
package func concurrently(_ count: Int, _ work: @Sendable (Int) throws -> Void) throws {
  let failure = Mutex<(index: Int, error: any Error)?>(nil)
  DispatchQueue.concurrentPerform(iterations: count) { index in
    let isVain = failure.withLock { ($0?.index ?? .max) < index }
    guard !isVain else { return }
    do {
      try work(index)
    } catch {
      failure.withLock { first in
        if index < first?.index ?? .max { first = (index, error) }
      }
    }
  }
  if let failure = failure.withLock({ $0 }) { throw failure.error }
}

/// What `work` makes of each index below `count`, on all cores, in the order of the indices.
///
/// - Throws: as `concurrently`.
package func concurrentValues<Value: Sendable>(
  _ count: Int, _ work: @Sendable (Int) throws -> Value
) throws -> [Value] {
  let found = Mutex<[Int: Value]>([:])
  try concurrently(count) { index in
    let value = try work(index)
    found.withLock { $0[index] = value }
  }
  return found.withLock { found in (0..<count).compactMap { found[$0] } }
}
