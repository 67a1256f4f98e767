import HourglassBase
import HourglassEngine
import HourglassGraph
import Testing

@Suite struct ProfileTests {
  @Test(arguments: [1, 3])
  func everyStepHasItsTimeAndResultsStay(_ workers: Int) throws {
    let program = Derivation.loss.program(OperationCatalogue.model.with(batch: 64), gradients: true)
    let executor = program.executor(kernels: .best, team: WorkerTeam(count: workers))
    let expected = program.run(on: executor)
    let profile = try executor.profile(
      program.indices, epoch: CaseProgram.epoch, seed: CaseProgram.seed, runs: 3)
    #expect(program.results(of: executor) == expected)
    #expect(profile.count == executor.program.stages.map(\.steps.count).reduce(0, +))
    // A reshape may be no work at all.
    #expect(profile.allSatisfy { $0.seconds > 0 || $0.step.isReshape })
    let products = profile.filter { $0.nominalOperations > 0 }
    // Two convolutions and two dense layers, each with its gradients in weights and input.
    #expect(products.count == 12)
  }

  @Test func peakIsPlausible() {
    for kernels in KernelSet.all {
      let speed = PeakMeasurement.gigaflops(threads: 1, kernels: kernels)
      #expect(speed > 0.1 && speed < 10_000)
    }
  }
}
