import CLaneKernels
import HourglassBase

/// What stands between "the sums of this process's shards are there" and "all sums are put together". One process has
/// none; several that train together each have one, and each gets the same bits as one process alone.
///
/// Every process runs the same program on the same batches (all indices, not its share) from the same parameters, and
/// computes the shards that `ownedShards` names. Then, once for every stage that has sums, in the order of the stages,
/// on the thread that called `Executor.run`, after all workers have finished, `exchange` is called.
///
/// An implementation must guarantee that
/// - `ownedShards` depends on the plan alone, and the parts of all processes are disjoint and have all shards
///   (`ShardPlan.parts` cuts so);
/// - when `exchange` returns, the slots it names hold sums whose shards are, together, all shards, each once: in a slot
///   either the sum of that shard, or the sum of a node of the tree at the node's first shard, added up along the tree
///   (`ShardSums.combineOwned` does that for the own part);
/// - the bits arrive as they were sent: nothing is rounded, and nobody adds in another order;
/// - it throws where another process is lost or late. The run is then given up before parameters change.
///
/// The executor then adds up the named slots along the tree, divides by the batch, and goes on: loss, gradients, their
/// norm and the update are computed by each process for itself.
package protocol ShardExchange: AnyObject, Sendable {
  /// The shards that this process computes.
  func ownedShards(of plan: ShardPlan) -> Range<Int>

  /// Brings the other processes' sums, and gives them the own.
  ///
  /// - Returns: the slots that now hold sums, in rising order.
  func exchange(_ sums: ShardSums) throws(HourglassError) -> [Int]
}

/// The sums of a stage's shards, before they are put together. Valid during the call of `exchange` only.
package struct ShardSums {
  package let plan: ShardPlan
  /// Which stage of the program, from 0; most programs have one, those with batch normalisation more.
  package let stage: Int
  /// The shards whose sums this process has; the slots of the others hold nothing yet, and may be written.
  package let owned: Range<Int>
  /// Numbers of one shard's sums, a multiple of 16; the same in all processes.
  package let count: Int
  let sums: UnsafeMutablePointer<Float>
  let kernels: KernelSet

  /// The slot of a shard, `count` numbers, on a boundary of 64 bytes.
  package func slot(_ shard: Int) -> UnsafeMutableBufferPointer<Float> {
    precondition(shard >= 0 && shard < plan.shardCount, "there is no shard \(shard) among \(plan.shardCount)")
    return UnsafeMutableBufferPointer(start: sums + shard * count, count: count)
  }

  /// The bytes of some numbers of a slot.
  package func bytes(_ shard: Int, _ numbers: Range<Int>) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: slot(shard)[numbers]))
  }

  /// Adds up the owned shards along the tree: each node of it that has owned ones alone, into the slot of its first shard.
  package func combineOwned() {
    for node in plan.nodes(owned) where node.count > 1 { combine(Array(node), 0..<count) }
  }

  /// Adds up some numbers of the sums in these slots along the tree, into the first of the slots.
  ///
  /// - Parameters:
  ///   - slots: in rising order, at least one: shards, or the first shards of nodes of the tree that are added up.
  ///   - numbers: on boundaries of 16.
  package func combine(_ slots: [Int], _ numbers: Range<Int>) {
    withUnsafeTemporaryAllocation(of: lane_addition.self, capacity: slots.count) { additions in
      ShardPlan.additions(slots) {
        additions[$0] = lane_addition(slot: $1.slot, merges: $1.merges)
      }
      _ = kernels.table.pointee.combine(
        slot(slots[0]).baseAddress, sums, Int64(count), additions.baseAddress, Int32(additions.count), 1,
        Int64(numbers.lowerBound), Int64(numbers.count))
    }
  }
}
