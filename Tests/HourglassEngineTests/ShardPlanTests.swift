import HourglassBase
import HourglassEngine
import Testing

@Suite struct ShardPlanTests {
  /// What the additions make of sums that are texts.
  private func result(_ slots: some Collection<Int>, _ sums: [Int: String]) -> String {
    var stack: [String] = []
    ShardPlan.additions(slots) { _, addition in
      stack.append(sums[Int(addition.slot)] ?? "?")
      for _ in 0..<addition.merges {
        let right = stack.removeLast()
        stack[stack.count - 1] = "(\(stack[stack.count - 1])+\(right))"
      }
    }
    return stack.joined(separator: " ")
  }

  private func whole(_ shards: Range<Int>) -> String {
    result(shards, Dictionary(uniqueKeysWithValues: shards.map { ($0, "\($0)") }))
  }

  @Test func sumsAreAnAlignedTree() {
    #expect(whole(0..<1) == "0")
    #expect(whole(0..<4) == "((0+1)+(2+3))")
    #expect(whole(0..<7) == "(((0+1)+(2+3))+((4+5)+6))")
    #expect(whole(0..<9) == "((((0+1)+(2+3))+((4+5)+(6+7)))+8)")
    #expect(whole(4..<7) == "((4+5)+6)")
  }

  @Test func partsThatAreAddedUpAheadChangeNothing() {
    for batch in [1, 15, 16, 17, 48, 150, 1000, 1024, 5000] {
      for sums in [1, 50_000, 400_000, 3_000_000] {
        let plan = ShardPlan(batch: batch, sums: sums, shards: sums == 400_000 ? 300 : nil)
        #expect((0..<plan.shardCount).flatMap { plan.blocks(of: $0) } == Array(0..<(batch + 15) / 16))
        for processes in 1...9 {
          let parts = plan.parts(processes)
          #expect(parts.count == processes)
          #expect(parts.flatMap { $0 } == Array(0..<plan.shardCount))
          let counts = parts.map(\.count)
          #expect(counts[0] > 0 && counts.max()! - counts.min()! <= 1)
          let nodes = parts.flatMap { plan.nodes($0) }
          #expect(nodes.flatMap { $0 } == Array(0..<plan.shardCount) && nodes.allSatisfy(plan.isAligned))
          let partial = Dictionary(uniqueKeysWithValues: nodes.map { ($0.lowerBound, whole($0)) })
          #expect(result(nodes.map(\.lowerBound), partial) == whole(0..<plan.shardCount))
        }
      }
    }
  }

  /// Two nodes are not joined where one of the tree has both.
  @Test func nodesAreTheFewest() {
    let plan = ShardPlan(batch: 24 * 16, sums: 1)
    #expect(plan.shardCount == 24)
    #expect(plan.nodes(0..<12) == [0..<8, 8..<12] && plan.nodes(12..<24) == [12..<16, 16..<24])
    #expect(
      plan.nodes(0..<24) == [0..<24] && plan.nodes(5..<8) == [5..<6, 6..<8] && plan.nodes(3..<3).isEmpty)
  }

  @Test func whatIsNoNodeIsNotAligned() {
    let plan = ShardPlan(batch: 7 * 16, sums: 1)
    #expect(plan.shardCount == 7)
    #expect(plan.isAligned(4..<7) && plan.isAligned(6..<7) && plan.isAligned(0..<7))
    for part in [1..<3, 2..<5, 0..<3, 4..<8, 3..<3] { #expect(!plan.isAligned(part)) }
  }

  /// The numbers of shards that all weights so far were trained with.
  @Test func numbersOfShardsFollowFromBatchAndSumsAlone() {
    #expect(ShardPlan(batch: 32, sums: 3000).shardCount == 2)
    #expect(ShardPlan(batch: 4096, sums: 3000).shardCount == 64)
    #expect(ShardPlan(batch: 4096, sums: 100_000).shardCount == 10)
    #expect(ShardPlan(batch: 256, sums: 1_000_000).shardCount == 4)
    #expect(ShardPlan(batch: 128, sums: 1_000_000).shardCount == 2)
    #expect(ShardPlan(batch: 16, sums: 1_000_000).shardCount == 1)
    // As many as are asked for, while there are micro-batches for them.
    #expect(ShardPlan(batch: 4096, sums: 1_000_000, shards: 200).shardCount == 200)
    #expect(ShardPlan(batch: 4096, sums: 3000, shards: 1).shardCount == 1)
    #expect(ShardPlan(batch: 4096, sums: 3000, shards: 1024).shardCount == 256)
  }
}

extension ShardPlan {
  /// Whether these shards are those of one node of the tree.
  fileprivate func isAligned(_ part: Range<Int>) -> Bool {
    guard !part.isEmpty, part.lowerBound >= 0, part.upperBound <= shardCount else { return false }
    var width = 1
    while width < part.count { width *= 2 }
    return part.lowerBound % width == 0
      && part.upperBound == min(part.lowerBound + width, shardCount)
  }
}
