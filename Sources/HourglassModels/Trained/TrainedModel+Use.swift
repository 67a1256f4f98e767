import HourglassBase
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
    return Pass(shown: asSamples(outputs[0]), code: outputs[1], reconstruction: asSamples(outputs[2]))
  }

  /// The code of each sample, without corruption.
  ///
  /// - Parameter progress: told now and then how many samples are done; what it throws ends the work.
  /// - Throws: `HourglassError` (usage) when the samples' shape is not the model's.
  public func encode(
    _ data: SampleArray, threads: Int? = nil, progress: (Int) throws -> Void = { _ in }
  ) throws -> SampleArray {
    let builder = GraphBuilder()
    let half = ModelInGraph(model: model, context: LayerContext(builder: builder, isTraining: false))
    builder.output("code", half.encode(builder.input("x", shape: model.inputShape)))
    return try run(builder.graph, ["code"], data, (0..<UInt32(data.count)).map { $0 }, threads, progress)[0]
  }

  /// The reconstruction from each code.
  ///
  /// - Parameters:
  ///   - codes: samples of the code's shape.
  ///   - progress: told now and then how many samples are done; what it throws ends the work.
  /// - Throws: `HourglassError` (usage) when their shape is not the code's, or the model is residual.
  public func decode(
    _ codes: SampleArray, threads: Int? = nil, progress: (Int) throws -> Void = { _ in }
  ) throws -> SampleArray {
    guard !model.isResidual else {
      throw HourglassError(
        .usage,
        "The model adds its input to what the decoder makes of a code, so a code alone gives no sample.")
    }
    let builder = GraphBuilder()
    let half = ModelInGraph(model: model, context: LayerContext(builder: builder, isTraining: false))
    builder.output("reconstruction", half.decode(builder.input("x", shape: try model.codeShape)))
    let all = (0..<UInt32(codes.count)).map { $0 }
    return asSamples(try run(builder.graph, ["reconstruction"], codes, all, threads, progress)[0])
  }

  /// What has the shape of the model's samples, as what they are.
  private func asSamples(_ values: SampleArray) -> SampleArray { values.viewed(as: model.input) ?? values }

  private func run(
    _ graph: Graph, _ outputs: [String], _ data: SampleArray, _ indices: [UInt32], _ threads: Int?,
    _ progress: (Int) throws -> Void = { _ in }
  ) throws -> [SampleArray] {
    try checkIndices(indices, of: data)
    return try ForwardPass(graph, over: data, parameters: parameters, seed: seed, threads: threads)
      .collect(outputs, indices, progress: progress)
  }

  func checkIndices(_ indices: [UInt32], of data: SampleArray) throws(HourglassError) {
    if let index = indices.first(where: { $0 >= data.count }) {
      throw HourglassError(
        .usage, "There is no sample \(index) among \(data.count); choose indices below \(data.count).")
    }
  }
}
