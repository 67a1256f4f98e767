import CLaneKernels
import HourglassBase
import HourglassPlatform
import Synchronization

/// Work that a team does together: called once for each worker, at the same time.
package protocol TeamWork: AnyObject {
  func work(worker: Int)
}

/// A fixed set of threads that start and finish pieces of work together. The calling thread is worker 0.
///
/// Between two pieces the others spin for a moment (a training step is a few hundred microseconds) and then
/// sleep, so that an idle team costs nothing.
///
/// `@unchecked Sendable`: `task` and `isStopping` are written only by the caller before `generation` is released
/// and read by workers after they acquire it.
public final class WorkerTeam: @unchecked Sendable {
  /// As many as were asked for, or as the system granted: the results are the same.
  public private(set) var count = 1
  private let generation = Atomic<Int>(0)
  private let unfinished = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private nonisolated(unsafe) var task: (any TeamWork)?
  private nonisolated(unsafe) var isStopping = false
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let wake: UnsafeMutablePointer<pthread_cond_t>
  private var threads: [pthread_t] = []
  private let spins: Int

  /// - Parameter count: workers, at least 1; usually the number of cores.
  public init(count: Int) {
    precondition(count >= 1, "a team has at least one worker")
    // With more workers than cores spinning would only take time from those that work.
    spins = count <= WorkerTeam.coreCount ? 4000 : 0
    mutex = .allocate(capacity: 1)
    wake = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
    while self.count < count, start(self.count) { self.count += 1 }
  }

  /// - Parameter threads: workers, 1 to 1,024; all cores when nil.
  /// - Throws: `HourglassError` (usage) for a number out of that range.
  package convenience init(threads: Int?) throws(HourglassError) {
    guard 1...1024 ~= threads ?? 1 else {
      throw HourglassError(.usage, "threads is \(threads ?? 1), but must be from 1 to 1,024.")
    }
    self.init(count: threads ?? WorkerTeam.coreCount)
  }

  /// Cores this process may use.
  public static var coreCount: Int {
    max(Int(lane_core_count()), 1)
  }

  private final class Start {
    // Not a reference that counts: a thread must not keep its team alive, or it would never end.
    unowned(unsafe) let team: WorkerTeam
    let worker: Int
    init(team: WorkerTeam, worker: Int) {
      self.team = team
      self.worker = worker
    }
  }

  /// Whether the system granted a thread.
  private func start(_ worker: Int) -> Bool {
    let start = Unmanaged.passRetained(Start(team: self, worker: worker))
    #if canImport(Darwin)
      var thread: pthread_t?
      let body: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = {
        WorkerTeam.enter($0)
      }
    #else
      var thread = pthread_t()
      let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        WorkerTeam.enter($0!)
      }
    #endif
    let status = pthread_create(&thread, nil, body, start.toOpaque())
    guard status == 0 else {
      start.release()
      return false
    }
    #if canImport(Darwin)
      threads.append(thread!)
    #else
      threads.append(thread)
    #endif
    return true
  }

  private static func enter(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
    unowned(unsafe) let team = start.team
    team.loop(start.worker)
    return nil
  }

  private func loop(_ worker: Int) {
    var seen = 0
    while true {
      seen = waitForWork(after: seen)
      if isStopping { return }
      task?.work(worker: worker)
      unfinished.subtract(1, ordering: .acquiringAndReleasing)
    }
  }

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

  /// Has every worker do the work; returns when all have finished. Calls must not overlap.
  package func run(_ work: any TeamWork) {
    if count == 1 {
      work.work(worker: 0)
      return
    }
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

  deinit {
    isStopping = true
    release()
    for thread in threads { pthread_join(thread, nil) }
    pthread_cond_destroy(wake)
    pthread_mutex_destroy(mutex)
    wake.deallocate()
    mutex.deallocate()
  }
}
