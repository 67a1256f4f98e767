import HourglassBase
import HourglassEngine
import HourglassGraph
import Testing

/// First and second derivatives against finite differences, and the engine against both.
@Suite struct GradientTests {
  @Test(arguments: OperationCatalogue.differentiable, [Derivation.loss, .penalty])
  func gradientsAreThoseOfFiniteDifferences(_ engineCase: EngineCase, _ derivation: Derivation) {
    let number = derivation.program(engineCase)
    let program = derivation.program(engineCase, gradients: true)
    let gradients = program.reference.run(batch: program.batch)
    for target in program.targets {
      let gradient = gradients["gradient/\(target.name)"]!
      for direction in 0..<2 {
        let difference = number.difference(along: target, direction, gradient: gradient)
        #expect(difference.isSmall, "\(target.name): \(difference)")
      }
    }
  }

  @Test(arguments: OperationCatalogue.all, [Derivation.loss, .penalty])
  func engineAgreesWithTheReference(_ engineCase: EngineCase, _ derivation: Derivation) {
    let program = derivation.program(engineCase, gradients: true)
    let reference = program.reference.run(batch: program.batch)
    for kernels in KernelSet.all {
      let results = program.run(on: program.executor(kernels: kernels, team: WorkerTeam(count: 1)))
      let found = differences(results, from: reference, tolerance: 3e-5)
      #expect(found.isEmpty, "\(kernels.name)")
    }
  }
}
