import CLaneKernels
import HourglassBase

/// What stands between "the sums of this process's shards are there" and "all sums are put together". One process has
/// none; several that train together each have one, and each gets the same bits as one process alone.
///
/// Every process runs the same program on the same batches (all indices, not its share) from the same parameters, and
/// computes the shards that `ownedShards` names. Then, for every stage that has sums, in the order of the stages, on the thread that
/// called `Executor.run`, after all workers have finished and the own sums are added up along the tree, sums are brought together:
/// those that the next stage reads at once, the others while it computes.
///
/// Gradients that only the optimizer reads need not be in all processes. Where `deals` says so each process has those of its part, the optimizer
/// changes that part there and keeps its state there alone, and then `share` brings each process the new parameters of the others.
///
/// An implementation must guarantee that
/// - `ownedShards` and `deals` depend on their arguments alone, and the parts of all processes are disjoint and have all shards
///   (`ShardPlan.parts` cuts so);
/// - when `finish` returns, the slots it names hold sums whose shards are, together, all shards, each once: in a slot
///   either the sum of that shard, or the sum of a node of the tree at the node's first shard, added up along the tree;
/// - the bits arrive as they were sent: nothing is rounded, and nobody adds in another order;
/// - it throws where another process is lost or late. The run is then given up, before parameters change or, in `share`, with parameters
///   that are worth nothing.
///
/// The executor then adds up the named slots along the tree, divides by the batch, and goes on: loss, norm of the gradients and what is
/// not dealt out are computed by each process for itself.
package protocol ShardExchange: AnyObject, Sendable {
  /// Which of the processes this is, and how many they are.
  var rank: Int { get }
  var count: Int { get }

  /// The shards that this process computes.
  func ownedShards(of plan: ShardPlan) -> Range<Int>

  /// Whether each process updates a part of the parameters.
  ///
  /// - Parameter gradients: numbers that only the optimizer reads, of all stages.
  func deals(gradients: Int) -> Bool

  /// Begins to bring sums together.
  ///
  /// - Parameters:
  ///   - sums: stay where they are until `finish`.
  ///   - all: numbers that every process is to have.
  ///   - parts: numbers that one process is to have, by ranks; empty where nothing is dealt out.
  /// - Returns: what to call it.
  func begin(_ sums: ShardSums, all: Range<Int>, parts: [Range<Int>]) throws(HourglassError) -> Int

  /// Called now and then while this process computes, and something is on its way.
  func proceed() throws(HourglassError)

  /// Waits until what was begun is there.
  ///
  /// - Returns: the slots that then hold the sums of `all`, and those of the own part, in rising order.
  func finish(_ exchange: Int) throws(HourglassError) -> (all: [Int], part: [Int])

  /// Brings every process the memory that the others have, which has the same sizes in all.
  ///
  /// - Parameter memory: pieces of at least `ProcessMessage.leastBytes`, by the ranks of who has them.
  func share(_ memory: [[UnsafeMutableRawBufferPointer]]) throws(HourglassError)

  /// The same for process 0 alone.
  func collect(_ memory: [[UnsafeMutableRawBufferPointer]]) throws(HourglassError)
}

/// The sums of a stage's shards, before they are put together. Valid from `begin` until `finish` returns.
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

  /// Adds up some numbers of the owned shards along the tree: each node of it that has owned ones alone, into the slot of its first
  /// shard.
  ///
  /// - Parameter numbers: on boundaries of 16.
  func combineOwned(_ numbers: Range<Int>) {
    for node in plan.nodes(owned) where node.count > 1 { combine(Array(node), numbers) }
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
