import HourglassBase
import HourglassEngine
import HourglassGraph

/// Averages a graph's shared outputs over a data set, in order.
package final class Evaluator {
  private let executor: Executor
  private let samples: [UInt32]
  private let outputs: [OutputRole]
  private let batchSize: Int
  private let seed: UInt64

  /// Draws of an evaluation are those of an epoch that never comes, so that each evaluation sees the same noise.
  package static let epoch = UInt32.max

  /// - Parameters:
  ///   - samples: indices into `data`, at least one.
  ///   - batchSize: matters where samples of a batch meet; larger batches are used where they do not.
  /// - Throws: `HourglassError` (environment) when there is no memory for it.
  package init(
    graph: Graph, data: any SampleSource, samples: [UInt32], batchSize: Int, seed: UInt64,
    parameters: ParameterStore, team: WorkerTeam, kernels: KernelSet
  ) throws(HourglassError) {
    let couplesSamples = graph.nodes.contains { node in
      if case .acrossSamples(.batchMean) = node.operation {
        !graph.outputs.contains { graph.nodes[$0.node] == node }
      } else {
        false
      }
    }
    self.batchSize = min(couplesSamples ? batchSize : max(batchSize, 512), samples.count)
    let program = CompiledProgram(graph)
    try Executor.admit(program, maximumBatch: self.batchSize, team: team)
    executor = Executor(
      program: program, parameters: parameters, inputs: ["x": data],
      maximumBatch: self.batchSize, team: team,
      kernels: kernels)
    self.samples = samples
    self.seed = seed
    outputs = graph.outputs.map(\.role)
  }

  /// The mean of each output over all samples.
  ///
  /// - Parameter progress: told after each batch how many samples are done; what it throws ends the work.
  /// - Throws: what the source of the samples throws.
  package func run(progress: (Int) throws -> Void = { _ in }) throws -> [OutputRole: Double] {
    var sums: [OutputRole: Double] = [:]
    for start in stride(from: 0, to: samples.count, by: batchSize) {
      let end = min(start + batchSize, samples.count)
      let batch = samples[start..<end]
      try executor.run(batch, epoch: Self.epoch, seed: seed)
      for output in outputs {
        sums[output, default: 0] += Double(executor.number(output)) * Double(batch.count)
      }
      try progress(end)
    }
    return sums.mapValues { $0 / Double(samples.count) }
  }
}
