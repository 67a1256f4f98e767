import HourglassBase
import HourglassGraph

// Which nodes share one kernel call.

extension Lowering {
  /// A node may vanish into the kernel that reads it when nothing else reads it.
  private func isPrivate(_ index: Int, to reader: Int) -> Bool {
    users[index] == [reader] && !isOutput[index] && stage[index] == stage[reader]
      && graph.nodes[index].isPerSample
  }

  // MARK: Epilogues

  /// `gate(activation(product + bias))`, any part of which may be missing but not all, ending at `root`.
  func productWithEpilogue(rootedAt root: Int) -> (node: Int, epilogue: Epilogue)? {
    var epilogue = Epilogue()
    var index = root
    if let (value, gate) = gatedValue(index) {
      epilogue.gate = gate
      index = value
    }
    if let (value, activation) = activatedValue(index) {
      epilogue.activation = activation
      index = value
    }
    if let (value, bias) = biasedValue(index) {
      epilogue.bias = bias
      index = value
    }
    return index != root && isProduct(index) ? (index, epilogue) : nil
  }

  /// `max pool scatter * step(input)`, the gradient of pooling after ReLU.
  func gatedScatter(rootedAt root: Int) -> (node: Int, geometry: PoolGeometry)? {
    guard let (value, gate) = gatedValue(root),
      case .window(.maxPoolScatter(let geometry)) = graph.nodes[value].operation,
      graph.nodes[value].inputs[0] == gate
    else { return nil }
    return (value, geometry)
  }

  private func isProduct(_ index: Int) -> Bool {
    if case .linear(let operation) = graph.nodes[index].operation { operation.isProduct } else { false }
  }

