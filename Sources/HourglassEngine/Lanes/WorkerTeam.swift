import CLaneKernels
import HourglassBase
import HourglassPlatform
import Synchronization

/// Work that a team does together: called once for each worker, at the same time or one after another. So no worker waits for
/// another; each takes what is left to do.
package protocol TeamWork: AnyObject {
  func work(worker: Int)
}

/// A fixed set of threads that start and finish pieces of work together. The calling thread is worker 0.
///
/// Between two pieces the others spin for a moment (a training step is a few hundred microseconds) and then
/// sleep, so that an idle team costs nothing. They end with the team.
package final class WorkerTeam: Sendable {
  /// As many as were asked for, or as the system granted: the results are the same.
  package let count: Int
  private let threads: WorkerThreads

  /// A team of its own.
  ///
  /// - Parameter count: workers, at least 1; usually the number of cores.
  package init(count: Int) {
    precondition(count >= 1, "a team has at least one worker")
    threads = WorkerThreads(count: count)
    self.count = threads.count
  }

  /// The team of all who want as many workers: a process that calls a thousand times has no more threads than cores.
  ///
  /// - Parameter threads: workers, 1 to 1,024; all cores when nil.
  /// - Throws: `HourglassError` (usage) for a number out of that range.
  package static func shared(threads: Int?) throws(HourglassError) -> WorkerTeam {
    guard 1...1024 ~= threads ?? 1 else {
      throw HourglassError(.usage, "threads is \(threads ?? 1), but must be from 1 to 1,024.")
    }
    guard let threads, threads != coreCount else { return ofAllCores }
    return others.withLock { teams in
      if let team = teams[threads]?.team { return team }
      let team = WorkerTeam(count: threads)
      teams = teams.filter { $0.value.team != nil }
      teams[threads] = Weak(team: team)
      return team
    }
  }

  /// Lives as long as the process.
  private static let ofAllCores = WorkerTeam(count: coreCount)
  private static let others = Mutex<[Int: Weak]>([:])

  /// `@unchecked Sendable`: the reference is not written after `init`, but by the runtime, which does so safely.
  private struct Weak: @unchecked Sendable {
    weak var team: WorkerTeam?
  }

  /// Cores this process may use.
  package static var coreCount: Int {
    max(Int(lane_core_count()), 1)
  }

  /// Has every worker do the work; returns when all have finished. While the team works for another caller, or when a worker
  /// calls, the calling thread does it alone.
  package func run(_ work: any TeamWork) {
    guard count > 1, threads.take() else {
      for worker in 0..<count { work.work(worker: worker) }
      return
    }
    threads.run(work)
    threads.leave()
  }

  deinit { threads.end() }
}

/// The threads of a team and what they share with it. A thread keeps this alive but not the team, so the team can end it.
///
/// `@unchecked Sendable`: `task` and `isStopping` are written only by who has taken the threads, before `generation` is
/// released, and read by workers after they acquire it; `handles` is written in `init` and read in `end`.
private final class WorkerThreads: @unchecked Sendable {
  private(set) var count = 1
  private let isTaken = Atomic<Bool>(false)
  private let generation = Atomic<Int>(0)
  private let unfinished = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private unowned(unsafe) var task: (any TeamWork)?
  private var isStopping = false
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let wake: UnsafeMutablePointer<pthread_cond_t>
  private var handles: [pthread_t] = []
  private let spins: Int

  init(count: Int) {
    // With more workers than cores spinning would only take time from those that work.
    spins = count <= WorkerTeam.coreCount ? 4000 : 0
    mutex = .allocate(capacity: 1)
    wake = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
    while self.count < count, start(self.count) { self.count += 1 }
  }

  deinit {
    pthread_cond_destroy(wake)
    pthread_mutex_destroy(mutex)
    wake.deallocate()
    mutex.deallocate()
  }

  private final class Start {
    let threads: WorkerThreads
    let worker: Int

    init(threads: WorkerThreads, worker: Int) {
      self.threads = threads
      self.worker = worker
    }
  }

  /// Whether the system granted a thread.
  private func start(_ worker: Int) -> Bool {
    let start = Unmanaged.passRetained(Start(threads: self, worker: worker))
    #if canImport(Darwin)
      var thread: pthread_t?
      let body: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = {
        WorkerThreads.enter($0)
      }
    #else
      var thread = pthread_t()
      let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        WorkerThreads.enter($0!)
      }
    #endif
    let status = pthread_create(&thread, nil, body, start.toOpaque())
    guard status == 0 else {
      start.release()
      return false
    }
    #if canImport(Darwin)
      handles.append(thread!)
    #else
      handles.append(thread)
    #endif
    return true
  }

  private static func enter(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
    start.threads.loop(start.worker)
    return nil
  }

  private func loop(_ worker: Int) {
    var seen = 0
    while true {
      seen = waitForWork(after: seen)
      if isStopping { return }
      work(worker)
      unfinished.subtract(1, ordering: .acquiringAndReleasing)
    }
  }

  /// Out of line, so that the work is let go of before it counts as finished: who ends its life must be the caller.
  @inline(never)
  private func work(_ worker: Int) { task?.work(worker: worker) }

  private func waitForWork(after seen: Int) -> Int {
    for _ in 0..<spins {
      let now = generation.load(ordering: .acquiring)
      if now != seen { return now }
      lane_pause()
    }
    pthread_mutex_lock(mutex)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) == seen { pthread_cond_wait(wake, mutex) }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
    return generation.load(ordering: .acquiring)
  }

  /// Whether nobody else has them.
  func take() -> Bool { !isTaken.exchange(true, ordering: .acquiring) }

  func leave() { isTaken.store(false, ordering: .releasing) }

  func run(_ work: any TeamWork) {
    task = work
    unfinished.store(count - 1, ordering: .relaxed)
    release()
    work.work(worker: 0)
    var spun = 0
    while unfinished.load(ordering: .acquiring) != 0 {
      spun += 1
      if spun > spins { sched_yield() } else { lane_pause() }
    }
    task = nil
  }

  private func release() {
    generation.add(1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      pthread_mutex_lock(mutex)
      pthread_cond_broadcast(wake)
      pthread_mutex_unlock(mutex)
    }
  }

  /// Returns when every thread has ended. Nobody may call after it.
  func end() {
    isStopping = true
    release()
    for handle in handles { pthread_join(handle, nil) }
  }
}
