import CLaneKernels
import HourglassBase
import HourglassGraph
import Synchronization

/// A program with its memory: runs a batch through all stages on a team of workers.
///
/// A batch is cut into micro-batches of sixteen samples, and those into shards. How many shards there are
/// depends on the batch and the number of parameters, and shards are added up in their order, so that the result
/// has the same bits whatever the number of workers. A run allocates nothing.
///
/// `@unchecked Sendable`: one thread at a time may use an executor; its workers write to arenas of their own and
/// to the sums of the shard they have claimed.
public final class Executor: @unchecked Sendable {
  /// The most samples of one batch.
  public let maximumBatch: Int
  public let parameters: ParameterStore
  package let program: LoweredProgram
  package let plans: [MemoryPlan]
  let kernels: KernelSet
  let team: WorkerTeam
  let shared: SharedMemory

  private let preparation: [[any SharedInstruction]]
  private let conclusion: [any SharedInstruction]
  private var workers: [Worker] = []
  private let shardSums: [UnsafeMutablePointer<Float>]
  private let shardLimits: [Int]
  private let outputs: [String: UnsafeMutablePointer<Float>]
  private let carried: [UnsafeMutablePointer<Float>]
  private let samples: UnsafeMutablePointer<UInt32>
  private let claimed = Atomic<Int>(0)
  /// Whether all sums of the last run are.
  private let sumsAreFinite = Atomic<Bool>(true)

  // What the workers do at the moment.
  private var activity = Activity.idle
  private var batchCount = 0
  private var epoch: UInt32 = 0
  private var seed: UInt64 = 0
  /// The parts of the sums and of the parameters that are dealt out to workers.
  private let sumChunks: [[Range<Int>]]
  let update: ParameterUpdate

  /// Set while steps are timed; worker 0 then does everything.
  var stepTimes: InstructionTimes?

  private enum Activity {
    case idle
    case stage(Int)
    case combine(Int)
    case update
  }

  /// - Parameters:
  ///   - graph: outputs named `gradient/NAME` and `assign/NAME` are for the parameter `NAME`.
  ///   - inputs: the samples of each input of the graph, all of one count.
  ///   - maximumBatch: the most samples of one run.
  public init(
    graph: Graph, parameters: ParameterStore, inputs: [String: SampleArray], maximumBatch: Int,
    team: WorkerTeam, kernels: KernelSet
  ) {
    let program = LoweredProgram(Pass.all.reduce(graph) { graph, pass in pass(graph) })
    let plans = program.stages.map { MemoryPlan($0, of: program) }
    let shared = SharedMemory(program, parameters: parameters)
    self.program = program
    self.plans = plans
    self.shared = shared
    self.parameters = parameters
    self.maximumBatch = maximumBatch
    self.team = team
    self.kernels = kernels
    preparation = program.stages.map { stage in
      stage.preparation.compactMap { shared.instruction($0, kernels: kernels) }
    }
    conclusion = program.conclusion.compactMap { shared.instruction($0, kernels: kernels) }
    let blocks = (maximumBatch + 15) / 16
    shardLimits = shared.sums.map { Self.shardLimit(sums: $0.size) }
    shardSums = zip(shared.sums, shardLimits).map { allocateFloats($0.size * min($1, blocks)) }
    sumChunks = shared.sums.map { Self.chunks($0.size) }
    samples = .allocate(capacity: blocks * 16)
    samples.initialize(repeating: 0, count: blocks * 16)
    var outputs: [String: UnsafeMutablePointer<Float>] = [:]
    for output in program.graph.outputs where program.graph.nodes[output.node].isPerSample {
      outputs[output.name] = allocateFloats(program.graph.nodes[output.node].shape.count * blocks * 16)
    }
    self.outputs = outputs
    var carried: [Int: UnsafeMutablePointer<Float>] = [:]
    for node in program.carried { carried[node] = allocateFloats(program.layout(node).count * 16 * blocks) }
    self.carried = Array(carried.values)
    update = ParameterUpdate(program: program, shared: shared, parameters: parameters, kernels: kernels)
    let targets = BindingTargets(
      kernels: kernels, shared: shared, inputs: inputs, outputs: outputs, carried: carried)
    let groupSize = Self.groupSize(program, arenaSize: plans.map(\.size).max() ?? 0)
    workers = (0..<team.count).map { _ in
      Worker(program: program, plans: plans, groupSize: groupSize, targets: targets)
    }
  }

  deinit {
    for memory in shardSums + outputs.values + carried { memory.deallocate() }
    samples.deallocate()
  }

  /// Bytes of one worker's arena.
  public var arenaBytes: Int { (plans.map(\.size).max() ?? 0) * MemoryLayout<Float>.stride }

  // MARK: Shards

  /// Up to 64 shards while their sums stay within 4 MiB, but at least 4: many for load balance, few where each
  /// costs a pass over all parameters.
  private static func shardLimit(sums: Int) -> Int {
    let bytes = max(sums, 1) * MemoryLayout<Float>.stride
    return min(max(4 << 20 / bytes, fewestShards), 64)
  }

  private static let fewestShards = 4

  /// Micro-batches a worker takes through the program together: several where matrices are larger than the first
  /// cache and the arenas still fit the second.
  private static func groupSize(_ program: LoweredProgram, arenaSize: Int) -> Int {
    let largestMatrix = program.stages.flatMap(\.steps).map { step in
      if case .matrixProduct = step.kind { program.graph.nodes[step.sharedReads[0]].shape.count } else { 0 }
    }.max()
    guard let largestMatrix, largestMatrix >= 8192 else { return 1 }
    return min(max((1 << 19) / max(arenaSize, 1), 1), 4)
  }

