import HourglassGraph

extension LoweredProgram {
  /// Chooses kernels for a simplified graph: fuses elementwise chains and epilogues, and cuts the program into
  /// stages where samples meet.
  package init(_ graph: Graph) {
    var lowering = Lowering(graph)
    lowering.run()
    self = lowering.program()
    recomputeCheapValues()
  }
}

/// Walks the graph from its outputs back, so that a node gets a step only when some step reads it.
struct Lowering {
  let graph: Graph
  let users: [[Int]]
  let isOutput: [Bool]
  /// For per-sample nodes the stage that computes them; for shared nodes the first stage that may read them.
  let stage: [Int]
  var isNeeded: [Bool]
  /// Steps of each stage, last first.
  private var reversedSteps: [[LaneStep]]
  private var reversedShared: [[SharedStep]]
  private var reductions: [[Int]]
  var packed: Set<PackedWeights> = []

  init(_ graph: Graph) {
    self.graph = graph
    users = graph.users
    var isOutput = [Bool](repeating: false, count: graph.nodes.count)
    for output in graph.outputs { isOutput[output.node] = true }
    self.isOutput = isOutput
    isNeeded = isOutput
    stage = Self.stages(graph)
    let stages = (stage.max() ?? 0) + 1
    reversedSteps = Array(repeating: [], count: stages)
    reversedShared = Array(repeating: [], count: stages)
    reductions = Array(repeating: [], count: stages)
  }

  private static func stages(_ graph: Graph) -> [Int] {
    var stage = [Int](repeating: 0, count: graph.nodes.count)
    for (index, node) in graph.nodes.enumerated() {
      let latest = node.inputs.map { stage[$0] }.max() ?? 0
      stage[index] = latest + (node.operation.isReduction ? 1 : 0)
    }
    return stage
  }

  mutating func run() {
    for output in graph.outputs.reversed() where graph.nodes[output.node].isPerSample {
      let node = graph.nodes[output.node]
      append(.store(output: output.role), reads: [output.node], at: output.node, scope: node.scope)
    }
    for index in graph.nodes.indices.reversed() where isNeeded[index] {
      lower(index)
    }
  }

  // MARK: Steps

  private mutating func append(
    _ kind: LaneStep.Kind, reads: [Int], shared: [Int] = [], result: Int? = nil, reduction: Int? = nil,
    at index: Int, scope: String
  ) {
    for read in reads + shared { isNeeded[read] = true }
    // A reduction's own stage number says when its result may be read: it runs one stage earlier.
    let place = reduction == nil ? stage[index] : stage[index] - 1
    reversedSteps[place].append(
      LaneStep(
        kind: kind, reads: reads, sharedReads: shared, result: result, reduction: reduction, scope: scope))
  }

  /// A step that writes the value of node `index`; of the node's own layer if no other is given.
  mutating func emit(
    _ kind: LaneStep.Kind, reads: [Int], shared: [Int] = [], writing index: Int, scope: String? = nil
  ) {
    append(
      kind, reads: reads, shared: shared, result: index, at: index, scope: scope ?? graph.nodes[index].scope)
  }

  /// A step that adds up node `index` over the samples.
  mutating func emitReduction(_ kind: LaneStep.Kind, at index: Int) {
    let node = graph.nodes[index]
    reductions[stage[index] - 1].append(index)
    append(kind, reads: node.inputs, reduction: index, at: index, scope: node.scope)
  }

  /// The largest map that ends at node `index`.
  mutating func emitMap(_ index: Int) {
    let map = fusedMap(rootedAt: index)
    emit(
      .map(map), reads: map.operands.filter(\.isPerSample).map(\.node),
      shared: map.operands.filter { !$0.isPerSample }.map(\.node), writing: index)
  }

  /// A step on shared values before those of a stage.
  mutating func prepare(_ step: SharedStep, stage: Int) {
    reversedShared[stage].append(step)
  }

  /// A value that is computed from shared ones alone.
  private mutating func computeShared(_ index: Int) {
    for input in graph.nodes[index].inputs { isNeeded[input] = true }
    prepare(.compute(node: index), stage: stage[index])
  }

  // MARK: Operations

  private mutating func lower(_ index: Int) {
    let isPerSample = graph.nodes[index].isPerSample
    if isPerSample, lowerFused(index) { return }
    switch graph.nodes[index].operation {
    case .leaf:
      break  // Loaded where they are read, in every stage that reads them; the shared ones lie in memory.
    case .linear(let operation):
      lower(operation, index)
    case .window(let operation):
      lower(operation, index)
    case .elementwise:
      if isPerSample { emitMap(index) } else { computeShared(index) }
    case .movement(let operation):
      if isPerSample { lower(operation, index) } else { computeShared(index) }
    case .alongAxis(let operation):
      if isPerSample { lower(operation, index) } else { computeShared(index) }
    case .acrossSamples(let operation):
      lower(operation, index)
    }
  }

  /// Nodes that the kernel of an earlier one computes as well; false where `index` is none of them.
  private mutating func lowerFused(_ index: Int) -> Bool {
    if let product = productWithEpilogue(rootedAt: index) {
      emitProduct(product.node, product.epilogue, at: index)
      return true
    }
    if let scatter = gatedScatter(rootedAt: index) {
      emit(
        .maxPoolScatter(scatter.geometry, gated: true), reads: graph.nodes[scatter.node].inputs,
        writing: index)
      return true
    }
    return false
  }

