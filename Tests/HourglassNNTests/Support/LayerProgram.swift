import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN
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
  private var probes: [[Double]]

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
    builder.output("loss", loss)
    let specifications = layer.parameters(input)
    let targets = specifications.filter(\.isTrainable).map { specification in
      (specification.name, builder.parameter("net.0.\(specification.name)", shape: specification.shape))
    }
    let gradients = builder.gradient(of: loss, with: targets.map(\.1) + [x])
    for (name, gradient) in zip(targets.map(\.0) + ["x"], gradients) {
      builder.output("gradient/\(name)", gradient)
    }
    for assignment in context.assignments {
      builder.output("assign/\(assignment.parameter)", assignment.value)
    }
    graph = builder.graph
    shape = y.shape
    assignments = context.assignments.map(\.parameter)
    var numbers = Numbers(LayerCatalogue.value(layer).text)
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
        var numbers = Numbers(UInt64(stream) << 40 | UInt64(sample) << 20 | UInt64(element))
        return numbers.double(in: 0...1)
      }
    ).run(batch: Self.batch)
  }

  /// Names of the parameters that the graph reads.
  var usedParameters: Set<String> {
    Set(graph.nodes.compactMap { if case .leaf(.parameter(let name)) = $0.operation { name } else { nil } })
  }

  /// Compares each gradient with a central difference along a random direction.
  func checkGradients(sourceLocation: SourceLocation) {
    let results = run()
    let step = 1e-6
    var numbers = Numbers("directions")
    func difference(_ shift: (inout LayerProgram, Double) -> Void) -> Double {
      let values = [1.0, -1].map { sign in
        var shifted = self
        shift(&shifted, sign * step)
        return shifted.run()["loss"]!.flat[0]
      }
      return (values[0] - values[1]) / (2 * step)
    }
    func expect(_ name: String, _ products: [Double], _ numerical: Double) {
      let symbolic = products.reduce(0, +)
      let scale = max(products.map(abs).reduce(0, +), 1e-2)
      #expect(
        abs(symbolic - numerical) <= 1e-6 * scale, "\(name): \(symbolic), by differences \(numerical)",
        sourceLocation: sourceLocation)
    }
    for specification in layer.parameters(input) where specification.isTrainable {
      let direction = numbers.doubles(specification.shape.count)
      let products = zip(results["gradient/\(specification.name)"]!.flat, direction).map { $0 * $1 }
      expect(
        specification.name, products,
        difference { program, size in
          let name = "net.0.\(specification.name)"
          program.parameters[name] = zip(program.parameters[name]!, direction).map { $0 + size * $1 }
        })
    }
    let directions = samples.map { numbers.doubles($0.count) }
    // A per-sample gradient is that of the sum over the batch, the loss is the mean.
    let products = directions.indices.flatMap { sample in
      zip(results["gradient/x"]!.sample(sample), directions[sample]).map { $0 * $1 / Double(Self.batch) }
    }
    expect(
      "x", products,
      difference { program, size in
        for sample in directions.indices {
          program.samples[sample] = zip(program.samples[sample], directions[sample]).map { $0 + size * $1 }
        }
      })
  }
}

/// What every layer must keep: its settings make it again, shapes and parameters are those it declares, and its
/// gradients are right.
func checkLayer(
  _ layer: any Layer, _ input: Shape, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let value = LayerCatalogue.value(layer)
  let again = try LayerCatalogue.layer(value, path: "layer")
  #expect(LayerCatalogue.value(again) == value, sourceLocation: sourceLocation)
  for isTraining in [false, true] {
    let program = LayerProgram(layer, input, isTraining: isTraining)
    GraphVerifier.verify(program.graph, after: "building \(value.text)")
    #expect(
      LayerProgram(again, input, isTraining: isTraining).graph.description == program.graph.description,
      sourceLocation: sourceLocation)
    let declared = try layer.outputShape(input)
    #expect(declared == program.shape, sourceLocation: sourceLocation)
    let names = layer.parameters(input).map { "net.0.\($0.name)" }
    #expect(Set(names).count == names.count, sourceLocation: sourceLocation)
    let own = program.usedParameters.filter { $0.hasPrefix("net.0.") }
    #expect(
      own.subtracting(names).isEmpty, "a parameter is not declared",
      sourceLocation: sourceLocation)
    // What training alone does not use, such as moving averages, inference does.
    let other = LayerProgram(layer, input, isTraining: !isTraining)
    #expect(
      Set(names).subtracting(program.usedParameters).subtracting(other.usedParameters).isEmpty,
      "a parameter is not used", sourceLocation: sourceLocation)
    for name in program.assignments {
      let specification = layer.parameters(input).first { "net.0.\($0.name)" == name }
      #expect(specification?.isTrainable == false, sourceLocation: sourceLocation)
    }
    program.checkGradients(sourceLocation: sourceLocation)
  }
}
