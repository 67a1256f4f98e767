import HourglassBase
import HourglassGraph

/// Computes a graph the plain way, in double precision, one sample after another: what every kernel and every
/// gradient is tested against. Slow on purpose; it shares no code with the engine.
package struct ReferenceInterpreter {
  let graph: Graph
  /// Row-major numbers of each parameter.
  package var parameters: [String: [Double]]
  /// Row-major numbers of each input, for each sample.
  package var inputs: [String: [[Double]]]
  /// The draw for (stream, sample of the batch, element).
  package var draw: (RandomDistribution, UInt32, Int, Int) -> Double

  package init(
    graph: Graph, parameters: [String: [Double]], inputs: [String: [[Double]]],
    draw: @escaping (RandomDistribution, UInt32, Int, Int) -> Double = { _, _, _, _ in 0 }
  ) {
    self.graph = graph
    self.parameters = parameters
    self.inputs = inputs
    self.draw = draw
  }

  /// A node's value: one array, or one for each sample.
  package enum Value {
    case shared([Double])
    case perSample([[Double]])

    fileprivate var isPerSample: Bool {
      if case .perSample = self { true } else { false }
    }

    package func sample(_ index: Int) -> [Double] {
      switch self {
      case .shared(let numbers): numbers
      case .perSample(let samples): samples[index]
      }
    }
  }

  /// The values of all outputs for a batch of this many samples.
  package func run(batch: Int) -> [String: Value] {
    var values: [Value] = []
    for node in graph.nodes {
      let inputs = node.inputs.map { values[$0] }
      let shapes = node.inputs.map { graph.nodes[$0].shape }
      values.append(evaluate(node, inputs, shapes, batch))
    }
    return Dictionary(
      graph.outputs.map { ($0.name, values[$0.node]) }, uniquingKeysWith: { first, _ in first })
  }

  private func evaluate(_ node: Graph.Node, _ inputs: [Value], _ shapes: [Shape], _ batch: Int) -> Value {
    /// The operation on one sample's numbers.
    func local(_ x: [[Double]]) -> [Double] {
      switch node.operation {
      case .leaf, .acrossSamples: x[0]
      case .linear(let operation): value(operation, x, shapes)
      case .window(let operation): value(operation, x, shapes)
      case .elementwise(.unary(let function)): x[0].map(function.value)
      case .elementwise(.binary(let function)): zip(x[0], x[1]).map(function.value)
      case .movement(let operation): value(operation, x, shapes, node.shape)
      case .alongAxis(let operation): value(operation, x[0], shapes[0])
      }
    }
    func mean() -> Value {
      var total = [Double](repeating: 0, count: node.shape.count)
      for sample in 0..<batch {
        let one = local(inputs.map { $0.sample(sample) })
        for index in total.indices { total[index] += one[index] / Double(batch) }
      }
      return .shared(total)
    }
    switch node.operation {
    case .leaf(let operation):
      return value(operation, node.shape, batch)
    case .linear, .window, .elementwise, .movement, .alongAxis:
      if node.isPerSample {
        return .perSample((0..<batch).map { sample in local(inputs.map { $0.sample(sample) }) })
      }
      return inputs.contains(where: \.isPerSample) ? mean() : .shared(local(inputs.map { $0.sample(0) }))
    case .acrossSamples(.perSample):
      return .perSample((0..<batch).map { inputs[0].sample($0) })
    case .acrossSamples(.batchMean):
      return mean()
    }
  }

  private func value(_ operation: LeafOperation, _ shape: Shape, _ batch: Int) -> Value {
    switch operation {
    case .input(let name):
      .perSample(inputs[name] ?? [])
    case .parameter(let name):
      .shared(parameters[name] ?? [])
    case .constant(let value):
      .shared(Array(repeating: value, count: shape.count))
    case .positions:
      .shared((0..<shape.count).map(Double.init))
    case .random(let distribution, let stream):
      .perSample(
        (0..<batch).map { sample in
          (0..<shape.count).map { draw(distribution, stream, sample, $0) }
        })
    }
  }
}
