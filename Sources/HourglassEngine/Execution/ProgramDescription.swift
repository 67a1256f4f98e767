// A compiled program in words, for `hourglass explain`.
extension CompiledProgram {
  /// The kernel calls of each stage.
  package var kernelCalls: String {
    let program = lowered
    var lines: [String] = []
    for (number, stage) in program.stages.enumerated() {
      lines.append("stage \(number), once:")
      lines += stage.preparation.map { "  \($0.description)" }
      lines.append("stage \(number), for every sixteen samples:")
      for step in stage.steps {
        let result = step.result.map { "%\($0) \(program.graph.nodes[$0].shape) = " } ?? ""
        let sum = step.reduction.map { "%\($0) \(program.graph.nodes[$0].shape) += " } ?? ""
        let reads = (step.reads + step.sharedReads).map { "%\($0)" }.joined(separator: ", ")
        let scope = step.scope.isEmpty ? "" : "  [\(step.scope)]"
        lines.append("  \(result)\(sum)\(step.kind.description) (\(reads))\(scope)")
      }
    }
    lines.append("after the last stage, once:")
    lines += program.conclusion.map { "  \($0.description)" }
    return lines.joined(separator: "\n")
  }

  /// Where each value of each stage lies in a worker's arena.
  package var memoryLayout: String {
    let program = lowered
    var lines: [String] = []
    for (number, plan) in plans.enumerated() {
      lines.append("stage \(number): arena of \(plan.size * 4 / 1024) KiB a worker")
      for (node, offset) in plan.offsets.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
        let layout = program.layout(node)
        let halo = layout.halo.isEmpty ? "" : ", halo \(layout.halo.description)"
        lines.append(
          "  at \(offset * 4 / 1024) KiB: %\(node) \(program.graph.nodes[node].operation.name) "
            + "\(program.graph.nodes[node].shape), \(layout.floats * 4 / 1024) KiB\(halo)")
      }
    }
    return lines.joined(separator: "\n")
  }
}

extension LaneLayout.Halo: CustomStringConvertible {
  package var description: String { "\(top) above, \(bottom) below, \(left) left, \(right) right" }
}

extension SharedStep: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unpackGradient(let node, let geometry): "%\(node) = unpack gradient \(geometry)"
    case .packWeights(let packed):
      "pack weights %\(packed.weights) for \(packed.transposed ? "transposed " : "")\(packed.geometry)"
    case .compute(let node): "compute %\(node)"
    }
  }
}

extension LaneStep.Kind: CustomStringConvertible {
  package var description: String {
    switch self {
    case .load(let name): "load \(name)"
    case .random(let distribution, let stream): "random \(distribution.rawValue) stream \(stream)"
    case .map(let map): "map " + map.steps.map(\.function.name).joined(separator: " · ")
    case .reduce(let axes): "sum over axes \(axes.map(String.init).joined(separator: ", "))"
    case .maximum(let axis): "maximum along axis \(axis)"
    case .largestMask(let axis, let count): "mask of the \(count) largest along axis \(axis)"
    case .convolve(let geometry, let transposed, let epilogue):
      "\(transposed ? "transposed " : "")convolution \(geometry)\(epilogue.description)"
    case .convolutionWeightGradient(let geometry): "weight gradient \(geometry)"
    case .matrixProduct(let transposed, let epilogue):
      "\(transposed ? "transposed " : "")matrix product\(epilogue.description)"
    case .maskedProduct: "masked product"
    case .outerProduct: "outer product"
    case .gatherRows: "gather rows"
    case .scatterRows: "scatter rows"
    case .maxPool(let geometry): "max pool \(geometry)"
    case .maxPoolScatter(let geometry, let gated): "max pool scatter \(geometry)\(gated ? " · gate" : "")"
    case .maxPoolGather(let geometry): "max pool gather \(geometry)"
    case .resample(let resampling, let transposed): "\(transposed ? "transposed " : "")resample \(resampling)"
    case .copy: "copy"
    case .batchSum: "sum over samples"
    case .zeroHalo: "zero halo"
    case .carryOut: "keep for a later stage"
    case .carryIn: "bring from an earlier stage"
    case .store(let output): "store \(output)"
    }
  }
}

extension Epilogue: CustomStringConvertible {
  package var description: String {
    (bias == nil ? "" : " · bias") + (activation == .none ? "" : " · \(activation.rawValue)")
      + (gate == nil ? "" : " · gate")
  }
}

extension MapProgram.Function {
  fileprivate var name: String {
    switch self {
    case .unary(let function): function.rawValue
    case .binary(let function): function.rawValue
    }
  }
}
