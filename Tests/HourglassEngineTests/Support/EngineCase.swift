import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassTestSupport
import Testing

/// A small program of the catalogue.
struct EngineCase: Sendable, CustomTestStringConvertible {
  var name: String
  var batch: Int
  /// Returns the program's outputs.
  var build: @Sendable (CaseBuilder) -> [Tensor]

  init(_ name: String, batch: Int = 3, _ build: @escaping @Sendable (CaseBuilder) -> [Tensor]) {
    self.name = name
    self.batch = batch
    self.build = build
  }

  var testDescription: String { "\(name), batch \(batch)" }

  func with(batch: Int) -> EngineCase { EngineCase(name, batch: batch, build) }
}

/// A graph under construction, with the data it is run on.
final class CaseBuilder {
  struct Data {
    var name: String
    var shape: Shape
    var range: ClosedRange<Double>
  }

  let graph = GraphBuilder()
  private(set) var inputs: [Data] = []
  private(set) var parameters: [Data] = []
  /// What derivatives are taken in.
  private(set) var targets: [(name: String, tensor: Tensor)] = []

  func input(_ shape: Shape, _ range: ClosedRange<Double> = -1...1) -> Tensor {
    let tensor = constantInput("x\(inputs.count)", shape, range)
    targets.append((inputs.last!.name, tensor))
    return tensor
  }

  func parameter(_ shape: Shape, _ range: ClosedRange<Double> = -1...1) -> Tensor {
    let tensor = constantParameter("p\(parameters.count)", shape, range)
    targets.append((parameters.last!.name, tensor))
    return tensor
  }

  func constantInput(_ name: String, _ shape: Shape, _ range: ClosedRange<Double> = -1...1) -> Tensor {
    inputs.append(Data(name: name, shape: shape, range: range))
    return graph.input(name, shape: shape)
  }

  func constantParameter(_ name: String, _ shape: Shape, _ range: ClosedRange<Double> = -1...1) -> Tensor {
    parameters.append(Data(name: name, shape: shape, range: range))
    return graph.parameter(name, shape: shape)
  }
}

/// What a case's graph computes.
enum Derivation: Sendable {
  /// The outputs themselves.
  case values
  /// A linear function of the outputs: `number`.
  case loss
  /// The sum of squares of the loss's gradients in the inputs: `number`.
  case penalty

  /// `number` alone, or with its gradients in inputs and parameters, `gradient/NAME`.
  func program(_ engineCase: EngineCase, gradients: Bool = false) -> CaseProgram {
    let builder = CaseBuilder()
    let outputs = engineCase.build(builder)
    switch self {
    case .values:
      for (index, output) in outputs.enumerated() { builder.graph.output("y\(index)", output) }
    case .loss, .penalty:
      var number = builder.linear(outputs)
      if case .penalty = self { number = builder.penalty(number) }
      builder.graph.output("number", number)
      if gradients {
        let results = builder.graph.gradient(of: number, with: builder.targets.map(\.tensor))
        for (target, result) in zip(builder.targets, results) {
          builder.graph.output(.gradient(of: target.name), result)
        }
      }
    }
    return CaseProgram(engineCase, builder)
  }
}

extension CaseBuilder {
  /// The outputs' sum weighted with numbers of each sample's own.
  fileprivate func linear(_ outputs: [Tensor]) -> Tensor {
    var total = graph.constant(0)
    for (index, output) in outputs.enumerated() {
      let weights =
        output.isPerSample
        ? constantInput("weights\(index)", output.shape) : constantParameter("weights\(index)", output.shape)
      total = total + (output * weights).sum.batchMean
    }
    return total
  }

  fileprivate func penalty(_ loss: Tensor) -> Tensor {
    let perSample = targets.filter(\.tensor.isPerSample)
    let sources = perSample.isEmpty ? targets : perSample
    var total = graph.constant(0)
    for gradient in graph.gradient(of: loss, with: sources.map(\.tensor)) {
      total = total + gradient.square.sum.batchMean
    }
    return total
  }
}

