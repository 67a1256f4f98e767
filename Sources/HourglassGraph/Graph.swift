import HourglassBase

/// A computation as a list of nodes, each after those it reads, and the named nodes it is for.
public struct Graph: Sendable {
  public struct Node: Hashable, Sendable {
    public var operation: Operation
    /// Indices of the nodes it reads.
    public var inputs: [Int]
    public var shape: Shape
    /// One value a sample, or one for all.
    public var isPerSample: Bool
    /// The layer it was built for, such as `encoder.0`; empty outside layers.
    public var scope: String
  }

  public struct Output: Hashable, Sendable {
    public var role: OutputRole
    public var node: Int

    /// The role in words.
    public var name: String { role.description }
  }

  public internal(set) var nodes: [Node] = []
  public internal(set) var outputs: [Output] = []

  public init() {}

  /// The node that computes the output with this role.
  public func output(_ role: OutputRole) -> Int? {
    outputs.first { $0.role == role }?.node
  }

  /// The node that computes an output without a special role.
  public func output(_ name: String) -> Int? { output(.output(name)) }

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
  public var users: [[Int]] {
    var result = [[Int]](repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { result[input].append(index) }
    }
    return result
  }
}

/// A symbolic value under construction: one node of a builder's graph.
public struct Tensor {
  public let builder: GraphBuilder
  public let index: Int

  package init(builder: GraphBuilder, index: Int) {
    self.builder = builder
    self.index = index
  }

  public var node: Graph.Node { builder.graph.nodes[index] }
  public var shape: Shape { node.shape }
  public var isPerSample: Bool { node.isPerSample }
}

/// Appends nodes to a graph. Equal nodes are made once.
public final class GraphBuilder {
  public private(set) var graph = Graph()
  private var known: [Key: Int] = [:]
  private var streams: UInt32 = 0
  /// The layer that new nodes belong to.
  public var scope = ""

  private struct Key: Hashable {
    var operation: Operation
    var inputs: [Int]
    var shape: Shape
  }

  public init() {}

  /// A number of its own for every random draw of this graph.
  public func newStream() -> UInt32 {
    defer { streams += 1 }
    return streams
  }

  public func output(_ role: OutputRole, _ tensor: Tensor) {
    graph.outputs.append(Graph.Output(role: role, node: tensor.index))
  }

  /// An output without a special role.
  public func output(_ name: String, _ tensor: Tensor) { output(.output(name), tensor) }

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
