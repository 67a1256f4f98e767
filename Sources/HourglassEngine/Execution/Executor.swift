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
  /// Into how many a batch is cut, if somebody asks.
  private let shards: Int?
  let exchange: (any ShardExchange)?
  private let parametersStay: Bool
  private var isPrepared = false
  /// For batches of one sample; nil where there is none, or parameters change.
  private var single: SingleSample?
  /// How the sums of the current stage are put together, and how many steps that are.
  private let additions: UnsafeMutablePointer<lane_addition>
  private var additionCount = 0
  let outputs: [OutputRole: UnsafeMutablePointer<Float>]
  private let carried: [UnsafeMutablePointer<Float>]
  private let feeds: [SampleFeed]
  private let samples: UnsafeMutablePointer<UInt32>
  private let claimed = Atomic<Int>(0)
  /// Whether all sums of the last run are.
  let sumsAreFinite = Atomic<Bool>(true)

  // What the workers do at the moment.
  private var activity = Activity.idle
  private(set) var batchCount = 0
  private var epoch: UInt32 = 0
  private var seed: UInt64 = 0
  /// The parts of each stage's sums that are dealt out to workers.
  private let sumChunks: [SumChunks]
  private var chunksAtWork: [Range<Int>] = []
  let update: ParameterUpdate
  /// Where each of several processes updates a part of the parameters.
  let dealt: DealtUpdate?
  let updateChunks: [Int]
  /// Of the stages whose sums are on their way, what the exchange calls that.
  private var begun: [(stage: Int, exchange: Int)] = []
  /// Why the exchange of sums does not go on while workers compute.
  private var failure: HourglassError?

  /// Of a stage's sums, on boundaries of 16.
  private struct SumChunks {
    var all: [Range<Int>]
    /// What the next stage reads.
    var early: [Range<Int>]
    /// What all processes have at the end of the step.
    var late: [Range<Int>]
    /// The own part of what is dealt out.
    var part: [Range<Int>]
  }

  /// Set while steps are timed; worker 0 then does everything.
  var stepTimes: InstructionTimes?

  enum Activity {
    case idle
    case stage(Int)
    case combineOwned(Int)
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
      kernels: kernels, shards: nil, exchange: nil, parametersStay: false)
  }

  /// - Parameters:
  ///   - shards: into which a batch is cut, 1 to `ShardPlan.mostShards`; nil goes by the sizes.
  ///   - exchange: where the other processes' sums come from; nil for one process.
  ///   - parametersStay: says that nobody changes the parameters, so that what is made of them alone (packed weights)
  ///     is made once.
  package init(
    program compiled: CompiledProgram, parameters: ParameterStore, inputs: [String: any SampleSource],
    maximumBatch: Int, team: WorkerTeam, kernels: KernelSet, shards: Int? = nil,
    exchange: (any ShardExchange)? = nil, parametersStay: Bool = false
  ) {
    self.shards = shards
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
    let largestSums = shared.sums.map(\.size).max() ?? 0
    let mostShards = ShardPlan.limit(sums: largestSums, shards: shards)
    additions = .allocate(capacity: mostShards)
    additions.initialize(repeating: lane_addition(), count: mostShards)
    self.largestSums = largestSums
    shardSums = shared.sums.map {
      allocateFloats($0.size * min(mostShards, blocks))
    }
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
    let update = ParameterUpdate(
      program: compiled, shared: shared, parameters: parameters, kernels: kernels)
    self.update = update
    let gradients = compiled.numbersForOptimizer
    let dealt = exchange.flatMap {
      $0.deals(gradients: gradients)
        ? DealtUpdate(update, shared: shared, rank: $0.rank, count: $0.count) : nil
    }
    self.dealt = dealt
    updateChunks = dealt?.ownChunks ?? Array(update.chunks.indices)
    sumChunks = shared.sums.indices.map { stage in
      let sums = shared.sums[stage]
      return SumChunks(
        all: Self.chunks(0..<sums.size), early: Self.chunks(0..<sums.late),
        late: Self.chunks(sums.late..<(dealt == nil ? sums.size : sums.dealt)),
        part: exchange.flatMap { exchange in
          (dealt?.parts[stage]).flatMap { $0.isEmpty ? nil : Self.chunks($0[exchange.rank]) }
        } ?? [])
    }
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

  /// Each stage's sums.
  var sums: [SharedMemory.Sums] { shared.sums }

  /// Bytes of one worker's arena.
  var arenaBytes: Int { compiled.arenaSize * MemoryLayout<Float>.stride }

  /// Whether a batch of one sample takes a way of its own, with the same bits: where parameters stay, and all steps have
  /// kernels for it.
  package var runsSingleSamples: Bool { single != nil }

  // MARK: Shards

  private static func chunks(_ numbers: Range<Int>) -> [Range<Int>] {
    stride(from: numbers.lowerBound, to: numbers.upperBound, by: 8192).map {
      $0..<min($0 + 8192, numbers.upperBound)
    }
  }

  /// How the current batch is cut.
  private var plan: ShardPlan { plan(batch: batchCount) }

  func plan(batch: Int) -> ShardPlan { ShardPlan(batch: batch, sums: largestSums, shards: shards) }

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
    try exchanging { () throws(HourglassError) in try runStages() }
    for instruction in conclusion { instruction.run() }
  }

  private func runStages() throws(HourglassError) {
    for stage in program.stages.indices {
      prepare(stage: stage)
      claimed.store(ownedShards(plan).lowerBound, ordering: .relaxed)
      activity = .stage(stage)
      team.run(self)
      for feed in feeds { try feed.check() }
      guard shared.sums[stage].size > 0 else { continue }
      if let exchange {
        try begin(stage, exchange)
      } else {
        combine(stage, sumChunks[stage].all, slots: 0..<plan.shardCount)
      }
    }
    if let exchange { try finish(exchange) }
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

  // MARK: Sums

  /// Does what may exchange memory with other processes, which stays if that fails: what they have sent may still arrive.
  func exchanging(_ body: () throws(HourglassError) -> Void) throws(HourglassError) {
    do {
      try body()
    } catch {
      if exchange != nil { _ = Unmanaged.passRetained(self) }
      throw error
    }
  }

  /// Brings the sums together that the next stage reads, and begins to with the others.
  private func begin(_ stage: Int, _ exchange: any ShardExchange) throws(HourglassError) {
    try throwFailure()
    let own = shared.sums[stage]
    spread(.combineOwned(stage), sumChunks[stage].all)
    let sums = sums(stage)
    if own.late > 0 {
      let early = try exchange.begin(sums, all: 0..<own.late, parts: [])
      combine(stage, sumChunks[stage].early, slots: try exchange.finish(early).all)
    }
    let end = dealt == nil ? own.size : own.dealt
    let parts = dealt?.parts[stage] ?? []
    guard own.late < end || !parts.isEmpty else { return }
    begun.append((stage, try exchange.begin(sums, all: own.late..<end, parts: parts)))
  }

  private func finish(_ exchange: any ShardExchange) throws(HourglassError) {
    defer { begun.removeAll(keepingCapacity: true) }
    try throwFailure()
    for (stage, number) in begun {
      let slots = try exchange.finish(number)
      combine(stage, sumChunks[stage].late, slots: slots.all)
      combine(stage, sumChunks[stage].part, slots: slots.part)
    }
  }

  /// - Throws: why the exchange did not go on while workers computed.
  private func throwFailure() throws(HourglassError) {
    guard let failure else { return }
    self.failure = nil
    throw failure
  }

  private func sums(_ stage: Int) -> ShardSums {
    let plan = plan
    return ShardSums(
      plan: plan, stage: stage, owned: ownedShards(plan), count: shared.sums[stage].size,
      sums: shardSums[stage], kernels: kernels)
  }

  /// Puts sums together that lie in these slots.
  private func combine(_ stage: Int, _ chunks: [Range<Int>], slots: some Collection<Int>) {
    guard !chunks.isEmpty else { return }
    add(slots: slots)
    spread(.combine(stage), chunks)
  }

  /// Has the team work on pieces of a stage's sums.
  private func spread(_ activity: Activity, _ chunks: [Range<Int>]) {
    chunksAtWork = chunks
    spread(activity, chunks.count, alone: 4)
  }

  /// Has the team work on pieces.
  ///
  /// - Parameter alone: of fewer the calling thread does all, since waking a team costs more.
  func spread(_ activity: Activity, _ count: Int, alone: Int) {
    self.activity = activity
    claimed.store(0, ordering: .relaxed)
    if count < alone { work(worker: 0) } else { team.run(self) }
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

  /// Does the pieces that nobody has claimed yet.
  private func claimEach(_ count: Int, _ body: (Int) -> Void) {
    while true {
      let piece = claim()
      guard piece < count else { return }
      body(piece)
    }
  }

  private func runShards(_ stage: Int, _ worker: Worker) {
    let plan = plan
    let shards = ownedShards(plan)
    let size = shared.sums[stage].size
    claimEach(shards.upperBound) { shard in
      let sums = shardSums[stage] + shard * size
      worker.run(
        stage, plan.blocks(of: shard),
        Worker.Shard(
          epoch: epoch, seed: seed, sums: sums, samples: UnsafePointer(samples), batchCount: batchCount),
        times: stepTimes
      ) { if worker === workers[0] { proceed() } }
    }
  }

  /// Lets sums go on their way, on the thread that exchanges, which is that of worker 0.
  private func proceed() {
    guard !begun.isEmpty, failure == nil, let exchange else { return }
    do {
      try exchange.proceed()
    } catch {
      failure = error
    }
  }
}

extension Executor: TeamWork {
  package func work(worker: Int) {
    switch activity {
    case .idle:
      break
    case .stage(let stage):
      if worker == 0 || stepTimes == nil { runShards(stage, workers[worker]) }
    case .combineOwned(let stage):
      let sums = sums(stage)
      claimEach(chunksAtWork.count) { sums.combineOwned(chunksAtWork[$0]) }
    case .combine(let stage):
      claimEach(chunksAtWork.count) { combine(stage, chunksAtWork[$0]) }
    case .update:
      claimEach(updateChunks.count) { update.run(update.chunks[updateChunks[$0]]) }
    }
  }
}
