import HourglassBase

/// A computation as a list of nodes, each after those it reads, and the named nodes it is for.
package struct Graph: Sendable {
  package struct Node: Hashable, Sendable {
    package var operation: Operation
    /// Indices of the nodes it reads.
    package var inputs: [Int]
    package var shape: Shape
    /// One value a sample, or one for all.
    package var isPerSample: Bool
    /// The layer it was built for, such as `encoder.0`; empty outside layers.
    package var scope: String
  }

  package struct Output: Hashable, Sendable {
    package var role: OutputRole
    package var node: Int

    /// The role in words.
    package var name: String { role.description }
  }

  package internal(set) var nodes: [Node] = []
  package internal(set) var outputs: [Output] = []

  init() {}

  /// The node that computes the output with this role.
  package func output(_ role: OutputRole) -> Int? {
    outputs.first { $0.role == role }?.node
  }

  /// The node that computes an output without a special role.
  package func output(_ name: String) -> Int? { output(.output(name)) }

  /// The same computation for some of its outputs only; the passes remove what the others needed.
  package func keeping(outputs roles: some Collection<OutputRole>) -> Graph {
    var graph = self
    graph.outputs = outputs.filter { roles.contains($0.role) }
    return graph
  }

  /// Adds a second place for the same value, for a program that computes it twice.
  package mutating func appendCopy(of node: Int) -> Int {
    nodes.append(nodes[node])
    return nodes.count - 1
  }

  /// Which nodes read each node.
  package var users: [[Int]] {
    var result = [[Int]](repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { result[input].append(index) }
    }
    return result
  }
}

/// A symbolic value under construction: one node of a builder's graph.
public struct Tensor {
  package let builder: GraphBuilder
  package let index: Int

  package init(builder: GraphBuilder, index: Int) {
    self.builder = builder
    self.index = index
  }

  package var node: Graph.Node { builder.graph.nodes[index] }
  public var shape: Shape { node.shape }
  public var isPerSample: Bool { node.isPerSample }
}

/// Appends nodes to a graph. Equal nodes are made once.
public final class GraphBuilder {
  package private(set) var graph = Graph()
  private var known: [Key: Int] = [:]
  private var streams: UInt32 = 0
  /// The layer that new nodes belong to.
  package var scope = ""

  private struct Key: Hashable {
    var operation: Operation
    var inputs: [Int]
    var shape: Shape
  }

  package init() {}

  /// A number of its own for every random draw of this graph.
  func newStream() -> UInt32 {
    defer { streams += 1 }
    return streams
  }

  package func output(_ role: OutputRole, _ tensor: Tensor) {
    graph.outputs.append(Graph.Output(role: role, node: tensor.index))
  }

  /// An output without a special role.
  package func output(_ name: String, _ tensor: Tensor) { output(.output(name), tensor) }

  /// Appends a node, or finds the equal one. Shapes are the caller's word; `GraphVerifier` checks them.
  func append(_ operation: Operation, _ inputs: [Int], shape: Shape) -> Int {
    let key = Key(operation: operation, inputs: inputs, shape: shape)
    if let index = known[key] { return index }
    graph.nodes.append(
      Graph.Node(
        operation: operation, inputs: inputs, shape: shape,
        isPerSample: operation.family.isPerSample(inputs: inputs.map { graph.nodes[$0].isPerSample }),
        scope: scope))
    known[key] = graph.nodes.count - 1
    return graph.nodes.count - 1
  }

  func tensor(_ operation: Operation, _ inputs: [Tensor], shape: Shape) -> Tensor {
    Tensor(builder: self, index: append(operation, inputs.map(\.index), shape: shape))
  }
}
