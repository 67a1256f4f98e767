import CLaneKernels
import HourglassBase
import HourglassGraph
import Synchronization

/// A program with its memory: runs a batch through all stages on a team of workers.
///
/// A batch is cut into micro-batches of sixteen samples, and those into shards; `ShardPlan` says how, and in which order
/// their sums are put together, so that the result has the same bits whatever the number of workers. A run allocates
/// nothing.
///
/// `@unchecked Sendable`: one thread at a time may use an executor; its workers write to arenas of their own and
/// to the sums of the shard they have claimed.
package final class Executor: @unchecked Sendable {
  /// The most samples of one batch.
  package let maximumBatch: Int
  let parameters: ParameterStore
  package let compiled: CompiledProgram
  let kernels: KernelSet
  let team: WorkerTeam
  let shared: SharedMemory

  private let preparation: [[any SharedInstruction]]
  private let conclusion: [any SharedInstruction]
  private var workers: [Worker] = []
  private let shardSums: [UnsafeMutablePointer<Float>]
  /// Of the stage with the largest sums, numbers of a shard: all stages are cut alike, so that a sample stays with its
  /// shard, and what is kept of it between stages with its process.
  private let largestSums: Int
  private let exchange: (any ShardExchange)?
  private let parametersStay: Bool
  private var isPrepared = false
  /// For batches of one sample; nil where there is none, or parameters change.
  private var single: SingleSample?
  /// How the sums of the current stage are put together, and how many steps that are.
  private let additions: UnsafeMutablePointer<lane_addition>
  private var additionCount = 0
  private let outputs: [OutputRole: UnsafeMutablePointer<Float>]
  private let carried: [UnsafeMutablePointer<Float>]
  private let feeds: [SampleFeed]
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
  ///   - parameters: those that the program names; gradients and assignments change them.
  ///   - inputs: the samples of each input of the program, all of one count.
  ///   - maximumBatch: the most samples of one run.
  package convenience init(
    program compiled: CompiledProgram, parameters: ParameterStore, inputs: [String: any SampleSource],
    maximumBatch: Int, team: WorkerTeam, kernels: KernelSet
  ) {
    self.init(
      program: compiled, parameters: parameters, inputs: inputs, maximumBatch: maximumBatch, team: team,
      kernels: kernels, exchange: nil, parametersStay: false)
  }

  /// - Parameters:
  ///   - exchange: where the other processes' sums come from; nil for one process.
  ///   - parametersStay: says that nobody changes the parameters, so that what is made of them alone (packed weights)
  ///     is made once.
  package init(
    program compiled: CompiledProgram, parameters: ParameterStore, inputs: [String: any SampleSource],
    maximumBatch: Int, team: WorkerTeam, kernels: KernelSet, exchange: (any ShardExchange)? = nil,
    parametersStay: Bool = false
  ) {
    let program = compiled.lowered
    let shared = SharedMemory(program, parameters: parameters)
    self.compiled = compiled
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
    self.exchange = exchange
    self.parametersStay = parametersStay
    additions = .allocate(capacity: ShardPlan.mostShards)
    additions.initialize(repeating: lane_addition(), count: ShardPlan.mostShards)
    let largestSums = shared.sums.map(\.size).max() ?? 0
    self.largestSums = largestSums
    shardSums = shared.sums.map {
      allocateFloats($0.size * min(ShardPlan.limit(sums: largestSums), blocks))
    }
    sumChunks = shared.sums.map { Self.chunks($0.size) }
    samples = .allocate(capacity: blocks * 16)
    samples.initialize(repeating: 0, count: blocks * 16)
    var outputs: [OutputRole: UnsafeMutablePointer<Float>] = [:]
    for output in compiled.outputs where output.isPerSample {
      outputs[output.role] = allocateFloats(output.shape.count * blocks * 16)
    }
    self.outputs = outputs
    var carried: [Int: UnsafeMutablePointer<Float>] = [:]
    for node in program.carried { carried[node] = allocateFloats(program.layout(node).count * 16 * blocks) }
    self.carried = Array(carried.values)
    update = ParameterUpdate(program: compiled, shared: shared, parameters: parameters, kernels: kernels)
    let inputs = inputs.mapValues { SampleFeed($0) }
    feeds = Array(inputs.values)
    let targets = BindingTargets(
      kernels: kernels, shared: shared, inputs: inputs, outputs: outputs, carried: carried)
    workers = (0..<team.count).map { _ in Worker(program: compiled, targets: targets) }
    single = parametersStay ? SingleSample(compiled, targets: targets) : nil
  }

  /// Compiles a graph that is run by this executor alone.
  package convenience init(
    graph: Graph, parameters: ParameterStore, inputs: [String: any SampleSource], maximumBatch: Int,
    team: WorkerTeam, kernels: KernelSet
  ) {
    self.init(
      program: CompiledProgram(graph), parameters: parameters, inputs: inputs, maximumBatch: maximumBatch,
      team: team, kernels: kernels)
  }

  package var program: LoweredProgram { compiled.lowered }

  deinit {
    for memory in shardSums + outputs.values + carried { memory.deallocate() }
    samples.deallocate()
    additions.deallocate()
  }

  /// Numbers of a shard's sums, in each stage.
  var sumCounts: [Int] { shared.sums.map(\.size) }

  /// Bytes of one worker's arena.
  var arenaBytes: Int { compiled.arenaSize * MemoryLayout<Float>.stride }

  /// Whether a batch of one sample takes a way of its own, with the same bits: where parameters stay, and all steps have
  /// kernels for it.
  package var runsSingleSamples: Bool { single != nil }

  // MARK: Shards

  private static func chunks(_ count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: 8192).map { $0..<min($0 + 8192, count) }
  }

  /// How the current batch is cut.
  private var plan: ShardPlan { ShardPlan(batch: batchCount, sums: largestSums) }

  private func ownedShards(_ plan: ShardPlan) -> Range<Int> {
    exchange?.ownedShards(of: plan) ?? 0..<plan.shardCount
  }

  // MARK: Running

  /// Runs the samples with these indices as one batch, through every stage.
  ///
  /// - Parameters:
  ///   - indices: 1 to `maximumBatch` indices into the inputs.
  ///   - epoch: part of the key of random draws.
  /// - Throws: what a source of samples or the exchange with other processes throws; the results are then worthless, and the parameters as they were.
  package func run(_ indices: ArraySlice<UInt32>, epoch: UInt32, seed: UInt64) throws(HourglassError) {
    let result = indices.withUnsafeBufferPointer { indices in
      Result { () throws(HourglassError) in try run(indices, epoch: epoch, seed: seed) }
    }
    try result.get()
  }

  /// The same for an array.
  package func run(_ indices: [UInt32], epoch: UInt32, seed: UInt64) throws(HourglassError) {
    try run(indices[...], epoch: epoch, seed: seed)
  }

  /// The same for any indices. Unlike the others it takes memory, since other targets call it as it is for all collections.
  package func run(_ indices: some Collection<UInt32>, epoch: UInt32, seed: UInt64) throws(HourglassError) {
    try run(Array(indices)[...], epoch: epoch, seed: seed)
  }

  /// The same for indices that lie in memory.
  package func run(
    _ indices: UnsafeBufferPointer<UInt32>, epoch: UInt32, seed: UInt64
  ) throws(HourglassError) {
    precondition(
      !indices.isEmpty && indices.count <= maximumBatch, "a batch has 1 to \(maximumBatch) samples")
    batchCount = indices.count
    self.epoch = epoch
    self.seed = seed
    samples.update(from: indices.baseAddress!, count: indices.count)
    var position = batchCount
    // Lanes without a sample repeat the last one's index, so that random draws have a key.
    while position % 16 != 0 {
      samples[position] = samples[batchCount - 1]
      position += 1
    }
    sumsAreFinite.store(true, ordering: .relaxed)
    if batchCount == 1, let single {
      prepare(stage: 0)
      single.run(samples[0])
      for feed in feeds { try feed.check() }
      return
    }
    for stage in program.stages.indices {
      prepare(stage: stage)
      claimed.store(ownedShards(plan).lowerBound, ordering: .relaxed)
      activity = .stage(stage)
      team.run(self)
      for feed in feeds { try feed.check() }
      if shared.sums[stage].size > 0 { try combine(stage) }
    }
    for instruction in conclusion { instruction.run() }
  }

  /// Computes what a stage's samples share.
  private func prepare(stage: Int) {
    // What comes before the first stage is made of parameters alone.
    if stage == 0 && isPrepared { return }
    for instruction in preparation[stage] { instruction.run() }
    if stage == 0 && parametersStay {
      shared.packMatrices(kernels)
      isPrepared = true
    }
  }

  private func combine(_ stage: Int) throws(HourglassError) {
    let plan = plan
    if let exchange {
      let sums = ShardSums(
        plan: plan, stage: stage, owned: ownedShards(plan), count: shared.sums[stage].size,
        sums: shardSums[stage], kernels: kernels)
      do {
        add(slots: try exchange.exchange(sums))
      } catch {
        // What another process has sent may still arrive there.
        _ = Unmanaged.passRetained(self)
        throw error
      }
    } else {
      add(slots: 0..<plan.shardCount)
    }
    activity = .combine(stage)
    // Waking a team costs more than adding up little.
    if sumChunks[stage].count < 4 {
      for chunk in sumChunks[stage] { combine(stage, chunk) }
    } else {
      claimed.store(0, ordering: .relaxed)
      team.run(self)
    }
  }

  private func add(slots: some Collection<Int>) {
    additionCount = slots.count
    ShardPlan.additions(slots) { additions[$0] = lane_addition(slot: $1.slot, merges: $1.merges) }
  }

  private func combine(_ stage: Int, _ chunk: Range<Int>) {
    let squares = kernels.table.pointee.combine(
      shared.combined[stage], shardSums[stage], Int64(shared.sums[stage].size), additions,
      Int32(additionCount),
      1 / Float(batchCount), Int64(chunk.lowerBound), Int64(chunk.count))
    if !squares.isFinite { sumsAreFinite.store(false, ordering: .relaxed) }
  }

  private func claim() -> Int {
    claimed.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  private func runShards(_ stage: Int, _ worker: Worker) {
    let plan = plan
    let shards = ownedShards(plan)
    let size = shared.sums[stage].size
    while true {
      let shard = claim()
      guard shard < shards.upperBound else { return }
      let sums = shardSums[stage] + shard * size
      worker.run(
        stage, plan.blocks(of: shard),
        Worker.Shard(
          epoch: epoch, seed: seed, sums: sums, samples: UnsafePointer(samples), batchCount: batchCount),
        times: stepTimes)
    }
  }

  // MARK: Results

  /// The value of a shared output after a run, row-major.
  package func shared(_ role: OutputRole) -> [Float] {
    let output = sharedOutput(role)
    let address = shared.address(output.node)
    if shared.isFill(output.node) { return Array(repeating: address[0], count: output.shape.count) }
    return Array(UnsafeBufferPointer(start: address, count: output.shape.count))
  }

  /// A shared output of one number.
  package func number(_ role: OutputRole) -> Float {
    shared.address(sharedOutput(role).node)[0]
  }

  private func sharedOutput(_ role: OutputRole) -> CompiledProgram.Output {
    guard let output = compiled.output(role), !output.isPerSample else {
      preconditionFailure("the program has no shared output \(role)")
    }
    return output
  }

  /// Calls `body` with a per-sample output of the last run: a row of the output's shape for each sample.
  package func withPerSample<Result>(
    _ role: OutputRole, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    guard let output = compiled.output(role), let memory = outputs[role] else {
      preconditionFailure("the program has no per-sample output \(role)")
    }
    return try body(UnsafeBufferPointer(start: memory, count: batchCount * output.shape.count))
  }

  /// The same for an output without a special role.
  package func withPerSample<Result>(
    _ name: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    try withPerSample(.output(name), body)
  }

  // MARK: Updating

  /// The sum of squares of all gradients of the last run, and the parameters whose gradient is not finite.
  package func checkGradients(norm: Bool = true) -> (squaredNorm: Double, notFinite: [String]) {
    update.check(skipsSums: !norm && sumsAreFinite.load(ordering: .relaxed))
  }

  /// One step of the optimizer with the gradients of the last run.
  package func updateParameters(_ settings: UpdateSettings) {
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
