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
  private let processes: (any ProcessGroup)?

  /// Draws of an evaluation are those of an epoch that never comes, so that each evaluation sees the same noise.
  package static let epoch = UInt32.max

  /// - Parameters:
  ///   - samples: indices into `data`, at least one.
  ///   - batchSize: matters where samples of a batch meet; larger batches are used where they do not.
  ///   - processes: that average together with this one, each a part of the batches.
  /// - Throws: `HourglassError` (environment) when there is no memory for it.
  package init(
    graph: Graph, data: any SampleSource, samples: [UInt32], batchSize: Int, seed: UInt64,
    parameters: ParameterStore, team: WorkerTeam, kernels: KernelSet,
    processes: (any ProcessGroup)? = nil
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
    self.processes = processes
    outputs = graph.outputs.map(\.role)
  }

  /// The mean of each output over all samples.
  ///
  /// - Parameter progress: told after each batch of this process how many samples are done; what it throws ends the work.
  /// - Throws: what the source of the samples throws; `HourglassError` when another process is lost.
  package func run(progress: (Int) throws -> Void = { _ in }) throws -> [OutputRole: Double] {
    let batches = stride(from: 0, to: samples.count, by: batchSize).map {
      samples[$0..<min($0 + batchSize, samples.count)]
    }
    // Each process takes neighbouring batches. All add up the values of all, in their order.
    let (rank, count) = (processes?.rank ?? 0, processes?.count ?? 1)
    let shares = (0..<count).map { $0 * batches.count / count..<($0 + 1) * batches.count / count }
    var values: [Double] = []
    for batch in batches[shares[rank]] {
      try executor.run(batch, epoch: Self.epoch, seed: seed)
      values += outputs.map { Double(executor.number($0)) }
      try progress(batch.endIndex)
    }
    values =
      try processes?.gathered(numbers: values, counts: shares.map { $0.count * outputs.count }) ?? values
    var sums = [Double](repeating: 0, count: outputs.count)
    for (place, value) in values.enumerated() {
      sums[place % outputs.count] += value * Double(batches[place / outputs.count].count)
    }
    return Dictionary(uniqueKeysWithValues: zip(outputs, sums.map { $0 / Double(samples.count) }))
  }
}
