import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN

/// A program bound once to a model's weights and to data, and run batch after batch.
package final class ForwardPass {
  private let executor: Executor
  private let seed: UInt64
  let team: WorkerTeam

  /// - Parameters:
  ///   - program: its per-sample outputs are what a run gives; it reads the samples as `x`.
  ///   - seed: keys the noise, if there is any.
  ///   - threads: workers; all cores when nil.
  ///   - batchSize: the most samples of one batch; as many as memory is good for when nil.
  /// - Throws: `HourglassError`: usage when the samples' shape is not the program's, environment when there is no memory
  ///   for it.
  package init(
    _ program: CompiledProgram, over data: any SampleSource, parameters: ParameterStore, seed: UInt64,
    threads: Int? = nil,
    batchSize: Int? = nil
  ) throws {
    if let shape = program.inputs["x"], shape != data.shape {
      throw HourglassError(
        .usage,
        "The samples have shape \(data.shape), but the model takes \(shape); give data of that shape.")
    }
    team = try WorkerTeam.shared(threads: threads)
    self.seed = seed
    // Large outputs are collected from few samples at a time.
    let size = program.outputs.map(\.shape.count).reduce(1, +)
    let batch = min(batchSize ?? min(512, max(16, (1 << 24) / size)), max(data.count, 1))
    try Executor.admit(program, maximumBatch: batch, team: team)
    executor = Executor(
      program: program, parameters: parameters, inputs: ["x": data], maximumBatch: batch, team: team,
      kernels: try KernelSet.selected())
  }

  /// Compiles a graph that is run over these samples alone.
  package convenience init(
    _ graph: Graph, over data: any SampleSource, parameters: ParameterStore, seed: UInt64, threads: Int? = nil
  ) throws {
    try self.init(
      CompiledProgram(graph), over: data, parameters: parameters, seed: seed, threads: threads)
  }

  /// The most samples of one batch.
  package var batchSize: Int { executor.maximumBatch }

  /// Runs a batch; its outputs hold until the next one.
  ///
  /// - Parameter epoch: keys draws, if there are any.
  /// - Throws: what the source of the samples throws.
  package func run(
    _ indices: some Collection<UInt32>, epoch: UInt32 = Evaluator.epoch
  ) throws(HourglassError) {
    try executor.run(indices, epoch: epoch, seed: seed)
  }

  /// Calls `body` with an output of the last batch, one row a sample.
  package func withOutput<Result>(
    _ name: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    try executor.withPerSample(name, body)
  }

  /// Runs all these samples and collects outputs.
  ///
  /// - Parameters:
  ///   - processes: that share the work, each with the same samples.
  ///   - progress: told after each batch how many samples are done; what it throws ends the work.
  /// - Returns: the outputs of all samples; of several processes, in the first, and of no samples in the others.
  /// - Throws: what the source of the samples throws; `HourglassError` when another process is lost.
  package func collect(
    _ outputs: [String], _ indices: [UInt32], processes: (any ProcessGroup)? = nil,
    progress: (Int) throws -> Void = { _ in }
  ) throws -> [SampleArray] {
    let shapes = outputs.map { executor.compiled.output(.output($0))?.shape ?? .scalar }
    let count = processes.isFirst ? indices.count : 0
    try MemoryBudget.process.admit(
      MemoryBudget.product(4, count, shapes.reduce(0) { $0 + $1.count }),
      for: "What the model makes of \(grouped(indices.count)) samples", remedy: "give fewer samples")
    var results = shapes.map { shape in
      var floats: [Float] = []
      floats.reserveCapacity(count * shape.count)
      return floats
    }
    try processes.deal(indices.count, by: batchSize) { batch in
      try run(indices[batch])
      return OutputRows(outputs.map { withOutput($0) { Array($0) } })
    } take: { batch, rows in
      for (number, values) in rows.outputs.enumerated() { results[number].append(contentsOf: values) }
      try progress(batch.upperBound)
    }
    return zip(shapes, results).map { SampleArray(trustedFloats: $1, count: count, shape: $0) }
  }
}

/// What a batch gave.
private struct OutputRows: MessageContent {
  /// The numbers of each output, one row a sample.
  var outputs: [[Float]]

  init(_ outputs: [[Float]]) { self.outputs = outputs }

  var messageBytes: [UInt8] {
    var message = MessageWriter()
    message.append(outputs.count)
    for numbers in outputs { message.append(numbers) }
    return message.bytes
  }

  init(messageBytes: [UInt8]) throws {
    var message = MessageReader(messageBytes)
    outputs = try (0..<message.value(Int.self)).map { _ in try message.values() }
  }
}
