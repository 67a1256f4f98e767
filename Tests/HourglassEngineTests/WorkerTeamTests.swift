import HourglassBase
import HourglassEngine
import Synchronization
import Testing

@Suite struct WorkerTeamTests {
  /// Counts how often each worker was called.
  private final class Counter: TeamWork {
    let calls: [Counted]
    final class Counted: Sendable { let count = Atomic<Int>(0) }

    init(workers: Int) { calls = (0..<workers).map { _ in Counted() } }

    func work(worker: Int) { calls[worker].count.add(1, ordering: .relaxed) }
  }

  @Test(arguments: [1, 2, 3, 4, 9])
  func everyWorkerWorksOnceInEveryRun(_ workers: Int) {
    let team = WorkerTeam(count: workers)
    let counter = Counter(workers: workers)
    for run in 1...3000 {
      team.run(counter)
      // All have finished when `run` returns.
      guard counter.calls.allSatisfy({ $0.count.load(ordering: .relaxed) == run }) else {
        Issue.record("run \(run)")
        return
      }
    }
  }

  @Test func teamsComeAndGo() {
    for round in 0..<100 {
      let workers = 1 + round % 5
      let team = WorkerTeam(count: workers)
      let counter = Counter(workers: workers)
      for _ in 0..<round % 3 { team.run(counter) }
      #expect(counter.calls.allSatisfy { $0.count.load(ordering: .relaxed) == round % 3 })
    }
  }

  @Test func aTeamThatSleepsWakesUp() async throws {
    let team = WorkerTeam(count: 3)
    let counter = Counter(workers: 3)
    for run in 1...5 {
      team.run(counter)
      try await Task.sleep(for: .milliseconds(5))
      #expect(counter.calls.allSatisfy { $0.count.load(ordering: .relaxed) == run })
    }
  }
}
