import CLaneKernels

/// What one step of a program costs.
package struct StepProfile: Sendable {
  package var stage: Int
  package var step: LaneStep
  /// Of one run, on one thread.
  package var seconds: Double
  /// Multiplications and additions of one run's products, as the layers define them: those with zeros of an
  /// up-sampled image count, though the engine leaves them out. 0 for steps without products.
  package var nominalOperations: Double
}

extension Executor {
  /// Times every step of the program on one thread.
  ///
  /// - Parameter runs: how often the batch is run; the shortest times count, as other programs may interrupt.
  package func profile(_ indices: [UInt32], epoch: UInt32, seed: UInt64, runs: Int) throws
    -> [StepProfile]
  {
    var shortest = program.stages.map { [Double](repeating: .infinity, count: $0.steps.count) }
    defer { stepTimes = nil }
    for _ in 0..<runs {
      let times = InstructionTimes(program.stages.map(\.steps.count))
      stepTimes = times
      try run(indices, epoch: epoch, seed: seed)
      shortest = zip(shortest, times.seconds).map { zip($0, $1).map(min) }
    }
    return program.stages.enumerated().flatMap { number, stage in
      stage.steps.enumerated().map { index, step in
        StepProfile(
          stage: number, step: step, seconds: shortest[number][index],
          nominalOperations: Double(indices.count * step.nominalOperations(program)))
      }
    }
  }
}

extension Executor {
  /// What every kernel call of a step costs, as a table: milliseconds, share, and billions of nominal operations a
  /// second. Runs the first `batch` samples on one thread.
  package func profileTable(batch: Int) throws -> String {
    let indices = (0..<UInt32(batch)).map { $0 }
    _ = try profile(indices, epoch: 0, seed: 1, runs: 3)
    let steps = try profile(indices, epoch: 0, seed: 1, runs: 10)
    let total = steps.map(\.seconds).reduce(0, +)
    func column(_ value: Double, _ digits: Int, _ width: Int) -> String {
      let scale = digits == 0 ? 1.0 : digits == 1 ? 10 : 1000
      let rounded = (value * scale).rounded() / scale
      let text = digits == 0 ? String(Int(saturating: rounded)) : String(rounded)
      return String(repeating: " ", count: max(width - text.count, 0)) + text
    }
    var lines = ["      ms  share  GFLOP/s  step"]
    for step in steps {
      let speed = step.nominalOperations / max(step.seconds, 1e-12) / 1e9
      let result = (step.step.result ?? step.step.reduction).map { " \(program.graph.nodes[$0].shape)" } ?? ""
      lines.append(
        column(step.seconds * 1000, 3, 8) + column(100 * step.seconds / total, 1, 6) + "%"
          + (step.nominalOperations > 0 ? column(speed, 0, 9) : "         ") + "  \(step.step.kind)\(result)"
          + (step.step.scope.isEmpty ? "" : "  [\(step.step.scope)]"))
    }
    let operations = steps.map(\.nominalOperations).reduce(0, +)
    lines.append(
      column(total * 1000, 3, 8) + "  100% " + column(operations / total / 1e9, 0, 8) + "  total, "
        + "\(Int(saturating: Double(batch) / total)) samples a second on one thread")
    return lines.joined(separator: "\n")
  }
}

/// Adds up how long each step takes.
final class InstructionTimes {
  private(set) var seconds: [[Double]]
  private let clock = ContinuousClock()

  init(_ steps: [Int]) { seconds = steps.map { Array(repeating: 0, count: $0) } }

  /// Times the calls of a group of micro-batches one by one.
  func run(
    _ stages: [BoundStage], number: Int, _ contexts: UnsafePointer<lane_context>, _ group: Int
  ) {
    for index in 0..<stages[0].count {
      let calls: [UnsafePointer<lane_instruction>?] = stages.map { $0.instructions.map { $0 + index } }
      let duration = clock.measure { lane_run(calls, 1, contexts, Int64(group)) }
      seconds[number][stages[0].stepOfInstruction[index]] +=
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }
  }
}

extension LaneStep {
  /// Of one sample.
  fileprivate func nominalOperations(_ program: LoweredProgram) -> Int {
    switch kind {
    case .convolve(let geometry, _, _), .convolutionWeightGradient(let geometry):
      geometry.nominalOperations
    case .matrixProduct, .maskedProduct:
      2 * program.graph.nodes[sharedReads[0]].shape.count
    case .outerProduct:
      2 * program.graph.nodes[reads[0]].shape.count * program.graph.nodes[reads[1]].shape.count
    case .load, .random, .map, .reduce, .maximum, .largestMask, .gatherRows, .scatterRows, .maxPool,
      .maxPoolScatter, .maxPoolGather, .resample, .copy, .batchSum, .zeroHalo, .carryOut, .carryIn, .store:
      0
    }
  }
}
