import HourglassBase

extension GroupExchange {
  /// What a step sends, for people: how a batch is cut, and how the sums of each stage come together.
  ///
  /// - Parameters:
  ///   - batch: samples, at least 1.
  ///   - counts: of processes, each a row.
  package static func table(_ executor: Executor, batch: Int, processes counts: [Int]) -> String {
    let layouts = executor.sums
    let sums = layouts.map(\.size)
    let gradients = executor.compiled.numbersForOptimizer
    let plan = executor.plan(batch: batch)
    let stages = sums.indices.filter { sums[$0] > 0 }
    var lines = [
      "a batch of \(counted(batch, "sample", "samples")): \(counted(plan.blockCount, "micro-batch", "micro-batches")) of 16, \(counted(plan.shardCount, "shard", "shards")); a shard's sums: "
        + stages.map { "\(grouped(sums[$0])) numbers (\(grouped(sums[$0] * 4)) bytes)" }.joined(
          separator: ", then ")
    ]
    for count in counts {
      let parts = plan.parts(count)
      let busy = parts.filter { !$0.isEmpty }.count
      let blocks = parts.map { part in part.reduce(0) { $0 + plan.blocks(of: $1).count } }
      let nodes = parts.map { plan.nodes($0).count }.max() ?? 0
      let largest = blocks.max() ?? 0
      let ways = stages.map { stage -> String in
        let deals = deals(gradients: gradients, processes: count)
        let size = MemoryLayout<Float>.stride
        let own = deals ? (sums[stage] - layouts[stage].dealt) * size : 0
        let shared = sums[stage] * size - own
        var ways: [String] = []
        if own > 0 {
          ways.append(
            "each updates a part of \(grouped(own / size)) numbers, at most \(grouped((nodes + 1) * own * (count - 1) / count)) bytes each"
          )
        }
        if shared > 0 {
          switch way(count: shared / size, processes: busy) {
          case .gather:
            ways.append("all send all, at most \(grouped(nodes * shared * (count - 1))) bytes each")
          case .ranges:
            ways.append(
              "each adds up a range, at most \(grouped((nodes + 1) * shared * (count - 1) / count)) bytes each"
            )
          }
        }
        return ways.joined(separator: ", and of the rest ")
      }
      lines.append(
        "\(grouped(count)) processes: "
          + (busy < count ? "\(grouped(count - busy)) without work; " : "")
          + "at most \(counted(largest, "micro-batch", "micro-batches")) each, so at best \((10 * Double(plan.blockCount) / Double(max(largest, 1))).rounded() / 10) times as fast; "
          + ways.joined(separator: "; "))
    }
    return lines.joined(separator: "\n")
  }

  private static func counted(_ count: Int, _ one: String, _ several: String) -> String {
    "\(grouped(count)) \(count == 1 ? one : several)"
  }
}