/// A graph with everything it needs to run.
struct CaseProgram {
  static let seed: UInt64 = 0x1234_5678_9ABC_DEF0
  static let epoch: UInt32 = 3

  let name: String
  let graph: Graph
  let batch: Int
  /// Shapes of the parameters by name, in order.
  let parameterShapes: [(name: String, shape: Shape)]
  let inputShapes: [String: Shape]
  var parameters: [String: [Float]] = [:]
  /// All samples, one after another; more than a batch has.
  var inputs: [String: [Float]] = [:]
  let sampleCount: Int
  let indices: [UInt32]
  let targets: [(name: String, shape: Shape, isPerSample: Bool)]

  init(_ engineCase: EngineCase, _ builder: CaseBuilder) {
    name = engineCase.name
    graph = builder.graph.graph
    batch = engineCase.batch
    let sampleCount = batch + 5
    self.sampleCount = sampleCount
    // Neither in order nor without gaps.
    indices = (0..<batch).map { UInt32(($0 * 7 + 2) % sampleCount) }
    parameterShapes = builder.parameters.map { ($0.name, $0.shape) }
    inputShapes = Dictionary(uniqueKeysWithValues: builder.inputs.map { ($0.name, $0.shape) })
    targets = builder.targets.map { ($0.name, $0.tensor.shape, $0.tensor.isPerSample) }
    for data in builder.parameters {
      var numbers = TestNumbers(name + data.name)
      parameters[data.name] = (0..<data.shape.count).map { _ in numbers.float(in: data.range) }
    }
    for data in builder.inputs {
      var numbers = TestNumbers(name + data.name)
      inputs[data.name] = (0..<sampleCount * data.shape.count).map { _ in numbers.float(in: data.range) }
    }
  }

  // MARK: In double precision

  var reference: ReferenceInterpreter {
    let philox = Philox(seed: Self.seed, epoch: Self.epoch)
    let indices = indices
    return ReferenceInterpreter(
      graph: graph, parameters: parameters.mapValues { $0.map(Double.init) },
      inputs: Dictionary(
        uniqueKeysWithValues: inputs.map { name, numbers in
          let size = inputShapes[name]!.count
          return (name, indices.map { i in numbers[Int(i) * size..<(Int(i) + 1) * size].map(Double.init) })
        }),
      draw: { distribution, stream, sample, element in
        philox.draw(distribution, stream: stream, sample: indices[sample], element: element)
      })
  }

  // MARK: On the engine

  func parameterStore() -> ParameterStore {
    let store = ParameterStore(parameterShapes.map { ($0.name, $0.shape, true) })
    for (name, numbers) in parameters { store.write(name, numbers) }
    return store
  }

  func executor(
    kernels: KernelSet, team: WorkerTeam, store: ParameterStore? = nil, exchange: (any ShardExchange)? = nil
  ) -> Executor {
    Executor(
      program: CompiledProgram(graph), parameters: store ?? parameterStore(),
      inputs: Dictionary(
        uniqueKeysWithValues: inputs.map { name, numbers in
          (name, SampleArray(trustedFloats: numbers, count: sampleCount, shape: inputShapes[name]!))
        }), maximumBatch: batch, team: team, kernels: kernels, exchange: exchange)
  }

  /// All outputs, the per-sample ones as one row a sample.
  func run(on executor: Executor) -> [String: [Float]] {
    do {
      try executor.run(indices, epoch: Self.epoch, seed: Self.seed)
    } catch {
      Issue.record(error)
    }
    return results(of: executor)
  }

  func results(of executor: Executor) -> [String: [Float]] {
    var results: [String: [Float]] = [:]
    for output in graph.outputs {
      results[output.name] =
        executor.isPerSample(output.role)
        ? executor.withPerSample(output.role) { Array($0) } : executor.shared(output.role)
    }
    return results
  }
}

extension Executor {
  func isPerSample(_ role: OutputRole) -> Bool { compiled.output(role)?.isPerSample ?? false }
}
