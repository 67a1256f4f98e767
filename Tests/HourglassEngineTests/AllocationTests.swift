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
      let executor = program.executor(kernels: .best, team: WorkerTeam(count: workers))
      let settings = UpdateSettings(
        rule: .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7), learningRate: 0.01, step: 1)
      func step() throws {
        try executor.run(program.indices, epoch: 1, seed: 1)
        executor.updateParameters(settings)
      }
      for _ in 0..<3 { try step() }
      // Other tests may run at the same time, so the quietest of many tries counts.
      var fewest = Int64.max
      for _ in 0..<200 where fewest > 0 {
        let before = allocation_count()
        for _ in 0..<10 { try step() }
        fewest = min(fewest, allocation_count() - before)
      }
      #expect(fewest == 0)
    }

    @Test func theCounterCounts() {
      let before = allocation_count()
      let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: 1000)
      memory.deallocate()
      #expect(allocation_count() > before)
    }
  }
#endif
