import CLaneKernels
import HourglassGraph

/// What all workers share when a program is bound to memory.
struct BindingTargets {
  var kernels: KernelSet
  var shared: SharedMemory
  /// Where the samples of each input come from; whoever runs the program keeps them alive.
  var inputs: [String: SampleFeed]
  /// Room for each per-sample output, one row a sample of the batch.
  var outputs: [OutputRole: UnsafeMutablePointer<Float>]
  /// Room for values kept between stages, one block a micro-batch.
  var carried: [Int: UnsafeMutablePointer<Float>]
}

/// A stage bound to one worker's arena: kernel calls with addresses. Elements are sixteen floats, one a sample, or, for one
/// sample by itself, one float in the room of sixteen.
final class BoundStage {
  /// `count` kernel calls.
  private(set) var instructions: UnsafePointer<lane_instruction>?
  var count: Int { stepOfInstruction.count }
  /// Which of the stage's steps each instruction belongs to.
  private(set) var stepOfInstruction: [Int] = []
  let program: LoweredProgram
  let plan: MemoryPlan
  private let sums: SharedMemory.Sums
  private let arena: UnsafeMutablePointer<Float>
  let targets: BindingTargets
  /// Floats of an element.
  let lanes: Int
  private var memory: [UnsafeMutableRawPointer] = []
  private var calls: [lane_instruction] = []
  private var currentStep = 0

  init(
    _ stage: Stage, number: Int, program: LoweredProgram, plan: MemoryPlan,
    arena: UnsafeMutablePointer<Float>, targets: BindingTargets, lanes: Int = LaneLayout.lanes
  ) {
    self.lanes = lanes
    self.program = program
    self.plan = plan
    self.arena = arena
    self.targets = targets
    sums = targets.shared.sums[number]
    for (index, step) in stage.steps.enumerated() {
      currentStep = index
      bind(step, scratch: plan.scratch[index].map { arena + $0 })
    }
    instructions = UnsafePointer(table(calls))
  }

  deinit {
    for pointer in memory { pointer.deallocate() }
  }

  // MARK: Pieces

  func call<Descriptor>(
    _ function: lane_function, _ descriptor: Descriptor, servesGroup: Bool = false
  ) {
    let pointer = UnsafeMutablePointer<Descriptor>.allocate(capacity: 1)
    pointer.initialize(to: descriptor)
    memory.append(pointer)
    calls.append(
      lane_instruction(run: function, descriptor: pointer, serves_group: servesGroup ? 1 : 0))
    stepOfInstruction.append(currentStep)
  }

