import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN
import HourglassTestSupport
import Testing

/// One layer's graph with numbers to run it on in double precision.
struct LayerProgram {
  var layer: any Layer
  var input: Shape
  var isTraining: Bool
  var graph: Graph
  var shape: Shape
  var assignments: [String]
  var parameters: [String: [Double]]
  var samples: [[Double]]
  var probes: [[Double]]

  static let batch = 4

  /// Outputs `y`; `loss`, a linear function of `y` and the layer's penalties; `gradient/NAME` and `gradient/x`
  /// of it; `assign/NAME`.
  init(_ layer: any Layer, _ input: Shape, isTraining: Bool) {
    self.layer = layer
    self.input = input
    self.isTraining = isTraining
    let builder = GraphBuilder()
    let context = LayerContext(builder: builder, isTraining: isTraining)
    let x = builder.input("x", shape: input)
    let y = Network("net", [layer]).apply(x, context)
    builder.output("y", y)
    var loss = (y * builder.input("probe", shape: y.shape)).sum.batchMean
    for penalty in context.penalties { loss = loss + penalty.batchMean }
    if let posterior = context.posterior { loss = loss + posterior.divergence.batchMean }
    if let code = context.quantizedCode { loss = loss + code.bits.batchMean }
    builder.output(.loss, loss)
    let specifications = layer.parameters(input)
    let targets = specifications.filter(\.isTrainable).map { specification in
      (specification.name, builder.parameter("net.0.\(specification.name)", shape: specification.shape))
    }
    let gradients = builder.gradient(of: loss, with: targets.map(\.1) + [x])
    for (name, gradient) in zip(targets.map(\.0) + ["x"], gradients) {
      builder.output(.gradient(of: name), gradient)
    }
    for assignment in context.assignments {
      builder.output(.assignment(to: assignment.parameter), assignment.value)
    }
    graph = builder.graph
    shape = y.shape
    assignments = context.assignments.map(\.parameter)
    var numbers = TestNumbers(LayerCatalogue.value(layer).text)
    parameters = [:]
    for specification in specifications {
      // Variances are positive.
      let range = specification.name.hasSuffix("variance") ? 0.5...2 : -1.0...1
      parameters["net.0.\(specification.name)"] = numbers.doubles(specification.shape.count, in: range)
    }
    // What a layer borrows of another.
    for case .leaf(.parameter(let name)) in graph.nodes.map(\.operation) where parameters[name] == nil {
      let shape = graph.nodes.first { $0.operation == .leaf(.parameter(name)) }?.shape ?? .scalar
      parameters[name] = numbers.doubles(shape.count, in: -1...1)
    }
    samples = (0..<Self.batch).map { _ in numbers.doubles(input.count) }
    probes = (0..<Self.batch).map { _ in numbers.doubles(y.shape.count) }
  }

  func run() -> [String: ReferenceInterpreter.Value] {
    ReferenceInterpreter(
      graph: graph, parameters: parameters, inputs: ["x": samples, "probe": probes],
      draw: { _, stream, sample, element in
        var numbers = TestNumbers(UInt64(stream) << 40 | UInt64(sample) << 20 | UInt64(element))
        return numbers.double(in: 0...1)
      }
    ).run(batch: Self.batch)
  }
}
