import HourglassData
import HourglassEngine
import HourglassGraph
import HourglassNN

extension TrainedModel {
  /// What a forward pass gives for each sample, row-major numbers one sample after another.
  public struct Pass: Sendable {
    /// What the model was shown: the sample, or a corrupted copy where the objective corrupts.
    public var shown: SampleArray
    public var code: SampleArray
    public var reconstruction: SampleArray
  }

  /// Shows the model samples as its objective does and collects what it makes of them.
  ///
  /// - Parameter indices: which samples; all when nil.
  /// - Throws: `HourglassError` (usage) when the samples' shape is not the model's.
  public func pass(
    over data: SampleArray, indices: [UInt32]? = nil, threads: Int? = nil
  ) throws -> Pass {
    let graph = model.inferenceGraph(objective)
    let indices = indices ?? (0..<UInt32(data.count)).map { $0 }
    let outputs = try run(graph, ["shown", "code", "reconstruction"], data, indices, threads)
    return Pass(shown: outputs[0], code: outputs[1], reconstruction: outputs[2])
  }

  /// The code of each sample, without corruption.
  ///
  /// - Throws: `HourglassError` (usage) when the samples' shape is not the model's.
  public func encode(_ data: SampleArray, threads: Int? = nil) throws -> SampleArray {
    let builder = GraphBuilder()
    let half = ModelInGraph(model: model, context: LayerContext(builder: builder, isTraining: false))
    builder.output("code", half.encode(builder.input("x", shape: model.inputShape)))
    return try run(builder.graph, ["code"], data, (0..<UInt32(data.count)).map { $0 }, threads)[0]
  }

  /// The reconstruction from each code.
  ///
  /// - Parameter codes: samples of the code's shape.
  /// - Throws: `HourglassError` (usage) when their shape is not the code's.
  public func decode(_ codes: SampleArray, threads: Int? = nil) throws -> SampleArray {
    let builder = GraphBuilder()
    let half = ModelInGraph(model: model, context: LayerContext(builder: builder, isTraining: false))
    builder.output("reconstruction", half.decode(builder.input("x", shape: try model.codeShape)))
    return try run(builder.graph, ["reconstruction"], codes, (0..<UInt32(codes.count)).map { $0 }, threads)[0]
  }

  private func run(
    _ graph: Graph, _ outputs: [String], _ data: SampleArray, _ indices: [UInt32], _ threads: Int?
  ) throws -> [SampleArray] {
    guard let input = graph.nodes.first(where: { $0.operation == .input("x") }), input.shape == data.shape
    else {
      let wanted = graph.nodes.first { $0.operation == .input("x") }?.shape ?? model.inputShape
      throw HourglassError(
        .usage,
        "The samples have shape \(data.shape), but the model takes \(wanted); give data of that shape.")
    }
    if let index = indices.first(where: { $0 >= data.count }) {
      throw HourglassError(
        .usage, "There is no sample \(index) among \(data.count); choose indices below \(data.count).")
    }
    guard 1...1024 ~= threads ?? 1 else {
      throw HourglassError(.usage, "threads is \(threads ?? 1), but must be from 1 to 1,024.")
    }
    let team = WorkerTeam(count: threads ?? WorkerTeam.coreCount)
    // Large outputs are collected from few samples at a time.
    let size = graph.outputs.map { graph.nodes[$0.node].shape.count }.reduce(1, +)
    let batchSize = min(512, max(16, (1 << 24) / size), max(indices.count, 1))
    let executor = Executor(
      graph: graph, parameters: parameters, inputs: ["x": data], maximumBatch: batchSize, team: team,
      kernels: try KernelSet.selected())
    var results = outputs.map { _ in [Float]() }
    for start in stride(from: 0, to: indices.count, by: batchSize) {
      executor.run(
        indices[start..<min(start + batchSize, indices.count)], epoch: Evaluator.epoch, seed: seed)
      for (number, output) in outputs.enumerated() {
        executor.withPerSample(output) { results[number].append(contentsOf: $0) }
      }
    }
    return zip(outputs, results).map { output, floats in
      let shape = graph.output(output).map { graph.nodes[$0].shape } ?? .scalar
      return SampleArray(floats: floats, count: indices.count, shape: shape)
    }
  }
}
