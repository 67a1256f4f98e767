import HourglassBase
import HourglassEngine

/// How a model uses its code.
public struct CodeStatistics: Sendable {
  /// Over the samples, of each code unit.
  public var means: [Double]
  public var variances: [Double]

  /// Units whose code changes from sample to sample: variance above 0.01 (Burda, Grosse & Salakhutdinov 2016). In a
  /// variational model the others have collapsed to the prior and carry nothing.
  public var activeUnits: Int { variances.count { $0 > 0.01 } }
  var units: Int { variances.count }
}

extension TrainedModel {
  /// Encodes samples and looks at each unit, on threads of its own, not on Swift's cooperative pool.
  ///
  /// - Parameters:
  ///   - indices: which samples; at least one.
  ///   - threads: workers; all cores when nil. The result does not depend on it.
  ///   - progress: told now and then, on the working thread, how many samples are done; what it throws ends the work.
  /// - Throws: `HourglassError` (usage) when the samples' shape is not the model's; `CancellationError` when the task is
  ///   cancelled; what `progress` throws.
  public func codeStatistics(
    _ data: any SampleSource, indices: [UInt32], threads: Int? = nil,
    progress: @escaping @Sendable (WorkProgress) throws -> Void = { _ in }
  ) async throws -> CodeStatistics {
    try await onOwnThread(telling: progress) { tell in
      try codeStatistics(data, indices: indices, threads: threads, progress: tell)
    }
  }

  /// As the public one, on the calling thread and its helpers.
  ///
  /// - Parameter processes: that share the work, each with the same samples; all have the result.
  func codeStatistics(
    _ data: any SampleSource, indices: [UInt32], threads: Int? = nil,
    processes: (any ProcessGroup)? = nil, progress: WorkProgress.Report
  ) throws -> CodeStatistics {
    try checkIndices(indices, of: data)
    let pass = try ForwardPass(
      model.inferenceGraph(objective).keeping(outputs: [.output("code")]), over: data, parameters: parameters,
      seed: seed, threads: threads)
    let units = try model.codeShape.count
    var sums = [Double](repeating: 0, count: units)
    var squares = sums
    try processes.deal(indices.count, by: pass.batchSize) { batch in
      try pass.run(indices[batch])
      return pass.withOutput("code") { MessageNumbers(Array($0)) }
    } take: { batch, codes in
      for (index, code) in codes.values.enumerated() {
        sums[index % units] += Double(code)
        squares[index % units] += Double(code) * Double(code)
      }
      try progress(WorkProgress("encoding", done: batch.upperBound, of: indices.count, "samples"))
    }
    sums = try processes.fromFirst(numbers: sums)
    squares = try processes.fromFirst(numbers: squares)
    let count = Double(indices.count)
    let means = sums.map { $0 / count }
    let variances = zip(squares, means).map { max($0 / count - $1 * $1, 0) }
    return CodeStatistics(means: means, variances: variances)
  }
}
