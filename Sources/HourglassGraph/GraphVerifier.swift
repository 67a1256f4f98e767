import HourglassBase

/// Checks that a graph is well formed: what passes must keep. A failure is a bug in a pass.
public enum GraphVerifier {
  public static func verify(_ graph: Graph, after pass: String) {
    for (index, node) in graph.nodes.enumerated() {
      if let complaint = complaint(graph, index, node) {
        preconditionFailure("after \(pass), node %\(index) (\(node.operation.name)): \(complaint)")
      }
    }
    for output in graph.outputs {
      precondition(graph.nodes.indices.contains(output.node), "after \(pass), output \(output.name) is lost")
    }
  }

  private static func complaint(_ graph: Graph, _ index: Int, _ node: Graph.Node) -> String? {
    guard node.inputs.allSatisfy({ $0 >= 0 && $0 < index }) else { return "reads a later node" }
    let inputs = node.inputs.map { graph.nodes[$0] }
    guard node.isPerSample == node.operation.isPerSample(inputs: inputs.map(\.isPerSample)) else {
      return "is per sample where its inputs are not, or the reverse"
    }
    guard let expected = node.operation.expectedShapes(inputs: inputs.map(\.shape), result: node.shape) else {
      return "has \(inputs.count) inputs"
    }
    guard expected.inputs == inputs.map(\.shape), expected.result == node.shape else {
      return "has inputs \(inputs.map(\.shape)) and result \(node.shape), not \(expected)"
    }
    if node.operation.needsLanes {
      let laned = inputs.filter(\.isPerSample).count
      guard laned == node.operation.lanedInputs else { return "has \(laned) per-sample inputs" }
    }
    return nil
  }
}

extension Operation {
  /// How many inputs of an operation that needs lanes are per sample; the others are shared weights.
  fileprivate var lanedInputs: Int {
    switch self {
    case .convolution, .convolutionTransposed, .matrixProduct, .maxPool, .resample, .resampleTransposed,
      .batchMean:
      1
    case .convolutionWeightGradient, .outerProduct, .maxPoolScatter, .maxPoolGather: 2
    case .input, .parameter, .constant, .random, .unary, .binary, .broadcast, .sum, .reshape, .slice, .pad,
      .concatenate, .perSample:
      0
    }
  }

  /// The shapes the operation demands, taking `result` where it is free; nil for a wrong number of inputs.
  fileprivate func expectedShapes(inputs: [Shape], result: Shape) -> (inputs: [Shape], result: Shape)? {
    func arity(_ count: Int) -> Bool { inputs.count == count }
    switch self {
    case .input, .parameter, .constant, .random:
      return arity(0) ? ([], result) : nil
    case .convolution(let g):
      return arity(2) ? ([g.inputShape, g.weightShape], g.outputShape) : nil
    case .convolutionTransposed(let g):
      return arity(2) ? ([g.outputShape, g.weightShape], g.inputShape) : nil
    case .convolutionWeightGradient(let g):
      return arity(2) ? ([g.inputShape, g.outputShape], g.weightShape) : nil
    case .matrixProduct(let transposed):
      guard arity(2), inputs[0].rank == 2 else { return nil }
      let (m, n) = (inputs[0][0], inputs[0][1])
      return ([inputs[0], [transposed ? m : n]], [transposed ? n : m])
    case .outerProduct:
      guard arity(2), inputs.allSatisfy({ $0.rank == 1 }) else { return nil }
      return (inputs, [inputs[0][0], inputs[1][0]])
    case .maxPool(let g):
      return arity(1) ? ([g.inputShape], g.outputShape) : nil
    case .maxPoolScatter(let g):
      return arity(2) ? ([g.inputShape, g.outputShape], g.inputShape) : nil
    case .maxPoolGather(let g):
      return arity(2) ? ([g.inputShape, g.inputShape], g.outputShape) : nil
    case .resample(let r):
      return arity(1) ? ([r.inputShape], r.outputShape) : nil
    case .resampleTransposed(let r):
      return arity(1) ? ([r.outputShape], r.inputShape) : nil
    case .unary, .batchMean, .perSample:
      return arity(1) ? ([result], result) : nil
    case .binary:
      return arity(2) ? ([result, result], result) : nil
    case .broadcast(let shape):
      guard arity(1), inputs[0].rank == shape.rank else { return nil }
      let fits = zip(inputs[0].dimensions, shape.dimensions).allSatisfy { $0 == $1 || $0 == 1 }
      return fits ? (inputs, shape) : nil
    case .sum(let axes):
      guard arity(1), axes.allSatisfy({ 0..<inputs[0].rank ~= $0 }) else { return nil }
      return (inputs, axes.reduce(inputs[0]) { $0.replacing($1, with: 1) })
    case .reshape(let shape):
      return arity(1) && inputs[0].count == shape.count ? (inputs, shape) : nil
    case .slice(let axis, let start, let count):
      guard arity(1), 0..<inputs[0].rank ~= axis, start >= 0, start + count <= inputs[0][axis] else {
        return nil
      }
      return (inputs, inputs[0].replacing(axis, with: count))
    case .pad(let axis, let before, let after):
      guard arity(1), 0..<inputs[0].rank ~= axis else { return nil }
      return (inputs, inputs[0].replacing(axis, with: inputs[0][axis] + before + after))
    case .concatenate(let axis):
      guard let first = inputs.first, 0..<first.rank ~= axis else { return nil }
      let extent = inputs.map { $0[axis] }.reduce(0, +)
      return (inputs.map { first.replacing(axis, with: $0[axis]) }, first.replacing(axis, with: extent))
    }
  }
}
