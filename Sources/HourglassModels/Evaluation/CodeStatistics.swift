import HourglassBase

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
  /// Encodes samples and looks at each unit.
  ///
  /// - Parameter indices: which samples; at least one.
  /// - Throws: `HourglassError` (usage) when the samples' shape is not the model's.
  public func codeStatistics(
    _ data: any SampleSource, indices: [UInt32], threads: Int? = nil
  ) throws -> CodeStatistics {
    try checkIndices(indices, of: data)
    let pass = try ForwardPass(
      model.inferenceGraph(objective).keeping(outputs: [.output("code")]), over: data, parameters: parameters,
      seed: seed, threads: threads)
    let units = try model.codeShape.count
    var sums = [Double](repeating: 0, count: units)
    var squares = sums
    for start in stride(from: 0, to: indices.count, by: pass.batchSize) {
      try pass.run(indices[start..<min(start + pass.batchSize, indices.count)])
      pass.withOutput("code") { codes in
        for (index, code) in codes.enumerated() {
          sums[index % units] += Double(code)
          squares[index % units] += Double(code) * Double(code)
        }
      }
    }
    let count = Double(indices.count)
    let means = sums.map { $0 / count }
    let variances = zip(squares, means).map { max($0 / count - $1 * $1, 0) }
    return CodeStatistics(means: means, variances: variances)
  }
}
