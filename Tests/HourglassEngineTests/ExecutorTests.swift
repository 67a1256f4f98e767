import HourglassBase
import HourglassEngine
import HourglassGraph
import Testing

/// What a caller of the engine relies on.
@Suite struct ExecutorTests {
  private let team = WorkerTeam(count: 1)

  @Test func bytesAreScaledNumbers() throws {
    let builder = GraphBuilder()
    builder.output("y", builder.input("x", shape: [2, 3, 5]) * 2)
    let bytes = (0..<30 * 4).map { UInt8(truncatingIfNeeded: $0 * 37) }
    let samples = try SampleArray(bytes: bytes, count: 4, shape: [2, 3, 5])
    let executor = Executor(
      graph: builder.graph, parameters: ParameterStore([]), inputs: ["x": samples], maximumBatch: 16,
      team: team,
      kernels: .best)
    try executor.run([3, 1], epoch: 0, seed: 0)
    let expected = (samples.sample(3) + samples.sample(1)).map { $0 * 2 }
    #expect(executor.withPerSample("y") { Array($0) } == expected)
  }

  @Test func gradientsReachTheirParameters() throws {
    let builder = GraphBuilder()
    let (p, q) = (builder.parameter("p", shape: [20]), builder.parameter("q", shape: [3]))
    let average = builder.parameter("average", shape: [2])
    let loss = (p * 3).sum + q.square.sum
    builder.output(.loss, loss)
    for (name, gradient) in zip(["p", "q"], builder.gradient(of: loss, with: [p, q])) {
      builder.output(.gradient(of: name), gradient)
    }
    builder.output(.assignment(to: "average"), average * 0.5 + 1)
    let store = ParameterStore([("p", [20], true), ("average", [2], false), ("q", [3], true)])
    store.write("p", Array(repeating: 1, count: 20))
    store.write("q", [1, -2, 4])
    store.write("average", [2, 4])
    let executor = Executor(
      graph: builder.graph, parameters: store, inputs: [:], maximumBatch: 4, team: team, kernels: .best)
    try executor.run([0], epoch: 0, seed: 0)
    #expect(executor.number(.loss) == 81)
    #expect(try executor.checkGradients().squaredNorm == 264)
    try executor.updateParameters(
      UpdateSettings(rule: .sgd(momentum: 0, nesterov: false), learningRate: 0.25, step: 1))
    // A gradient that is one number for all elements counts, too.
    #expect(store.read("p") == Array(repeating: 0.25, count: 20))
    #expect(store.read("q") == [0.5, -1, 2])
    #expect(store.read("average") == [2, 3])
    try executor.run([0], epoch: 0, seed: 0)
    #expect(executor.number(.loss) == 20.25)
  }

  @Test func parametersThatAreNotFiniteAreNamed() throws {
    let builder = GraphBuilder()
    let (p, q) = (builder.parameter("p", shape: [5]), builder.parameter("q", shape: [3]))
    let loss = (p.logarithm.sum + q.square.sum)
    for (name, gradient) in zip(["p", "q"], builder.gradient(of: loss, with: [p, q])) {
      builder.output(.gradient(of: name), gradient)
    }
    let store = ParameterStore([("p", [5], true), ("q", [3], true)])
    store.write("q", [1, 2, 3])
    let executor = Executor(
      graph: builder.graph, parameters: store, inputs: [:], maximumBatch: 1, team: team, kernels: .best)
    try executor.run([0], epoch: 0, seed: 0)
    let check = try executor.checkGradients()
    #expect(check.notFinite == ["p"])
    #expect(!check.squaredNorm.isFinite)
  }

  @Test func batchesOfAllSizesInOneExecutor() throws {
    let program = Derivation.values.program(OperationCatalogue.model.with(batch: 64))
    let large = program.executor(kernels: .best, team: team)
    for batch in [64, 1, 17, 16, 48, 5] {
      let indices = Array(program.indices.prefix(batch))
      try large.run(indices, epoch: 0, seed: 0)
      var small = program.reference
      small.inputs = small.inputs.mapValues { Array($0.prefix(batch)) }
      let reference = small.run(batch: batch)
      #expect(differences(program.results(of: large), from: reference, tolerance: 1e-5).isEmpty)
    }
  }

  @Test func drawsDependOnEpochAndSeed() throws {
    let builder = GraphBuilder()
    builder.output("y", builder.random(.uniform, shape: [8]))
    let executor = Executor(
      graph: builder.graph, parameters: ParameterStore([]), inputs: [:], maximumBatch: 16, team: team,
      kernels: .best)
    func draws(_ epoch: UInt32, _ seed: UInt64) throws -> [Float] {
      try executor.run([5], epoch: epoch, seed: seed)
      return executor.withPerSample("y") { Array($0) }
    }
    let first = try draws(1, 2)
    #expect(try draws(1, 2) == first)
    #expect(try draws(2, 2) != first)
    #expect(try draws(1, 3) != first)
  }
}
