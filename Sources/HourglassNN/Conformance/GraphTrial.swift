import HourglassBase
import HourglassEngine
import HourglassGraph

/// A graph with made-up numbers for everything it reads, run by the engine and by the reference interpreter.
struct GraphTrial {
  let graph: Graph
  var parameters: [String: [Double]]
  var inputs: [String: [[Double]]]
  /// The engine's, which the reference takes for its own.
  private var draws: [UInt32: [[Float]]] = [:]

  /// Enough for a full set of lanes and one sample more.
  static let samples = 17
  /// Enough to show whether samples meet; the reference is slow.
  static let fewSamples = 3

  /// An output's numbers, those of one sample after another.
  typealias Values = [String: [Double]]

  /// - Parameters:
  ///   - builder: its outputs may have any names but those with a role in training.
  ///   - range: of a parameter's numbers, by its name.
  ///   - inputs: the range of each input's numbers.
  init(
    _ builder: GraphBuilder, range: (String) -> ClosedRange<Double> = { _ in -1...1 },
    inputs ranges: [String: ClosedRange<Double>]
  ) throws(HourglassError) {
    for (index, node) in builder.graph.nodes.enumerated() {
      if case .leaf(.random(_, let stream)) = node.operation {
        builder.output("draw \(stream)", Tensor(builder: builder, index: index))
      }
    }
    graph = builder.graph
    parameters = [:]
    inputs = [:]
    var stream: UInt32 = 0
    func numbers(_ count: Int, _ range: ClosedRange<Double>) -> [Double] {
      var random = RandomNumbers(seed: 23, purpose: .sampling, stream: stream)
      stream += 1
      // Numbers that 32 bits hold, so that both sides compute with the same.
      return (0..<count).map { _ in
        Double(Float(range.lowerBound + (range.upperBound - range.lowerBound) * random.uniform()))
      }
    }
    for node in graph.nodes {
      if case .leaf(.parameter(let name)) = node.operation, parameters[name] == nil {
        parameters[name] = numbers(node.shape.count, range(name))
      } else if case .leaf(.input(let name)) = node.operation, inputs[name] == nil {
        inputs[name] = (0..<Self.samples).map { _ in numbers(node.shape.count, ranges[name] ?? -1...1) }
      }
    }
    guard graph.outputs.contains(where: { $0.name.hasPrefix("draw ") }) else { return }
    let drawn = try engine(batch: Array(0..<Self.samples))
    for output in graph.outputs {
      if case .leaf(.random(_, let stream)) = graph.nodes[output.node].operation {
        let size = graph.nodes[output.node].shape.count
        let numbers = (drawn[output.name] ?? []).map { Float($0) }
        draws[stream] = (0..<Self.samples).map { Array(numbers[$0 * size..<($0 + 1) * size]) }
      }
    }
  }

  /// What the engine makes of these samples.
  func engine(batch: [Int]) throws(HourglassError) -> Values {
    let shapes = Dictionary(
      graph.nodes.compactMap { node in
        if case .leaf(.parameter(let name)) = node.operation { (name, node.shape) } else { nil }
      }, uniquingKeysWith: { first, _ in first })
    let names = parameters.keys.sorted()
    let store = ParameterStore(names.map { ($0, shapes[$0] ?? .scalar, true) })
    for name in names { store.write(name, parameters[name]?.map { Float($0) } ?? []) }
    let arrays = Dictionary(
      graph.nodes.compactMap { node -> (String, SampleArray)? in
        guard case .leaf(.input(let name)) = node.operation else { return nil }
        let floats = (inputs[name] ?? []).flatMap { $0.map { Float($0) } }
        return (name, SampleArray(trustedFloats: floats, count: Self.samples, shape: node.shape))
      }, uniquingKeysWith: { first, _ in first })
    let executor = Executor(
      graph: graph, parameters: store, inputs: arrays, maximumBatch: Self.samples,
      team: WorkerTeam(count: 1), kernels: try KernelSet.selected())
    try executor.run(batch.map { UInt32($0) }, epoch: 0, seed: 1)
    var values: Values = [:]
    for output in graph.outputs {
      values[output.role.description] =
        graph.nodes[output.node].isPerSample
        ? executor.withPerSample(output.role) { $0.map { Double($0) } }
        : executor.shared(output.role).map { Double($0) }
    }
    return values
  }