  // MARK: Result

  /// Puts the steps in order, brings in what crosses stages, and adds the halos.
  func program() -> LoweredProgram {
    let halos = self.halos()
    var stages: [Stage] = []
    var carried: [Int] = []
    var produced: [Set<Int>] = []
    for number in reversedSteps.indices {
      var local = Set(reversedSteps[number].compactMap(\.result))
      var steps: [LaneStep] = []
      for step in reversedSteps[number].reversed() {
        for read in step.reads where !local.contains(read) {
          local.insert(read)
          let bringing = bring(read)
          if case .carryIn = bringing.kind, !carried.contains(read) { carried.append(read) }
          if halos[read] != nil { steps.append(.zeroHalo(read)) }
          steps.append(bringing)
        }
        if let result = step.result, halos[result] != nil { steps.append(.zeroHalo(result)) }
        steps.append(step)
      }
      produced.append(local)
      stages.append(
        Stage(
          preparation: reversedShared[number].reversed(), steps: steps,
          reductions: reductions[number].reversed()))
    }
    for node in carried {
      stages[stage[node]].addCarryOut(node)
    }
    // The last stage number belongs to what is left to do on shared values after the last reduction.
    var conclusion: [SharedStep] = []
    while let last = stages.last, last.steps.isEmpty, stages.count > 1 {
      conclusion = last.preparation + conclusion
      stages.removeLast()
    }
    return LoweredProgram(
      graph: graph, stages: stages, conclusion: conclusion, halos: halos, carried: carried)
  }

  /// Loads and draws are repeated; anything else from an earlier stage was kept.
  private func bring(_ index: Int) -> LaneStep {
    let node = graph.nodes[index]
    let kind: LaneStep.Kind =
      switch node.operation {
      case .leaf(.input(let name)): .load(name)
      case .leaf(.random(let distribution, let stream)): .random(distribution, stream: stream)
      case .leaf(.parameter), .leaf(.constant), .leaf(.positions), .linear, .window, .elementwise, .movement,
        .alongAxis, .acrossSamples:
        .carryIn
      }
    return LaneStep(kind: kind, reads: [], sharedReads: [], result: index, reduction: nil, scope: node.scope)
  }

  private func halos() -> [Int: LaneLayout.Halo] {
    var halos: [Int: LaneLayout.Halo] = [:]
    for step in reversedSteps.joined() {
      switch step.kind {
      case .convolve(let geometry, let transposed, _):
        widen(step.reads[0], geometry, transposed: transposed, in: &halos)
      case .convolutionWeightGradient(let geometry):
        widen(step.reads[0], geometry, transposed: false, in: &halos)
      case .load, .random, .map, .reduce, .maximum, .largestMask, .matrixProduct, .maskedProduct,
        .outerProduct, .gatherRows,
        .scatterRows, .maxPool, .maxPoolScatter, .maxPoolGather, .resample, .copy, .batchSum, .zeroHalo,
        .carryOut, .carryIn, .store:
        break
      }
    }
    for step in reversedSteps.joined() { share(step, in: &halos) }
    return halos.filter { !$0.value.isEmpty }
  }

  /// A step can write its result over a large value it has no more use for only when both lie alike.
  private func share(_ step: LaneStep, in halos: inout [Int: LaneLayout.Halo]) {
    guard let result = step.result else { return }
    let shape = graph.nodes[result].shape
    for node in step.overwritable where graph.nodes[node].shape == shape && shape.count >= 4096 {
      var common = halos[node] ?? .init()
      common.widen(halos[result] ?? .init())
      halos[node] = common
      halos[result] = common
    }
  }

  private func widen(
    _ node: Int, _ geometry: ConvolutionGeometry, transposed: Bool, in halos: inout [Int: LaneLayout.Halo]
  ) {
    let rows = transposed ? AxisPlan(transposed: geometry.rows) : AxisPlan(forward: geometry.rows)
    let columns = transposed ? AxisPlan(transposed: geometry.columns) : AxisPlan(forward: geometry.columns)
    let shape = graph.nodes[node].shape
    halos[node, default: .init()].widen(
      rows: rows.halo(size: shape[1]), columns: columns.halo(size: shape[2]))
  }
}

extension LaneStep {
  fileprivate static func zeroHalo(_ node: Int) -> LaneStep {
    LaneStep(kind: .zeroHalo, reads: [], sharedReads: [], result: node, reduction: nil, scope: "")
  }
}

extension Stage {
  /// Keeps `node` right after the step that writes it.
  fileprivate mutating func addCarryOut(_ node: Int) {
    guard let writer = steps.lastIndex(where: { $0.result == node }) else {
      preconditionFailure("no step of the stage writes %\(node)")
    }
    steps.insert(
      LaneStep(kind: .carryOut, reads: [node], sharedReads: [], result: nil, reduction: nil, scope: ""),
      at: writer + 1)
  }
}

extension Operation {
  /// Whether the result is a sum over the samples.
  var isReduction: Bool {
    switch self {
    case .linear(let operation): operation.isReduction
    case .acrossSamples(let operation): operation.isReduction
    case .leaf, .window, .elementwise, .movement, .alongAxis: false
    }
  }
}
