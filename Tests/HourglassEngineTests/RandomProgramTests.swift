import HourglassBase
import HourglassEngine
import HourglassGraph
import Testing

/// Random programs against the definitions, values and gradients.
@Suite struct RandomProgramTests {
  @Test(arguments: 0..<400)
  func engineAgreesWithTheReference(_ seed: Int) {
    let engineCase = RandomPrograms.program(seed, isSmooth: seed % 2 == 0)
    for derivation in [Derivation.values, .loss] {
      let program = derivation.program(engineCase, gradients: true)
      let reference = program.reference.run(batch: program.batch)
      for kernels in KernelSet.all {
        let results = program.run(on: program.executor(kernels: kernels, team: WorkerTeam(count: 1)))
        let found = differences(results, from: reference, tolerance: 1e-4, floor: 0.01)
        #expect(found.isEmpty, "\(derivation), \(kernels.name)\n\(program.graph)")
      }
    }
  }

  @Test(arguments: 0..<60)
  func gradientsAreThoseOfFiniteDifferences(_ seed: Int) {
    let engineCase = RandomPrograms.program(seed, isSmooth: true)
    for derivation in [Derivation.loss, .penalty] {
      let number = derivation.program(engineCase)
      let program = derivation.program(engineCase, gradients: true)
      let gradients = program.reference.run(batch: program.batch)
      for target in program.targets {
        let difference = number.difference(along: target, 0, gradient: gradients["gradient/\(target.name)"]!)
        #expect(difference.isSmall, "\(derivation), \(target.name)\n\(program.graph)")
      }
    }
  }
}
