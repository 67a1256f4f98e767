import HourglassBase
import HourglassEngine
import HourglassGraph

extension TrainedModel {
  /// The same weights for series of another length, or images of another size, than the model was trained on.
  ///
  /// ```swift
  /// let longer = try trained.taking(.series(channels: 2, length: 10_000))
  /// ```
  ///
  /// - Parameter input: of the model's kind and channels.
  /// - Throws: `HourglassError` (usage) with the layer that serves one size only, when samples are of another kind or have other
  ///   channels, or when the layers cannot make anything of this size.
  public func taking(_ input: SampleForm) throws(HourglassError) -> TrainedModel {
    TrainedModel(
      model: try model.taking(input), objective: objective, parameters: parameters, seed: seed,
      codeFrequencies: codeFrequencies, values: values)
  }

  /// What a forward pass gives for each sample, row-major numbers one sample after another.
  public struct Pass: Sendable {
    /// What the model was shown: the sample, or a corrupted copy where the objective corrupts.
    public var shown: SampleArray
    public var code: SampleArray
    public var reconstruction: SampleArray
  }

  /// Shows the model samples as its objective does and collects what it makes of them. Their numbers are taken as they are:
  /// bytes that a model learnt from stood for 0...1, so floats 0...255 are other samples to it, which nobody tells.
  ///
  /// - Parameters:
  ///   - indices: which samples; all when nil.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Throws: `HourglassError` (usage) when the samples' shape is not the model's.
  public func pass(
    over data: any SampleSource, indices: [UInt32]? = nil, threads: Int? = nil,
    progress: WorkProgress.Report = { _ in }
  ) throws -> Pass {
    let program = CompiledProgram(model.inferenceGraph(objective))
    let indices = indices ?? (0..<UInt32(data.count)).map { $0 }
    let outputs = try run(program, ["shown", "code", "reconstruction"], data, indices, threads) {
      try progress(WorkProgress("reconstructing", done: $0, of: indices.count, "samples"))
    }
    return Pass(shown: asSamples(outputs[0]), code: outputs[1], reconstruction: asSamples(outputs[2]))
  }

  /// The code of each sample, without corruption.
  ///
  /// - Parameter progress: told now and then; what it throws ends the work.
  /// - Throws: `HourglassError`: usage when the samples' shape is not the model's, badData when they are floats 0...255 and the
  ///   model learnt bytes, which stood for 0...1.
  public func encode(
    _ data: any SampleSource, threads: Int? = nil, progress: WorkProgress.Report = { _ in }
  ) throws -> SampleArray {
    try encode(data, threads: threads, processes: nil, progress: progress)
  }

  /// As the public one.
  ///
  /// - Parameter processes: that share the work, each with the same samples.
  /// - Returns: the codes of all samples in the first process, of none in the others.
  package func encode(
    _ data: any SampleSource, threads: Int? = nil, processes: (any ProcessGroup)?,
    progress: WorkProgress.Report = { _ in }
  ) throws -> SampleArray {
    let all = (0..<UInt32(data.count)).map { $0 }
    try checkUnits(data)
    return try run(ModelPrograms.encoder(model), ["code"], data, all, threads, processes) {
      try progress(WorkProgress("encoding", done: $0, of: data.count, "samples"))
    }[0]
  }

  /// The reconstruction from each code.
  ///
  /// - Parameters:
  ///   - codes: samples of the code's shape.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Throws: `HourglassError` (usage) when their shape is not the code's, or the model is residual.
  public func decode(
    _ codes: any SampleSource, threads: Int? = nil, progress: WorkProgress.Report = { _ in }
  ) throws -> SampleArray {
    let program = try ModelPrograms.decoder(model)
    let all = (0..<UInt32(codes.count)).map { $0 }
    let values = try run(program, ["reconstruction"], codes, all, threads) {
      try progress(WorkProgress("decoding", done: $0, of: codes.count, "samples"))
    }
    return asSamples(values[0])
  }

  /// What has the shape of the model's samples, as what they are.
  private func asSamples(_ values: SampleArray) -> SampleArray { values.viewed(as: model.input) ?? values }

  private func run(
    _ program: CompiledProgram, _ outputs: [String], _ data: any SampleSource, _ indices: [UInt32],
    _ threads: Int?, _ processes: (any ProcessGroup)? = nil, _ progress: (Int) throws -> Void
  ) throws -> [SampleArray] {
    try checkIndices(indices, of: data)
    return try ForwardPass(program, over: data, parameters: parameters, seed: seed, threads: threads)
      .collect(outputs, indices, processes: processes, progress: progress)
  }

  func checkIndices(_ indices: [UInt32], of data: any SampleSource) throws(HourglassError) {
    if let index = indices.first(where: { $0 >= data.count }) {
      throw HourglassError(
        .usage, "There is no sample \(index) among \(data.count); choose indices below \(data.count).")
    }
  }
}
