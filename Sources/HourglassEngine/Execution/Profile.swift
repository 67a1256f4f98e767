import CLaneKernels
import HourglassGraph

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
  /// - Parameter runs: how often the batch is run; times are the mean.
  package func profile(_ indices: [UInt32], epoch: UInt32, seed: UInt64, runs: Int) -> [StepProfile] {
    let times = InstructionTimes(program.stages.map(\.steps.count))
    stepTimes = times
    defer { stepTimes = nil }
    for _ in 0..<runs { run(indices, epoch: epoch, seed: seed) }
    return program.stages.enumerated().flatMap { number, stage in
      stage.steps.enumerated().map { index, step in
        StepProfile(
          stage: number, step: step, seconds: times.seconds[number][index] / Double(runs),
          nominalOperations: Double(indices.count * step.nominalOperations(program)))
      }
    }
  }
}

/// Adds up how long each step takes.
final class InstructionTimes {
  private(set) var seconds: [[Double]]
  private let clock = ContinuousClock()

  init(_ steps: [Int]) { seconds = steps.map { Array(repeating: 0, count: $0) } }

  func run(_ stage: BoundStage, number: Int, _ context: inout lane_context) {
    for (instruction, step) in zip(stage.instructions, stage.stepOfInstruction) {
      let duration = clock.measure { instruction.run(instruction.descriptor, &context) }
      seconds[number][step] +=
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
    case .matrixProduct:
      2 * program.graph.nodes[sharedReads[0]].shape.count
    case .outerProduct:
      2 * program.graph.nodes[reads[0]].shape.count * program.graph.nodes[reads[1]].shape.count
    case .load, .random, .map, .reduce, .maxPool, .maxPoolScatter, .maxPoolGather, .resample, .copy,
      .batchSum,
      .zeroHalo, .carryOut, .carryIn, .store:
      0
    }
  }
}
