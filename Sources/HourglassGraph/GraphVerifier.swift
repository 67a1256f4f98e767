/// Checks that a graph is well formed: what passes must keep. A failure is a bug in a pass.
enum GraphVerifier {
  static func verify(_ graph: Graph, after pass: String) {
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
    let family = node.operation.family
    guard node.isPerSample == family.isPerSample(inputs: inputs.map(\.isPerSample)) else {
      return "is per sample where its inputs are not, or the reverse"
    }
    guard let expected = family.expectedShapes(inputs: inputs.map(\.shape), result: node.shape) else {
      return "has inputs \(inputs.map(\.shape))"
    }
    guard expected.inputs == inputs.map(\.shape), expected.result == node.shape else {
      return "has inputs \(inputs.map(\.shape)) and result \(node.shape), not \(expected)"
    }
    if let expected = family.lanedInputs {
      let laned = inputs.filter(\.isPerSample).count
      guard laned == expected else { return "has \(laned) per-sample inputs" }
    }
    return nil
  }
}
