import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassTestSupport
import Testing

/// The same bits whatever the number of workers and the instruction set, and samples that do not touch each other.
@Suite struct DeterminismTests {
  /// Programs with everything that could depend on an order: sums over samples, stages, draws.
  static let programs: [EngineCase] =
    [OperationCatalogue.model.with(batch: 150)]
    + OperationCatalogue.stages.map { $0.with(batch: 70) }
    + OperationCatalogue.randomDraws.map { $0.with(batch: 70) }
    + OperationCatalogue.rows.map { $0.with(batch: 70) } + [large]

  /// Enough parameters that sums and updates are dealt out in chunks.
  private static let large = EngineCase("large dense layers", batch: 130) { c in
    let hidden = (c.input([130]).multiplied(by: c.parameter([300, 130], -0.1...0.1)) + c.parameter([300]))
      .relu
    return [hidden.multiplied(by: c.parameter([130, 300], -0.1...0.1)).sigmoid]
  }

  @Test(arguments: programs)
  func trainingGivesTheSameBits(_ engineCase: EngineCase) throws {
    let program = Derivation.loss.program(engineCase, gradients: true)
    let expected = try trained(program, workers: 1, kernels: .best)
    for kernels in KernelSet.all {
      for workers in 1...4 {
        let found = try trained(program, workers: workers, kernels: kernels)
        #expect(found.keys.sorted() == expected.keys.sorted())
        for (name, bits) in expected {
          #expect(found[name] == bits, "\(name) with \(workers) workers, \(kernels.name)")
        }
      }
    }
  }

  /// The bits of outputs and parameters after a few steps of training.
  private func trained(_ program: CaseProgram, workers: Int, kernels: KernelSet) throws -> [String: [UInt32]]
  {
    let store = program.parameterStore()
    let executor = program.executor(kernels: kernels, team: WorkerTeam(count: workers), store: store)
    var norms: [Float] = []
    for step in 1...4 {
      // The last batch of an epoch is smaller.
      let indices = step == 3 ? program.indices.prefix(program.batch - 21) : program.indices[...]
      try executor.run(indices, epoch: UInt32(step), seed: 7)
      norms.append(Float(try executor.checkGradients().squaredNorm))
      try executor.updateParameters(
        UpdateSettings(rule: .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7), learningRate: 0.01, step: step))
    }
    var results = program.results(of: executor)
    for entry in store.entries { results[entry.name] = store.read(entry.name) }
    results["norms"] = norms
    return results.mapValues { $0.map(\.bitPattern) }
  }

  /// Per-sample results depend on the sample alone, not on its lane or its neighbours.
  @Test(arguments: OperationCatalogue.sizes)
  func aSampleHasItsResultInEveryBatch(_ engineCase: EngineCase) throws {
    var program = Derivation.values.program(engineCase)
    // Samples that are not asked for must not be looked at.
    let unused = Set(0..<program.sampleCount).subtracting(program.indices.map(Int.init))
    for (name, shape) in program.inputShapes {
      for sample in unused {
        for element in 0..<shape.count { program.inputs[name]![sample * shape.count + element] = .nan }
      }
    }
    let executor = program.executor(kernels: .best, team: WorkerTeam(count: 2))
    let together = program.run(on: executor)
    #expect(together.values.allSatisfy { $0.allSatisfy(\.isFinite) })
    for (row, index) in program.indices.enumerated() {
      try executor.run(CollectionOfOne(index), epoch: CaseProgram.epoch, seed: CaseProgram.seed)
      for output in executor.compiled.outputs where output.isPerSample {
        let alone = executor.withPerSample(output.role) { Array($0) }
        #expect(
          Array(together[output.role.description]![row * alone.count..<(row + 1) * alone.count]) == alone)
      }
    }
  }

  /// Functions whose result is not finite at zero, which is what idle lanes hold.
  @Test(arguments: [1, 15, 17])
  func idleLanesDoNotLeak(_ batch: Int) {
    let engineCase = EngineCase("poles at zero", batch: batch) { c in
      let x = c.input([2, 3, 3], 0.5...1)
      let y = x.reciprocal * x.logarithm / x
      let geometry = convolution(channels: 2, 3, 3, 3, kernel: 3)
      let z = y.convolved(with: c.parameter(geometry.weightShape), geometry)
      return [y, z, (y.flattened.multiplied(by: c.parameter([4, 18])) / y.sum.broadcast4), y.batchMean]
    }
    let program = Derivation.loss.program(engineCase, gradients: true)
    let reference = program.reference.run(batch: batch)
    for kernels in KernelSet.all {
      let results = program.run(on: program.executor(kernels: kernels, team: WorkerTeam(count: 1)))
      #expect(differences(results, from: reference, tolerance: 3e-5).isEmpty)
    }
  }
}

extension Tensor {
  /// One number as four.
  fileprivate var broadcast4: Tensor { reshaped(to: [1]).broadcast(to: [4]) }
}
