import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassTestSupport
import Testing

/// The engine against the definitions in double precision.
@Suite struct ForwardTests {
  @Test(arguments: OperationCatalogue.all)
  func valuesAgreeWithTheReference(_ engineCase: EngineCase) {
    let program = Derivation.values.program(engineCase)
    let reference = program.reference.run(batch: program.batch)
    for kernels in KernelSet.all {
      let results = program.run(on: program.executor(kernels: kernels, team: WorkerTeam(count: 1)))
      let found = differences(results, from: reference, tolerance: 1e-5)
      #expect(found.isEmpty, "\(kernels.name)")
    }
  }

  @Test(arguments: OperationCatalogue.all, [Derivation.values, .loss, .penalty])
  func passesKeepTheMeaning(_ engineCase: EngineCase, _ derivation: Derivation) {
    let program = derivation.program(engineCase, gradients: true)
    var reference = program.reference
    let before = reference.run(batch: program.batch)
    reference = ReferenceInterpreter(
      graph: GraphPass.all.reduce(program.graph) { $1($0) }, parameters: reference.parameters,
      inputs: reference.inputs, draw: reference.draw)
    let after = reference.run(batch: program.batch)
    for (name, value) in before {
      let expected = value.flat
      let found = after[name]!.flat
      let scale = max(expected.map(abs).max() ?? 0, 1e-3)
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-11 * scale }, "\(name)")
    }
  }
}
