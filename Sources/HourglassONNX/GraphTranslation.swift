import HourglassBase
import HourglassEngine
import HourglassGraph

/// Translates a graph of one sample into ONNX nodes, operation by operation. Values that are per sample get the batch as
/// their first axis; the others, weights and what is computed from them alone, have none.
///
/// Broadcasts are left to the operators that read their result, all of which know them by themselves, as far as they do.
/// What a layer's formula spells out and ONNX has an operator for is found by `FusedOperation`.
package struct GraphTranslation {
  let graph: Graph
  package var writer: NodeWriter
  /// The name in the file of each input of the graph.
  let inputs: [String: String]
  /// The numbers of a parameter, row-major.
  let parameter: (String) -> [Float]
  /// What has been translated, by node.
  private var values: [Int: Value] = [:]

  /// A value in the file.
  struct Value {
    var name: String
    /// Without the batch; what broadcasts to the node's shape.
    var shape: Shape
    /// Whether it has the axis of the batch.
    var hasBatch: Bool
  }

  package init(
    _ graph: Graph, inputs: [String: String], writer: NodeWriter, parameter: @escaping (String) -> [Float]
  ) {
    self.graph = graph
    self.inputs = inputs
    self.writer = writer
    self.parameter = parameter
  }

  /// Translates what these nodes need, and gives their values' names: with the batch, and in their own shapes.
  ///
  /// - Throws: `HourglassError` (usage) naming the layer and its operation where ONNX has none, as for random draws.
  package mutating func translate(_ results: [Int]) throws(HourglassError) -> [String] {
    let fused = plan(results)
    for index in graph.nodes.indices {
      guard let plan = fused[index] else { continue }
      let node = graph.nodes[index]
      writer.scope = node.scope
      switch plan {
      case .alone: values[index] = try value(node)
      case .fused(let operation): values[index] = Value(add(operation), node)
      }
    }
    writer.scope = ""
    return results.map { whole(value(at: $0), graph.nodes[$0].shape, withBatch: true).name }
  }

  private enum Plan {
    case alone
    case fused(FusedOperation)
  }

  /// How each node is translated that the results need; what only a fused operation had for itself is left out.
  private func plan(_ results: [Int]) -> [Int: Plan] {
    var plans: [Int: Plan] = [:]
    var needed = Set(results)
    for index in graph.nodes.indices.reversed() where needed.contains(index) {
      if let fused = FusedOperation(graph, at: index) {
        plans[index] = .fused(fused)
        needed.formUnion(fused.inputs)
      } else {
        plans[index] = .alone
        needed.formUnion(graph.nodes[index].inputs)
      }
    }
    return plans
  }

  // MARK: Values

  func value(at node: Int) -> Value {
    guard let value = values[node] else { preconditionFailure("a node comes after those that it reads") }
    return value
  }

  /// The value with all its elements there, for operators that do not broadcast.
  mutating func whole(_ node: Int, withBatch: Bool? = nil) -> Value {
    let target = graph.nodes[node]
    return whole(value(at: node), target.shape, withBatch: withBatch ?? target.isPerSample)
  }

  mutating func whole(_ value: Value, _ shape: Shape, withBatch: Bool) -> Value {
    guard value.shape != shape || value.hasBatch != withBatch else { return value }
    var extents = writer.integers((value.hasBatch ? [1] : []) + shape.dimensions)
    if withBatch, !value.hasBatch, let input = inputs.values.first {
      let batch = writer.add("Shape", [input], .integer("start", 0), .integer("end", 1))
      extents = shape.rank == 0 ? batch : writer.add("Concat", [batch, extents], .integer("axis", 0))
    }
    return Value(
      name: writer.add("Expand", [value.name, extents]), shape: shape, hasBatch: withBatch)
  }

  /// Where an axis of a sample is in the file.
  func axis(_ axis: Int, of value: Value) -> Int { axis + (value.hasBatch ? 1 : 0) }

  private mutating func value(_ node: Graph.Node) throws(HourglassError) -> Value {
    switch node.operation {
    case .leaf(let operation): return try value(operation, node)
    case .linear(let operation): return try value(operation, node)
    case .window(let operation): return try value(operation, node)
    case .elementwise(.unary(let function)): return value(function, of: value(at: node.inputs[0]))
    case .elementwise(.binary(let function)):
      return value(function, value(at: node.inputs[0]), value(at: node.inputs[1]))
    case .movement(let operation): return value(operation, node)
    case .alongAxis(let operation): return value(operation, node)
    case .acrossSamples(.perSample):
      // The operators that read it stretch it over the batch.
      return value(at: node.inputs[0])
    case .acrossSamples(.batchMean):
      throw unknown(node)
    }
  }

  private mutating func value(_ operation: LeafOperation, _ node: Graph.Node) throws(HourglassError) -> Value
  {
    switch operation {
    case .input(let name):
      guard let input = inputs[name] else { throw unknown(node) }
      return Value(name: input, shape: node.shape, hasBatch: true)
    case .parameter(let name):
      return Value(name: writer.weight(name, node.shape, parameter(name)), shape: node.shape, hasBatch: false)
    case .constant(let number):
      return Value(name: writer.number(number), shape: .scalar, hasBatch: false)
    case .positions:
      let numbers = (0..<node.shape.count).map(Double.init)
      return Value(name: writer.numbers(numbers), shape: node.shape, hasBatch: false)
    case .random:
      throw unknown(node)
    }
  }

  /// What only training does, or draws.
  func unknown(_ node: Graph.Node) -> HourglassError {
    let place = node.scope.isEmpty ? "The model" : "Layer \(node.scope)"
    return HourglassError(
      .usage,
      "\(place) computes \"\(node.operation.name)\", for which ONNX has no operator; use a layer without it")
  }
}

extension GraphTranslation.Value {
  /// A node's own value.
  init(_ name: String, _ node: Graph.Node) {
    self.init(name: name, shape: node.shape, hasBatch: node.isPerSample)
  }
}