  /// `value * step(gate)`.
  private func gatedValue(_ index: Int) -> (value: Int, gate: Int)? {
    guard case .elementwise(.binary(.multiply)) = graph.nodes[index].operation else { return nil }
    let inputs = graph.nodes[index].inputs
    for (value, mask) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])] {
      if case .elementwise(.unary(.step)) = graph.nodes[mask].operation, graph.nodes[mask].isPerSample,
        isPrivate(value, to: index), stage[mask] == stage[index]
      {
        return (value, graph.nodes[mask].inputs[0])
      }
    }
    return nil
  }

  private func activatedValue(_ index: Int) -> (value: Int, Epilogue.Activation)? {
    guard case .elementwise(.unary(let function)) = graph.nodes[index].operation else { return nil }
    let activation: Epilogue.Activation
    switch function {
    case .relu: activation = .relu
    case .sigmoid: activation = .sigmoid
    case .tanh: activation = .tanh
    default: return nil
    }
    let value = graph.nodes[index].inputs[0]
    return isPrivate(value, to: index) ? (value, activation) : nil
  }

  /// `value + bias`, the bias shared and one number a channel.
  private func biasedValue(_ index: Int) -> (value: Int, bias: Int)? {
    guard case .elementwise(.binary(.add)) = graph.nodes[index].operation else { return nil }
    let inputs = graph.nodes[index].inputs
    for (value, added) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])] {
      guard isPrivate(value, to: index), isProduct(value), !graph.nodes[added].isPerSample else { continue }
      let operand = operand(added)
      if !operand.isPerSample, operand.repeats[0] == (graph.nodes[index].shape[0] == 1),
        graph.nodes[operand.node].shape.count == graph.nodes[index].shape[0]
      {
        return (value, operand.node)
      }
    }
    return nil
  }

  // MARK: Elementwise chains

  static let mostOperands = 12
  static let mostSteps = 32

  /// The largest tree of elementwise nodes ending at `root` of which nothing else reads the inner ones.
  func fusedMap(rootedAt root: Int) -> MapProgram {
    var tree = MapTree()
    let rootTerm = grow(root, isRoot: true, &tree)
    return tree.program(root: rootTerm)
  }

  private func grow(_ index: Int, isRoot: Bool, _ tree: inout MapTree) -> MapTree.Term {
    let node = graph.nodes[index]
    let function: MapProgram.Function
    switch node.operation {
    case .elementwise(let operation):
      function = MapProgram.Function(operation)
    case .leaf, .linear, .window, .movement, .alongAxis, .acrossSamples:
      // What is no function only moves an operand into lanes or along axes.
      return tree.operand(operand(index))
    }
    // Every open node on the way up, this one included, may still add an operand and a step; the input itself
    // up to two operands.
    let inputs = node.inputs.map { input in
      let mayGrow =
        isPrivate(input, to: index) && isElementwise(input) && productWithEpilogue(rootedAt: input) == nil
        && gatedScatter(rootedAt: input) == nil && tree.operands.count + tree.depth + 3 <= Self.mostOperands
        && tree.steps.count + tree.depth + 2 <= Self.mostSteps
      if mayGrow {
        tree.depth += 1
        defer { tree.depth -= 1 }
        return grow(input, isRoot: false, &tree)
      }
      return tree.operand(operand(input))
    }
    return tree.step(function, inputs)
  }

  private func isElementwise(_ index: Int) -> Bool {
    if case .elementwise = graph.nodes[index].operation { true } else { false }
  }

  /// A value as a map reads it: through broadcasts and into lanes, without storing either.
  func operand(_ index: Int) -> MapProgram.Operand {
    let shape = graph.nodes[index].shape
    var source = index
    while case .movement(.broadcast) = graph.nodes[source].operation {
      source = graph.nodes[source].inputs[0]
    }
    while case .acrossSamples(.perSample) = graph.nodes[source].operation {
      source = graph.nodes[source].inputs[0]
    }
    while case .movement(.broadcast) = graph.nodes[source].operation {
      source = graph.nodes[source].inputs[0]
    }
    if case .leaf(.constant) = graph.nodes[source].operation {
      return .init(node: source, isPerSample: false, extents: [1, 1, 1], repeats: [true, true, true])
    }
    let inner = extents(graph.nodes[source].shape)
    let repeats = zip(inner, extents(shape)).map { $0 == 1 || $0 != $1 }
    let isPerSample = graph.nodes[source].isPerSample
    // Shared values lie in row-major order whatever axes of extent 1 they have.
    while case .movement(.reshape) = graph.nodes[source].operation, !isPerSample {
      source = graph.nodes[source].inputs[0]
    }
    return .init(node: source, isPerSample: isPerSample, extents: inner, repeats: repeats)
  }

  private func extents(_ shape: Shape) -> [Int] {
    guard shape.rank <= 3 else { return [shape.count, 1, 1] }
    let layout = LaneLayout(shape)
    return [layout.channels, layout.rows, layout.columns]
  }
}

/// A map under construction: terms are operands or steps until the number of operands is known.
private struct MapTree {
  enum Term: Hashable {
    case operand(Int)
    case step(Int)
  }

  var operands: [MapProgram.Operand] = []
  var steps: [(function: MapProgram.Function, inputs: [Term])] = []
  var depth = 0

  mutating func operand(_ operand: MapProgram.Operand) -> Term {
    if let index = operands.firstIndex(of: operand) { return .operand(index) }
    operands.append(operand)
    return .operand(operands.count - 1)
  }

  mutating func step(_ function: MapProgram.Function, _ inputs: [Term]) -> Term {
    steps.append((function, inputs))
    return .step(steps.count - 1)
  }

  func program(root: Term) -> MapProgram {
    func register(_ term: Term) -> Int {
      switch term {
      case .operand(let index): index
      case .step(let index): operands.count + index
      }
    }
    return MapProgram(
      operands: operands,
      steps: steps.map {
        .init(
          function: $0.function, first: register($0.inputs[0]),
          second: register($0.inputs.count > 1 ? $0.inputs[1] : $0.inputs[0]))
      })
  }
}
