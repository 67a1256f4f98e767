import HourglassBase
import Synchronization

/// What the computations of this folder run on.
package struct VectorMachine {
  package let team: WorkerTeam
  package let kernels: KernelSet

  /// - Parameters:
  ///   - threads: workers; all cores when nil. Results do not depend on it.
  ///   - kernels: those of `KernelSet.selected()` when nil.
  /// - Throws: `HourglassError` (usage) for a number of threads that makes no sense.
  package init(threads: Int? = nil, kernels: KernelSet? = nil) throws(HourglassError) {
    team = try WorkerTeam.shared(threads: threads)
    self.kernels = if let kernels { kernels } else { try KernelSet.selected() }
  }
}

extension WorkerTeam {
  /// Does `count` tasks, each by whichever worker is free; they must not depend on one another.
  ///
  /// Within a call no two tasks run at the same time with the same number of worker, which is what scratch memory by worker
  /// needs. Between calls that does not hold: while the team works, a second call, from within a task or from another
  /// thread, does all its tasks alone on the thread that calls, each as worker 0, whichever worker of the first call that
  /// thread is. So scratch memory by worker belongs to one call: a call within a task must not use that of the call around
  /// it, nor any that calls within other tasks use too.
  package func forEach(_ count: Int, _ task: @escaping (_ index: Int, _ worker: Int) -> Void) {
    run(ClaimedTasks(count: count, task: task))
  }

  /// Does what there is to do for `count` items in runs of `size` neighbours.
  package func forEachRun(
    of count: Int, size: Int, _ task: @escaping (_ items: Range<Int>, _ worker: Int) -> Void
  ) {
    forEach((count + size - 1) / size) { index, worker in
      task(index * size..<min((index + 1) * size, count), worker)
    }
  }
}

/// Tasks that workers take one after another.
private final class ClaimedTasks: TeamWork {
  private let count: Int
  private let task: (Int, Int) -> Void
  private let next = Atomic<Int>(0)

  init(count: Int, task: @escaping (Int, Int) -> Void) {
    self.count = count
    self.task = task
  }

  func work(worker: Int) {
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      task(index, worker)
    }
  }
}
