import HourglassBase
import HourglassGraph

extension Executor {
  /// Refuses a program for whose runs there is no memory: the arenas of all workers, the sums of all shards and what is
  /// kept of each sample of a batch.
  ///
  /// - Parameters:
  ///   - maximumBatch: the most samples of one run.
  ///   - team: that will run it.
  ///   - shards: as of the executor.
  /// - Throws: `HourglassError` (environment) with the sizes, before anything is taken.
  package static func admit(
    _ compiled: CompiledProgram, maximumBatch: Int, team: WorkerTeam, shards: Int? = nil,
    budget: MemoryBudget = .process
  ) throws(HourglassError) {
    let bytes = bytes(compiled, maximumBatch: maximumBatch, workers: team.count, shards: shards)
    try budget.admit(
      bytes,
      for:
        "A model whose layers need \(memoryText(4 * Worker.numbers(compiled))) in each of \(team.count) threads",
      remedy: "use fewer threads, smaller batches, or smaller layers")
  }

  /// What `admit` asks for.
  package static func bytes(
    _ compiled: CompiledProgram, maximumBatch: Int, workers: Int, shards: Int? = nil
  ) -> Int {
    let program = compiled.lowered
    let blocks = (maximumBatch + 15) / 16
    let sums = SharedMemory.sums(of: program).map(\.size)
    let shardCount = min(ShardPlan.limit(sums: sums.max() ?? 0, shards: shards), blocks)
    let ofBlock =
      compiled.outputs.filter(\.isPerSample).reduce(0) { $0 + $1.shape.count * 16 }
      + program.carried.reduce(0) { $0 + program.layout($1).count * 16 }
    let numbers =
      Worker.numbers(compiled) * workers + sums.reduce(0, +) * (shardCount + 1) + ofBlock * blocks
    return numbers * MemoryLayout<Float>.stride
  }
}
