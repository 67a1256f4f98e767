import HourglassBase
import HourglassEngine
import HourglassGraph
import Testing

/// One sample by itself has the bits that it has among sixteen.
@Suite struct SingleSampleTests {
  @Test(arguments: OperationCatalogue.all)
  func aSampleByItselfHasTheSameBits(_ engineCase: EngineCase) throws {
    let program = Derivation.values.program(engineCase)
    for kernels in KernelSet.all { try compare(program, kernels) }
  }

  @Test func theUsualLayersHaveKernelsForIt() throws {
    let usual = EngineCase("usual layers", batch: 18) { c in
      let wide = convolution(channels: 2, 18, 9, 21, kernel: 3, stride: 2)
      let x = c.input([2, 9, 21]).convolved(with: c.parameter(wide.weightShape), wide).relu
      let pooled = x.maxPooled(pool(channels: 18, 5, 11, window: 2, stride: 2)).flattened
      return [pooled.multiplied(by: c.parameter([150, 18 * 2 * 5], -0.2...0.2)).sigmoid]
    }
    let program = Derivation.values.program(usual)
    #expect(executor(program, .best).runsSingleSamples)
    for kernels in KernelSet.all { try compare(program, kernels) }
  }

  private func executor(_ program: CaseProgram, _ kernels: KernelSet) -> Executor {
    Executor(
      program: CompiledProgram(program.graph), parameters: program.parameterStore(),
      inputs: Dictionary(
        uniqueKeysWithValues: program.inputs.map { name, numbers in
          (
            name,
            SampleArray(trustedFloats: numbers, count: program.sampleCount, shape: program.inputShapes[name]!)
          )
        }), maximumBatch: program.batch, team: WorkerTeam(count: 1), kernels: kernels, parametersStay: true)
  }

  private func compare(_ program: CaseProgram, _ kernels: KernelSet) throws {
    let together = program.run(on: program.executor(kernels: kernels, team: WorkerTeam(count: 1)))
    let executor = executor(program, kernels)
    guard executor.runsSingleSamples else { return }
    for (row, index) in program.indices.enumerated() {
      try executor.run(CollectionOfOne(index), epoch: CaseProgram.epoch, seed: CaseProgram.seed)
      for output in executor.compiled.outputs where output.isPerSample {
        let alone = executor.withPerSample(output.role) { $0.map(\.bitPattern) }
        let expected = together[output.role.description]![row * alone.count..<(row + 1) * alone.count]
        #expect(alone == expected.map(\.bitPattern), "\(output.role) of \(program.name), \(kernels.name)")
      }
    }
  }
}
