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

  @Test func allWhoWantAsManyWorkersShareATeam() throws {
    let team = try WorkerTeam.shared(threads: 6)
    #expect(try WorkerTeam.shared(threads: 6) === team)
    #expect(try WorkerTeam.shared(threads: 7) !== team)
    #expect(try WorkerTeam.shared(threads: nil) === WorkerTeam.shared(threads: WorkerTeam.coreCount))
  }

  /// The threads hold nothing that would keep their team.
  @Test func aTeamEndsWithItsLastUser() {
    weak var gone: WorkerTeam?
    do {
      let team = WorkerTeam(count: 4)
      team.run(Counter(workers: 4))
      gone = team
    }
    #expect(gone == nil)
  }

  /// Work that asks for work of the same team, and callers on several threads, neither wait for each other for ever nor lose
  /// a piece.
  @Test func aTeamThatIsBusyIsNotWaitedFor() async {
    final class Outer: TeamWork {
      let team: WorkerTeam
      let inner: Counter
      init(_ team: WorkerTeam) { (self.team, inner) = (team, Counter(workers: 3)) }
      func work(worker: Int) { team.run(inner) }
    }
    let team = WorkerTeam(count: 3)
    let outer = Outer(team)
    team.run(outer)
    #expect(outer.inner.calls.allSatisfy { $0.count.load(ordering: .relaxed) == 3 })

    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let counter = Counter(workers: 3)
          for _ in 0..<500 { team.run(counter) }
          return counter.calls.allSatisfy { $0.count.load(ordering: .relaxed) == 500 }
        }
      }
      for await isComplete in group { #expect(isComplete) }
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