  private static func chunks(_ count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: 8192).map { $0..<min($0 + 8192, count) }
  }

  /// Where each shard costs a pass over many parameters it has at least four micro-batches, a group, if that leaves
  /// two shards.
  private func shardCount(_ stage: Int) -> Int {
    let blocks = (batchCount + 15) / 16
    let limit = shardLimits[stage]
    return min(blocks, limit == Self.fewestShards ? min(max(blocks / 4, 2), limit) : limit)
  }

  // MARK: Running

  /// Runs the samples with these indices as one batch, through every stage.
  ///
  /// - Parameters:
  ///   - indices: 1 to `maximumBatch` indices into the inputs.
  ///   - epoch: part of the key of random draws.
  public func run(_ indices: some Collection<UInt32>, epoch: UInt32, seed: UInt64) {
    precondition(
      !indices.isEmpty && indices.count <= maximumBatch, "a batch has 1 to \(maximumBatch) samples")
    batchCount = indices.count
    self.epoch = epoch
    self.seed = seed
    // An array's memory is copied at once: what a generic loop reads one by one is allocated one by one.
    let isCopied: Void? = indices.withContiguousStorageIfAvailable {
      samples.update(from: $0.baseAddress!, count: $0.count)
    }
    if isCopied == nil {
      for (position, index) in indices.enumerated() { samples[position] = index }
    }
    var position = batchCount
    // Lanes without a sample repeat the last one's index, so that random draws have a key.
    while position % 16 != 0 {
      samples[position] = samples[batchCount - 1]
      position += 1
    }
    sumsAreFinite.store(true, ordering: .relaxed)
    for stage in program.stages.indices {
      for instruction in preparation[stage] { instruction.run() }
      claimed.store(0, ordering: .relaxed)
      activity = .stage(stage)
      team.run(self)
      if shared.sums[stage].size > 0 { combine(stage) }
    }
    for instruction in conclusion { instruction.run() }
  }

  private func combine(_ stage: Int) {
    activity = .combine(stage)
    // Waking a team costs more than adding up little.
    if sumChunks[stage].count < 4 {
      for chunk in sumChunks[stage] { combine(stage, chunk) }
    } else {
      claimed.store(0, ordering: .relaxed)
      team.run(self)
    }
  }

  private func combine(_ stage: Int, _ chunk: Range<Int>) {
    let squares = kernels.table.pointee.combine(
      shared.combined[stage], shardSums[stage], Int64(shared.sums[stage].size), Int32(shardCount(stage)),
      1 / Float(batchCount), Int64(chunk.lowerBound), Int64(chunk.count))
    if !squares.isFinite { sumsAreFinite.store(false, ordering: .relaxed) }
  }

  private func claim() -> Int {
    claimed.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  private func runShards(_ stage: Int, _ worker: Worker) {
    let shards = shardCount(stage)
    let blocks = (batchCount + 15) / 16
    let size = shared.sums[stage].size
    while true {
      let shard = claim()
      guard shard < shards else { return }
      let sums = shardSums[stage] + shard * size
      worker.run(
        stage, shard * blocks / shards..<(shard + 1) * blocks / shards,
        Worker.Shard(
          epoch: epoch, seed: seed, sums: sums, samples: UnsafePointer(samples), batchCount: batchCount),
        times: stepTimes)
    }
  }

  // MARK: Results

  /// The value of a shared output after a run, row-major.
  public func shared(_ output: String) -> [Float] {
    let node = sharedNode(output)
    let count = program.graph.nodes[node].shape.count
    let address = shared.address(node)
    if shared.isFill(node) { return Array(repeating: address[0], count: count) }
    return Array(UnsafeBufferPointer(start: address, count: count))
  }

  /// A shared output of one number.
  public func number(_ output: String) -> Float {
    shared.address(sharedNode(output))[0]
  }

  private func sharedNode(_ output: String) -> Int {
    guard let node = program.graph.output(output), !program.graph.nodes[node].isPerSample else {
      preconditionFailure("the program has no shared output \(output)")
    }
    return node
  }

  /// Calls `body` with a per-sample output of the last run: a row of the output's shape for each sample.
  public func withPerSample<Result>(
    _ output: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    guard let node = program.graph.output(output), let memory = outputs[output] else {
      preconditionFailure("the program has no per-sample output \(output)")
    }
    let count = batchCount * program.graph.nodes[node].shape.count
    return try body(UnsafeBufferPointer(start: memory, count: count))
  }

  // MARK: Updating

  /// The sum of squares of all gradients of the last run, and the parameters whose gradient is not finite.
  public func checkGradients(norm: Bool = true) -> (squaredNorm: Double, notFinite: [String]) {
    update.check(skipsSums: !norm && sumsAreFinite.load(ordering: .relaxed))
  }

  /// One step of the optimizer with the gradients of the last run.
  public func updateParameters(_ settings: UpdateSettings) {
    update.settings = settings
    if update.chunks.count < 8 {
      for chunk in update.chunks { update.run(chunk) }
    } else {
      claimed.store(0, ordering: .relaxed)
      activity = .update
      team.run(self)
    }
    update.assign()
  }
}

extension Executor: TeamWork {
  package func work(worker: Int) {
    switch activity {
    case .idle:
      break
    case .stage(let stage):
      if worker == 0 || stepTimes == nil { runShards(stage, workers[worker]) }
    case .combine(let stage):
      while true {
        let chunk = claim()
        guard chunk < sumChunks[stage].count else { return }
        combine(stage, sumChunks[stage][chunk])
      }
    case .update:
      while true {
        let chunk = claim()
        guard chunk < update.chunks.count else { return }
        update.run(update.chunks[chunk])
      }
    }
  }
}
