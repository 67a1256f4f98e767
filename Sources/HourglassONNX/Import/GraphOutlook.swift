import HourglassMessages

/// What becomes of a graph's values after a node: which others read them, and how their axes are taken.
struct GraphOutlook {
  private let nodes: [ImportedNode]
  /// The nodes that read a value.
  private var readers: [String: [Int]] = [:]
  private let outputs: Set<String>

  init(_ nodes: [ImportedNode], outputs: [String]) {
    self.nodes = nodes
    self.outputs = Set(outputs)
    for (index, node) in nodes.enumerated() {
      for name in Set(node.node.input) { readers[name, default: []].append(index) }
    }
  }

  /// The nodes that use a value otherwise than for its sizes, those of its copies included.
  private func users(_ name: String) -> [ImportedNode] {
    var (seen, waiting, users) = (Set([name]), [name], [ImportedNode]())
    while let next = waiting.popLast() {
      for node in readers[next, default: []].map({ nodes[$0] }) where node.kind != "Shape" {
        if Self.copying.contains(node.kind), let output = node.node.output.first {
          if seen.insert(output).inserted { waiting.append(output) }
        } else {
          users.append(node)
        }
      }
    }
    return users
  }

  /// How often a value is used otherwise than for its sizes.
  func uses(_ name: String) -> Int { users(name).count + (outputs.contains(name) ? 1 : 0) }

  /// The only node that uses a value.
  func reader(_ name: String) -> ImportedNode? {
    let all = users(name)
    return all.count == 1 ? all[0] : nil
  }

  private static let copying: Set = ["Identity", "Cast", "Dropout"]

  /// Operators that leave the axes as they are.
  private static let keepers: Set = [
    "Identity", "Cast", "Dropout", "Relu", "LeakyRelu", "PRelu", "Elu", "Gelu", "Sigmoid", "Tanh", "Softplus",
    "Erf",
    "Sqrt", "Pow", "Greater", "Where", "Add", "Sub", "Mul", "Div", "Pad", "Slice", "LayerNormalization",
    "ReduceMean",
    // A repetition along an axis.
    "Unsqueeze", "Expand", "Tile", "Squeeze", "Concat", "Reshape",
  ]

  /// Whether the first transposition that follows on a value takes its last axis for the channels and puts them first; nil where none
  /// follows, or another.
  ///
  /// - Parameter rank: of the samples, without the batch.
  /// - Returns: also whether the value, with its axes as they are, is an output.
  func turnsLastToFirst(_ name: String, rank: Int) -> (isTurned: Bool, isOutput: Bool) {
    var seen: Set = [name]
    var waiting = [name]
    var isOutput = false
    while let next = waiting.popLast() {
      isOutput = isOutput || outputs.contains(next)
      for index in readers[next, default: []] {
        let node = nodes[index]
        if node.kind == "Transpose" {
          // With an axis more or less in between it is the same of that rank.
          let axes = node.integers("perm") ?? []
          let own = axes.count - 1
          if own == rank || own == 3, axes == [0, own] + Array(1..<own) { return (true, isOutput) }
          continue
        }
        guard Self.keepers.contains(node.kind), let output = node.node.output.first,
          seen.insert(output).inserted
        else { continue }
        waiting.append(output)
      }
    }
    return (false, isOutput)
  }
}