  /// What the reference interpreter makes of the first samples.
  func reference(batch: Int = fewSamples) -> Values {
    let interpreter = ReferenceInterpreter(
      graph: graph, parameters: parameters, inputs: inputs.mapValues { Array($0.prefix(batch)) },
      draw: { _, stream, sample, element in Double(draws[stream]?[sample][element] ?? 0) })
    return interpreter.run(batch: batch).mapValues { value in
      switch value {
      case .shared(let numbers): numbers
      case .perSample(let samples): samples.flatMap { $0 }
      }
    }
  }

  func isPerSample(_ output: String) -> Bool {
    graph.output(output).map { graph.nodes[$0].isPerSample } ?? false
  }
}

// MARK: - What must hold

extension GraphTrial {
  /// An output that the engine computes otherwise than the reference, in words; nil where there is none.
  ///
  /// Every number may be off by a ten-thousandth of the largest of its output, or of a tenth of the largest of all: what
  /// cancels leaves the rounding errors of its terms.
  func disagreement() throws(HourglassError) -> String? {
    let found = try engine(batch: Array(0..<Self.samples))
    let expected = reference(batch: Self.samples)
    let largest = expected.values.joined().map(abs).max() ?? 0
    for (name, numbers) in expected.sorted(by: { $0.key < $1.key }) {
      guard let own = found[name], own.count == numbers.count else {
        return
          "the engine gives \(found[name]?.count ?? 0) numbers of \(name), the reference \(numbers.count)"
      }
      let scale = max(numbers.map(abs).max() ?? 0, largest / 10, 1e-3)
      for (place, pair) in zip(own, numbers).enumerated() where !(abs(pair.0 - pair.1) <= 1e-4 * scale) {
        return "the engine gives \(pair.0) for number \(place) of \(name), the reference \(pair.1)"
      }
    }
    return nil
  }

  /// A sample whose value of an output depends on the batch or on its place in it, in words.
  func dependence(of output: String) throws(HourglassError) -> String? {
    let all = Array(0..<Self.samples)
    let whole = try engine(batch: all)[output] ?? []
    let size = whole.count / Self.samples
    for batch in [[0], Array(0..<15), Array(0..<16), all.reversed()] {
      let part = try engine(batch: batch)[output] ?? []
      for (place, sample) in batch.enumerated()
      where part[place * size..<(place + 1) * size].map(\.bitPattern)
        != whole[sample * size..<(sample + 1) * size].map(\.bitPattern)
      {
        return
          "sample \(sample) gets another value in a batch of \(batch.count) than in one of \(Self.samples)"
      }
    }
    return nil
  }

  /// A gradient of the output `loss` that central differences along a random direction do not give, in words.
  ///
  /// - Parameter slopes: for each output that is a gradient, the parameter or input that it is for.
  func wrongGradient(_ slopes: [(output: String, of: String)]) -> String? {
    let results = reference()
    let step = 1e-6
    var random = RandomNumbers(seed: 29, purpose: .sampling)
    func direction(_ count: Int) -> [Double] { (0..<count).map { _ in 2 * random.uniform() - 1 } }
    for (output, name) in slopes {
      let gradient = results[output] ?? []
      // A gradient in a per-sample value is that of the sum over the batch, the loss is the mean.
      let isInput = inputs[name] != nil
      let count = isInput ? Self.fewSamples * (inputs[name]?[0].count ?? 0) : gradient.count
      let way = direction(count)
      // It may be the same for all samples.
      let products = way.indices.map { way[$0] * gradient[$0 % gradient.count] }
        .map { isInput ? $0 / Double(Self.fewSamples) : $0 }
      let losses = [step, -step].map { size -> Double in
        var shifted = self
        shifted.shift(name, by: way.map { size * $0 })
        return shifted.reference()["loss"]?.first ?? .nan
      }
      let numerical = (losses[0] - losses[1]) / (2 * step)
      let symbolic = products.reduce(0, +)
      let scale = max(products.map(abs).reduce(0, +), 1e-2)
      guard abs(symbolic - numerical) <= 1e-6 * scale else {
        return
          "the gradient of \(name) is \(symbolic) along a direction in which differences give \(numerical)"
      }
    }
    return nil
  }

  private mutating func shift(_ name: String, by amounts: [Double]) {
    if let numbers = parameters[name] {
      parameters[name] = zip(numbers, amounts).map { $0 + $1 }
      return
    }
    let size = inputs[name]?[0].count ?? 0
    for sample in 0..<Self.fewSamples {
      for element in 0..<size { inputs[name]?[sample][element] += amounts[sample * size + element] }
    }
  }
}