  func table<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let pointer = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
    pointer.initialize(from: elements, count: elements.count)
    memory.append(pointer)
    return pointer
  }

  func start(_ node: Int) -> UnsafeMutablePointer<Float> {
    guard let offset = plan.offsets[node] else { preconditionFailure("%\(node) has no place in the arena") }
    return arena + offset + floats(program.layout(node).origin)
  }

  /// A distance in a layout of sixteen floats an element, in floats.
  func floats(_ distance: Int) -> Int { distance / LaneLayout.lanes * lanes }

  func view(_ node: Int) -> lane_view {
    let layout = program.layout(node)
    return lane_view(
      data: start(node), channel_stride: Int64(floats(layout.channelStride)),
      row_stride: Int64(floats(layout.rowStride)), channels: Int32(layout.channels), rows: Int32(layout.rows),
      columns: Int32(layout.columns))
  }

  private func operand(_ node: Int) -> lane_operand {
    let layout = program.layout(node)
    return lane_operand(
      data: start(node), channel_stride: Int64(floats(layout.channelStride)),
      row_stride: Int64(floats(layout.rowStride)), column_stride: Int64(lanes), laned: 1)
  }

  func operand(_ operand: MapProgram.Operand) -> lane_operand {
    var result: lane_operand
    if operand.isPerSample {
      result = self.operand(operand.node)
    } else {
      let columns = operand.extents[2]
      result = lane_operand(
        data: targets.shared.address(operand.node), channel_stride: Int64(operand.extents[1] * columns),
        row_stride: Int64(columns), column_stride: 1, laned: 0)
    }
    if operand.repeats[0] { result.channel_stride = 0 }
    if operand.repeats[1] { result.row_stride = 0 }
    if operand.repeats[2] { result.column_stride = 0 }
    return result
  }

  func epilogue(_ epilogue: Epilogue) -> lane_epilogue {
    let activation: lane_activation =
      switch epilogue.activation {
      case .none: LANE_ACTIVATION_NONE
      case .relu: LANE_ACTIVATION_RELU
      case .sigmoid: LANE_ACTIVATION_SIGMOID
      case .tanh: LANE_ACTIVATION_TANH
      }
    return lane_epilogue(
      bias: epilogue.bias.map { UnsafePointer(targets.shared.address($0)) }, activation: activation,
      gate: epilogue.gate.map(view) ?? lane_view())
  }

  func sumsOffset(_ node: Int) -> Int {
    guard let offset = sums.offsets[node] else { preconditionFailure("%\(node) is not summed here") }
    return offset
  }

  // MARK: Steps

  private func bind(_ step: LaneStep, scratch: UnsafeMutablePointer<Float>?) {
    let kernels = targets.kernels.table.pointee
    switch step.kind {
    case .load(let name):
      bindLoad(name, step.result!)
    case .random(let distribution, let stream):
      call(
        kernels.random,
        lane_random(
          output: view(step.result!), distribution: distribution == .uniform ? LANE_UNIFORM : LANE_NORMAL,
          stream: stream))
    case .map(let map):
      bindMap(map, step.result!)
    case .reduce(let axes):
      let layout = program.layout(step.reads[0])
      let rank = program.graph.nodes[step.reads[0]].shape.rank
      let over = Set(axes.map { LaneLayout.axis($0, rank: rank) })
      call(
        kernels.reduce,
        lane_reduce(
          input: operand(step.reads[0]), channels: Int32(layout.channels), rows: Int32(layout.rows),
          columns: Int32(layout.columns), over_channels: over.contains(0) ? 1 : 0,
          over_rows: over.contains(1) ? 1 : 0, over_columns: over.contains(2) ? 1 : 0,
          output: view(step.result!)))
    case .maximum(let axis):
      call(kernels.axis_maximum, alongAxis(axis, step))
    case .largestMask(let axis, let count):
      call(kernels.axis_mask, alongAxis(axis, step, count: count))
    case .convolve(let geometry, let transposed, let epilogue):
      bindConvolution(geometry, transposed: transposed, epilogue, step)
    case .convolutionWeightGradient(let geometry):
      bindWeightGradient(geometry, step)
    case .matrixProduct(let transposed, let epilogue):
      let shape = program.graph.nodes[step.sharedReads[0]].shape
      let weights =
        lanes == 1
        ? targets.shared.packedMatrix(step.sharedReads[0], transposed: transposed)
        : targets.shared.address(step.sharedReads[0])
      call(
        lanes == 1 ? kernels.single.matrix_product : kernels.matrix_product,
        lane_matrix_product(
          weights: weights, input: start(step.reads[0]),
          output: start(step.result!), rows: Int32(shape[0]), columns: Int32(shape[1]),
          transposed: transposed ? 1 : 0, epilogue: self.epilogue(epilogue)),
        servesGroup: true)
    case .maskedProduct:
      let shape = program.graph.nodes[step.sharedReads[0]].shape
      call(
        kernels.masked_product,
        lane_masked_product(
          weights: targets.shared.address(step.sharedReads[0]),
          mask: targets.shared.address(step.sharedReads[1]),
          input: start(step.reads[0]), output: start(step.result!), rows: Int32(shape[0]),
          columns: Int32(shape[1])),
        servesGroup: true)
    case .outerProduct:
      call(
        kernels.outer_product,
        lane_outer_product(
          first: start(step.reads[0]), second: start(step.reads[1]),
          sums_offset: Int64(sumsOffset(step.reduction!)),
          rows: Int32(program.graph.nodes[step.reads[0]].shape.count),
          columns: Int32(program.graph.nodes[step.reads[1]].shape.count), scratch: scratch),
        servesGroup: true)
    case .gatherRows:
      bindGather(step)
    case .scatterRows:
      bindScatter(step, scratch: scratch)
    case .maxPool(let geometry):
      var pool = maxPool(geometry)
      pool.input = view(step.reads[0])
      pool.output = view(step.result!)
      call(lanes == 1 ? kernels.single.max_pool : kernels.max_pool, pool)
    case .maxPoolScatter(let geometry, let gated):
      var pool = maxPool(geometry)
      pool.input = view(step.reads[0])
      pool.gradient = view(step.reads[1])
      pool.scattered = view(step.result!)
      pool.gated = gated ? 1 : 0
      call(kernels.max_pool_scatter, pool)
    case .maxPoolGather(let geometry):
      var pool = maxPool(geometry)
      pool.input = view(step.reads[0])
      pool.gradient = view(step.reads[1])
      pool.output = view(step.result!)
      call(kernels.max_pool_gather, pool)
    case .resample(let resampling, let transposed):
      let rows = transposed ? resampling.rowMatrix.transposed : resampling.rowMatrix
      let columns = transposed ? resampling.columnMatrix.transposed : resampling.columnMatrix
      call(
        lanes == 1 ? kernels.single.resample : kernels.resample,
        lane_resample(
          input: view(step.reads[0]), output: view(step.result!), row_matrix: sparse(rows),
          column_matrix: sparse(columns), scratch: scratch))
    case .copy(let parts):
      for part in parts { bindCopy(part, step) }
    case .batchSum:
      let layout = program.layout(step.reads[0])
      call(
        kernels.batch_sum,
        lane_batch_sum(
          input: operand(step.reads[0]), channels: Int32(layout.channels), rows: Int32(layout.rows),
          columns: Int32(layout.columns), sums_offset: Int64(sumsOffset(step.reduction!))))
    case .zeroHalo:
      let halo = program.layout(step.result!).halo
      call(
        lanes == 1 ? kernels.single.zero_halo : kernels.zero_halo,
        lane_zero_halo(
          view: view(step.result!), top: Int32(halo.top), bottom: Int32(halo.bottom), left: Int32(halo.left),
          right: Int32(halo.right)))
    case .carryOut:
      call(kernels.carry_out, carry(step.reads[0]))
    case .carryIn:
      call(kernels.carry_in, carry(step.result!))
    case .store(let output):
      call(
        lanes == 1 ? kernels.single.store : kernels.store,
        lane_store(
          input: view(step.reads[0]), data: targets.outputs[output],
          sample_stride: Int64(program.graph.nodes[step.reads[0]].shape.count)))
    }
  }

  private func carry(_ node: Int) -> lane_carry {
    lane_carry(
      view: view(node), data: targets.carried[node]!, stride: Int64(program.layout(node).count * 16))
  }

  private func bindLoad(_ name: String, _ node: Int) {
    guard let feed = targets.inputs[name] else { preconditionFailure("no data for the input \(name)") }
    let samples = feed.source
    precondition(
      samples.shape.count == program.graph.nodes[node].shape.count,
      "input \(name) has shape \(samples.shape), not \(program.graph.nodes[node].shape)")
    var load = lane_load()
    load.locate = SampleFeed.locate
    load.source = UnsafeRawPointer(Unmanaged.passUnretained(feed).toOpaque())
    // Untouched memory costs nothing where the source has its samples in memory.
    let staging = UnsafeMutableRawPointer.allocate(
      byteCount: max(16 * samples.bytesPerSample, 1), alignment: 64)
    memory.append(staging)
    load.staging = staging
    switch samples.element {
    case .byte(let scale):
      load.element = LANE_BYTE
      load.scale = scale
    case .float:
      load.element = LANE_FLOAT
      load.scale = 1
    }
    load.output = view(node)
    let kernels = targets.kernels.table.pointee
    call(lanes == 1 ? kernels.single.load : kernels.load, load)
  }

  private func maxPool(_ geometry: PoolGeometry) -> lane_max_pool {
    var pool = lane_max_pool()
    pool.window_rows = Int32(geometry.rows.kernel)
    pool.window_columns = Int32(geometry.columns.kernel)
    pool.row_stride = Int32(geometry.rows.stride)
    pool.column_stride = Int32(geometry.columns.stride)
    pool.top = Int32(geometry.rows.padding)
    pool.left = Int32(geometry.columns.padding)
    return pool
  }

  private func sparse(_ matrix: SparseMatrix) -> lane_sparse_matrix {
    var starts: [Int32] = [0]
    for row in matrix.rows { starts.append(starts.last! + Int32(row.count)) }
    let entries = matrix.rows.flatMap { $0 }
    return lane_sparse_matrix(
      starts: table(starts), sources: table(entries.map { Int32($0.column) }),
      weights: table(entries.map { Float($0.weight) }))
  }
}
