/// A named transformation of a graph that keeps its meaning.
package struct GraphPass: Sendable {
  package let name: String
  /// One line for `hourglass explain`.
  package let summary: String
  let transform: @Sendable (Graph) -> Graph

  /// Runs the pass and verifies what it made.
  package func callAsFunction(_ graph: Graph) -> Graph {
    let result = transform(graph)
    GraphVerifier.verify(result, after: name)
    return result
  }

  /// The passes every program goes through, in order.
  package static let all: [GraphPass] = [.simplify, .mergeUpsampling, .simplify, .removeUnused]
}

extension Graph {
  /// Rebuilds the graph node by node. `rule` sees a node whose inputs are already rewritten and may return
  /// another tensor for it; nil keeps it.
  package func rewritten(_ rule: (Node, [Tensor], GraphBuilder) -> Tensor?) -> Graph {
    let builder = GraphBuilder()
    var replacement: [Int] = []
    replacement.reserveCapacity(nodes.count)
    for node in nodes {
      let inputs = node.inputs.map { Tensor(builder: builder, index: replacement[$0]) }
      builder.scope = node.scope
      let tensor = rule(node, inputs, builder) ?? builder.tensor(node.operation, inputs, shape: node.shape)
      replacement.append((node.isPerSample ? tensor.inLanes : tensor).index)
    }
    for output in outputs {
      builder.output(output.role, Tensor(builder: builder, index: replacement[output.node]))
    }
    return builder.graph
  }
}

extension GraphPass {
  /// Drops what no output needs.
  static let removeUnused = GraphPass(
    name: "remove-unused", summary: "drop nodes that no output needs"
  ) {
    graph in
    var isUsed = [Bool](repeating: false, count: graph.nodes.count)
    for output in graph.outputs { isUsed[output.node] = true }
    for index in graph.nodes.indices.reversed() where isUsed[index] {
      for input in graph.nodes[index].inputs { isUsed[input] = true }
    }
    var result = Graph()
    var replacement = [Int](repeating: -1, count: graph.nodes.count)
    for (index, node) in graph.nodes.enumerated() where isUsed[index] {
      var kept = node
      kept.inputs = node.inputs.map { replacement[$0] }
      replacement[index] = result.nodes.count
      result.nodes.append(kept)
    }
    result.outputs = graph.outputs.map { Output(role: $0.role, node: replacement[$0.node]) }
    return result
  }

  private typealias Output = Graph.Output
}
