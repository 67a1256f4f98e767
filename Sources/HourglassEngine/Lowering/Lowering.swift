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
  private var packed: Set<PackedWeights> = []

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
      emit(.store(output: output.name), reads: [output.node], at: output.node, scope: node.scope)
    }
    for index in graph.nodes.indices.reversed() where isNeeded[index] {
      let node = graph.nodes[index]
      if node.isPerSample {
        lowerPerSample(index, node)
      } else {
        lowerShared(index, node)
      }
    }
  }

  // MARK: Steps

  private mutating func emit(
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

  private mutating func lowerPerSample(_ index: Int, _ node: Graph.Node) {
    func emit(_ kind: LaneStep.Kind, reads: [Int], shared: [Int] = []) {
      self.emit(kind, reads: reads, shared: shared, result: index, at: index, scope: node.scope)
    }
    if let product = productWithEpilogue(rootedAt: index) {
      let epilogue = product.epilogue
      emitProduct(product.node, epilogue, at: index)
      return
    }
    if let scatter = gatedScatter(rootedAt: index) {
      let inputs = graph.nodes[scatter.node].inputs
      emit(.maxPoolScatter(scatter.geometry, gated: true), reads: inputs)
      return
    }
    switch node.operation {
    case .input, .random:
      break  // Loaded where they are read, in every stage that reads them.
    case .convolution, .convolutionTransposed, .matrixProduct:
      emitProduct(index, Epilogue(), at: index)
    case .maxPool(let geometry):
      emit(.maxPool(geometry), reads: node.inputs)
    case .maxPoolScatter(let geometry):
      emit(.maxPoolScatter(geometry, gated: false), reads: node.inputs)
    case .maxPoolGather(let geometry):
      emit(.maxPoolGather(geometry), reads: node.inputs)
    case .resample(let resampling):
      emit(.resample(resampling, transposed: false), reads: node.inputs)
    case .resampleTransposed(let resampling):
      emit(.resample(resampling, transposed: true), reads: node.inputs)
    case .unary, .binary, .broadcast, .perSample:
      let map = fusedMap(rootedAt: index)
      emit(
        .map(map), reads: map.operands.filter(\.isPerSample).map(\.node),
        shared: map.operands.filter { !$0.isPerSample }.map(\.node))
    case .sum(let axes):
      emit(.reduce(axes: axes), reads: node.inputs)
    case .reshape, .slice, .pad, .concatenate:
      emit(.copy(copyParts(node)), reads: node.inputs)
    case .parameter, .constant, .batchMean, .convolutionWeightGradient, .outerProduct:
      preconditionFailure("\(node.operation.name) is shared")
    }
  }

  private mutating func emitProduct(_ product: Int, _ epilogue: Epilogue, at index: Int) {
    let node = graph.nodes[product]
    let gate = epilogue.gate.map { [$0] } ?? []
    let bias = epilogue.bias.map { [$0] } ?? []
    switch node.operation {
    case .convolution(let geometry), .convolutionTransposed(let geometry):
      let transposed = if case .convolutionTransposed = node.operation { true } else { false }
      pack(PackedWeights(weights: node.inputs[1], geometry: geometry, transposed: transposed))
      emit(
        .convolve(geometry, transposed: transposed, epilogue), reads: [node.inputs[0]] + gate,
        shared: [node.inputs[1]] + bias, result: index, at: index, scope: node.scope)
    case .matrixProduct(let transposed):
      emit(
        .matrixProduct(transposed: transposed, epilogue), reads: [node.inputs[1]] + gate,
        shared: [node.inputs[0]] + bias, result: index, at: index, scope: node.scope)
    case .input, .parameter, .constant, .random, .convolutionWeightGradient, .outerProduct, .maxPool,
      .maxPoolScatter, .maxPoolGather, .resample, .resampleTransposed, .unary, .binary, .broadcast, .sum,
      .reshape, .slice, .pad, .concatenate, .batchMean, .perSample:
      preconditionFailure("\(node.operation.name) is no product")
    }
  }

  private mutating func pack(_ weights: PackedWeights) {
    if packed.insert(weights).inserted {
      reversedShared[stage[weights.weights]].append(.packWeights(weights))
    }
  }

  private mutating func lowerShared(_ index: Int, _ node: Graph.Node) {
    let scope = node.scope
    switch node.operation {
    case .parameter, .constant:
      break
    case .batchMean:
      reductions[stage[index] - 1].append(index)
      emit(.batchSum, reads: node.inputs, reduction: index, at: index, scope: scope)
    case .outerProduct:
      reductions[stage[index] - 1].append(index)
      emit(.outerProduct, reads: node.inputs, reduction: index, at: index, scope: scope)
    case .convolutionWeightGradient(let geometry):
      reductions[stage[index] - 1].append(index)
      emit(
        .convolutionWeightGradient(geometry), reads: node.inputs, reduction: index, at: index, scope: scope)
      if !ConvolutionPhases(geometry, transposed: false).gradientIsInOrder {
        reversedShared[stage[index]].append(.unpackGradient(node: index, geometry))
      }
    case .unary, .binary, .broadcast, .sum, .reshape, .slice, .pad, .concatenate:
      for input in node.inputs { isNeeded[input] = true }
      reversedShared[stage[index]].append(.compute(node: index))
    case .input, .random, .convolution, .convolutionTransposed, .matrixProduct, .maxPool, .maxPoolScatter,
      .maxPoolGather, .resample, .resampleTransposed, .perSample:
      preconditionFailure("\(node.operation.name) is per sample")
    }
  }

  private func copyParts(_ node: Graph.Node) -> [CopyPart] {
    let result = LaneLayout(node.shape)
    let extents = [result.channels, result.rows, result.columns]
    let zero = [0, 0, 0]
    func start(_ axis: Int, _ at: Int) -> [Int] {
      var start = zero
      start[LaneLayout.axis(axis, rank: node.shape.rank)] = at
      return start
    }
    func part(of input: Int) -> [Int] {
      let layout = LaneLayout(graph.nodes[node.inputs[input]].shape)
      return [layout.channels, layout.rows, layout.columns]
    }
    switch node.operation {
    case .reshape:
      return [
        CopyPart(source: 0, extents: extents, sourceStart: zero, targetStart: zero, reshapes: true)
      ]
    case .slice(let axis, let first, _):
      return [CopyPart(source: 0, extents: extents, sourceStart: start(axis, first), targetStart: zero)]
    case .pad(let axis, let before, _):
      return [
        CopyPart(source: nil, extents: extents, sourceStart: zero, targetStart: zero),
        CopyPart(source: 0, extents: part(of: 0), sourceStart: zero, targetStart: start(axis, before)),
      ]
    case .concatenate(let axis):
      var at = 0
      return node.inputs.indices.map { input in
        defer { at += graph.nodes[node.inputs[input]].shape[axis] }
        return CopyPart(
          source: input, extents: part(of: input), sourceStart: zero, targetStart: start(axis, at))
      }
    case .input, .parameter, .constant, .random, .convolution, .convolutionTransposed,
      .convolutionWeightGradient, .matrixProduct, .outerProduct, .maxPool, .maxPoolScatter, .maxPoolGather,
      .resample, .resampleTransposed, .unary, .binary, .broadcast, .sum, .batchMean, .perSample:
      preconditionFailure("\(node.operation.name) is no copy")
    }
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
      case .input(let name): .load(name)
      case .random(let distribution, let stream): .random(distribution, stream: stream)
      case .parameter, .constant, .convolution, .convolutionTransposed, .convolutionWeightGradient,
        .matrixProduct, .outerProduct, .maxPool, .maxPoolScatter, .maxPoolGather, .resample,
        .resampleTransposed, .unary, .binary, .broadcast, .sum, .reshape, .slice, .pad, .concatenate,
        .batchMean, .perSample:
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
      case .load, .random, .map, .reduce, .matrixProduct, .outerProduct, .maxPool, .maxPoolScatter,
        .maxPoolGather, .resample, .copy, .batchSum, .zeroHalo, .carryOut, .carryIn, .store:
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
    case .batchMean, .convolutionWeightGradient, .outerProduct: true
    case .input, .parameter, .constant, .random, .convolution, .convolutionTransposed, .matrixProduct,
      .maxPool, .maxPoolScatter, .maxPoolGather, .resample, .resampleTransposed, .unary, .binary, .broadcast,
      .sum, .reshape, .slice, .pad, .concatenate, .perSample:
      false
    }
  }
}
