/// Where each value of a stage lies in a worker's arena. Values whose lives do not overlap share memory.
package struct MemoryPlan: Sendable {
  /// Offsets in floats of per-sample nodes.
  package private(set) var offsets: [Int: Int] = [:]
  /// Offsets of the scratch room of steps, by the step's index.
  package private(set) var scratch: [Int: Int] = [:]
  /// Size of the arena in floats.
  package private(set) var size = 0

  private var free: [Range<Int>] = []

  package init(_ stage: Stage, of program: LoweredProgram) {
    var lastRead: [Int: Int] = [:]
    for (index, step) in stage.steps.enumerated() {
      for read in step.reads { lastRead[read] = index }
      // A value that nothing reads is still written.
      if let result = step.result { lastRead[result] = max(lastRead[result] ?? index, index) }
    }
    for (index, step) in stage.steps.enumerated() {
      if case .zeroHalo = step.kind { continue }  // Belongs to the step right after it.
      var dying = Set(step.reads.filter { lastRead[$0] == index })
      if let result = step.result {
        if let operand = reusable(step, result, among: dying, program) {
          offsets[result] = offsets[operand]
          dying.remove(operand)
        } else {
          offsets[result] = allocate(program.layout(result).floats)
        }
      }
      let scratchSize = step.scratchSize(program)
      if scratchSize > 0 {
        let offset = allocate(scratchSize)
        scratch[index] = offset
        release(offset, scratchSize)
      }
      for node in dying.sorted() {
        if let offset = offsets[node] { release(offset, program.layout(node).floats) }
      }
      if let result = step.result, lastRead[result] == index, let offset = offsets[result] {
        release(offset, program.layout(result).floats)
      }
    }
  }

  /// A value read for the last time that the step may overwrite with its result: each of its places is read
  /// before it is written.
  private func reusable(
    _ step: LaneStep, _ result: Int, among dying: Set<Int>, _ program: LoweredProgram
  ) -> Int? {
    let layout = program.layout(result)
    return step.overwritable.first { node in
      dying.contains(node) && program.layout(node) == layout && step.reads.filter { $0 == node }.count == 1
    }
  }

  /// The smallest hole that fits, or new room at the end.
  private mutating func allocate(_ floats: Int) -> Int {
    let floats = (floats + 15) / 16 * 16
    let fitting = free.indices.filter { free[$0].count >= floats }
    if let best = fitting.min(by: { free[$0].count < free[$1].count }) {
      let hole = free.remove(at: best)
      if hole.count > floats { insert(hole.lowerBound + floats..<hole.upperBound) }
      return hole.lowerBound
    }
    if let last = free.last, last.upperBound == size {
      free.removeLast()
      size = last.lowerBound + floats
      return last.lowerBound
    }
    defer { size += floats }
    return size
  }

  private mutating func release(_ offset: Int, _ floats: Int) {
    insert(offset..<offset + (floats + 15) / 16 * 16)
  }

  /// Keeps holes sorted and joined.
  private mutating func insert(_ hole: Range<Int>) {
    var hole = hole
    if let before = free.firstIndex(where: { $0.upperBound == hole.lowerBound }) {
      hole = free.remove(at: before).lowerBound..<hole.upperBound
    }
    if let after = free.firstIndex(where: { $0.lowerBound == hole.upperBound }) {
      hole = hole.lowerBound..<free.remove(at: after).upperBound
    }
    free.insert(hole, at: free.firstIndex { $0.lowerBound > hole.lowerBound } ?? free.endIndex)
  }
}

extension LaneStep {
  /// Values that are read only at the places being written.
  var overwritable: [Int] {
    switch kind {
    case .map(let map): map.operands.filter(\.isPerSample).map(\.node)
    case .convolve(_, _, let epilogue): epilogue.gate.map { [$0] } ?? []
    // The kernel for these windows takes one after another; the general one clears the result first.
    case .maxPoolScatter(let geometry, _): geometry.isTwoByTwo ? [reads[0]] : []
    case .load, .random, .reduce, .convolutionWeightGradient, .matrixProduct, .outerProduct, .maxPool,
      .maxPoolGather, .resample, .copy, .batchSum, .zeroHalo, .carryOut, .carryIn, .store:
      []
    }
  }

  /// Floats a step needs for itself while it runs.
  func scratchSize(_ program: LoweredProgram) -> Int {
    switch kind {
    case .outerProduct: (program.graph.nodes[reads[1]].shape.count + 16) * 16
    case .resample(let resampling, let transposed):
      (transposed ? resampling.columns.output : resampling.columns.input) * 16
    case .load, .random, .map, .reduce, .convolve, .convolutionWeightGradient, .matrixProduct, .maxPool,
      .maxPoolScatter, .maxPoolGather, .copy, .batchSum, .zeroHalo, .carryOut, .carryIn, .store:
      0
    }
  }
}

extension PoolGeometry {
  /// Windows of two by two side by side.
  var isTwoByTwo: Bool {
    [rows, columns].allSatisfy {
      $0.kernel == 2 && $0.stride == 2 && $0.padding == 0 && 2 * $0.output <= $0.input
    }
  }
}
