#if os(Linux)
  import CAllocationCounter
  import HourglassEngine
  import HourglassGraph
  import Testing

  /// A training step takes no memory from the system.
  @Suite struct AllocationTests {
    @Test(arguments: [1, 2])
    func trainingAllocatesNothing(_ workers: Int) throws {
      let program = Derivation.loss.program(OperationCatalogue.model.with(batch: 64), gradients: true)
      let team = WorkerTeam(count: workers)
      let executor = program.executor(kernels: .best, team: team)
      let settings = UpdateSettings(
        rule: .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7), learningRate: 0.01, step: 1)
      func step() throws {
        try executor.run(program.indices, epoch: 1, seed: 1)
        try executor.updateParameters(settings)
      }
      for _ in 0..<3 { try step() }
      let counter = allocation_counter_make()
      defer { allocation_counter_free(counter) }
      let watched = Watched(counter: counter)
      let unwatched = Watched(counter: nil)
      team.run(watched)
      for _ in 0..<10 { try step() }
      team.run(unwatched)
      #expect(allocation_counter_value(counter) == 0)
    }

    /// Every thread of the team reports to the counter.
    private final class Watched: TeamWork {
      let counter: OpaquePointer?

      init(counter: OpaquePointer?) { self.counter = counter }

      func work(worker: Int) { allocation_counter_watch(counter) }
    }

    @Test func theCounterCounts() {
      let counter = allocation_counter_make()
      defer { allocation_counter_free(counter) }
      allocation_counter_watch(counter)
      let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: 1000)
      memory.deallocate()
      allocation_counter_watch(nil)
      UnsafeMutablePointer<UInt8>.allocate(capacity: 1000).deallocate()
      #expect(allocation_counter_value(counter) == 1)
    }
  }
#endif
