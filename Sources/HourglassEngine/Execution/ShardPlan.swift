/// How a batch is cut into shards, and in which order the shards' sums are put together.
///
/// A value that follows from the sizes of the batch and of the sums alone, and from the number that a recipe may ask for: neither threads
/// nor processes change it, so they change no bit of the result. Shards are runs of neighbouring micro-batches of sixteen samples.
///
/// Sums are put together as a binary tree that is aligned to the shards' numbers: shards 0 and 1, 2 and 3, and so on;
/// then pairs of pairs; a node without a right half is its left half. So whoever has the sums of an aligned part (the
/// shards of one node) may add them up ahead, without a change of bits.
package struct ShardPlan: Hashable, Sendable {
  /// Micro-batches of the batch; the last may be smaller than sixteen samples.
  package let blockCount: Int
  /// From 1 to `mostShards`.
  package let shardCount: Int

  /// Of a plan that was asked for so many.
  package static let mostShards = 1024
  /// Of any other.
  private static let mostUsualShards = 64
  private static let fewestShards = 4

  /// - Parameters:
  ///   - batch: samples, at least 1.
  ///   - sums: numbers of one shard's sums in the stage that has the most, about as many as parameters.
  ///   - shards: so many if there are as many micro-batches, 1 to `mostShards`; nil goes by the sizes.
  package init(batch: Int, sums: Int, shards: Int? = nil) {
    blockCount = (batch + 15) / 16
    if let shards {
      shardCount = min(blockCount, shards)
      return
    }
    let limit = Self.limit(sums: sums)
    // Where each shard costs a pass over many parameters it has at least four micro-batches, a group, if that leaves
    // two shards.
    shardCount = min(blockCount, limit == Self.fewestShards ? min(max(blockCount / 4, 2), limit) : limit)
  }

  /// The most shards of any batch: those that were asked for, else up to 64 while their sums stay within 4 MiB, but at least 4. Many are
  /// good for load balance, few where each costs a pass over all parameters.
  static func limit(sums: Int, shards: Int? = nil) -> Int {
    if let shards { return shards }
    let bytes = max(sums, 1) * MemoryLayout<Float>.stride
    return min(max(4 << 20 / bytes, fewestShards), mostUsualShards)
  }

  /// The micro-batches of a shard.
  package func blocks(of shard: Int) -> Range<Int> {
    shard * blockCount / shardCount..<(shard + 1) * blockCount / shardCount
  }

  /// Cuts the shards into parts of neighbours, one for each of `count` processes, as equal as can be. Where there are fewer shards
  /// than processes some are empty, but not the first.
  package func parts(_ count: Int) -> [Range<Int>] {
    let starts = (0...count).map { ($0 * shardCount + count - 1) / count }
    return (0..<count).map { starts[$0]..<starts[$0 + 1] }
  }

  /// The fewest nodes of the tree that together have the shards of a part, in rising order.
  package func nodes(_ part: Range<Int>) -> [Range<Int>] {
    var nodes: [Range<Int>] = []
    var start = part.lowerBound
    while start < part.upperBound {
      var width = 1
      while width < shardCount, start % (2 * width) == 0,
        min(start + 2 * width, shardCount) <= part.upperBound
      {
        width *= 2
      }
      nodes.append(start..<min(start + width, shardCount))
      start += width
    }
    return nodes
  }

  /// One step of putting sums together, for a stack: push the sum at `slot`, then replace the two on top by their sum
  /// `merges` times.
  package struct Addition: Hashable, Sendable {
    package var slot: Int32
    package var merges: Int32
  }

  /// The steps that add up the sums in these slots along the tree: all shards of a part, or the sums of aligned parts,
  /// each at its first shard.
  ///
  /// - Parameter slots: shards in rising order, at least one.
  package static func additions(
    _ slots: some Collection<Int>, _ body: (_ place: Int, Addition) -> Void
  ) {
    // Two sums meet in the smallest node that has both: its level is the highest bit in which their numbers differ.
    // `levels` are those at which the neighbours on the stack meet, a bit each, as they can only fall.
    var levels: UInt64 = 0
    var last = 0
    var place = 0
    var index = slots.startIndex
    while index < slots.endIndex {
      last = slots[index]
      index = slots.index(after: index)
      var merges = 0
      if index < slots.endIndex {
        let level = Int.bitWidth - 1 - (last ^ slots[index]).leadingZeroBitCount
        let below = levels & ((1 << UInt64(level)) - 1)
        merges = below.nonzeroBitCount
        levels = levels & ~below | (1 << UInt64(level))
      } else {
        merges = levels.nonzeroBitCount
      }
      body(place, Addition(slot: Int32(last), merges: Int32(merges)))
      place += 1
    }
  }
}
