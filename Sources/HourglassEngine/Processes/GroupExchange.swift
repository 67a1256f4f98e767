import HourglassBase

/// Puts the sums of several processes together, with the bits of one.
///
/// Each process adds up the shards of its part (`ShardPlan.parts`), as far as they are whole nodes of the tree. Then either all send their sums to all, and each
/// adds them up; or, where there are many numbers and more than two processes, each adds up a range of the numbers for all
/// (reduce-scatter, then gather), which sends `2 (p - 1) / p` times the numbers in place of `p - 1` times. Either way sums are added
/// along the one tree, so nothing depends on how many processes there are.
package final class GroupExchange: ShardExchange, @unchecked Sendable {
  // `@unchecked`: one thread at a time runs a program.

  /// How the sums of a stage come together.
  package enum Way: Sendable, Hashable {
    /// All send their sums to all.
    case gather
    /// Each process adds up a range of the numbers for all.
    case ranges
  }

  private let group: any ProcessGroup
  /// Of each plan, the parts of all processes, and where the sums of each lie once it has added them up.
  private var cuts: [ShardPlan: Cut] = [:]

  private struct Cut {
    var parts: [Range<Int>]
    var slots: [[Int]]
  }

  /// What processes without sums send, so that they are heard if they leave: a place for each.
  private let signs: UnsafeMutableBufferPointer<UInt64>

  package init(_ group: any ProcessGroup) {
    self.group = group
    signs = .allocate(capacity: group.count)
    signs.initialize(repeating: 0)
  }

  deinit { if !group.isLost { signs.deallocate() } }

  /// Below so many numbers (64 KiB) a message costs its way more than its bytes.
  private static let fewestInRanges = 16_384

  /// - Parameters:
  ///   - count: numbers of a shard's sums.
  ///   - processes: how many have sums.
  package static func way(count: Int, processes: Int) -> Way {
    processes > 2 && count >= fewestInRanges ? .ranges : .gather
  }

  private func cut(_ plan: ShardPlan) -> Cut {
    if let cut = cuts[plan] { return cut }
    let parts = plan.parts(group.count)
    let cut = Cut(parts: parts, slots: parts.map { plan.nodes($0).map(\.lowerBound) })
    cuts[plan] = cut
    return cut
  }

  package func ownedShards(of plan: ShardPlan) -> Range<Int> { cut(plan).parts[group.rank] }

  package func exchange(_ sums: ShardSums) throws(HourglassError) -> [Int] {
    sums.combineOwned()
    let slots = cut(sums.plan).slots
    // Those without any take part all the same.
    switch Self.way(count: sums.count, processes: slots.count { !$0.isEmpty }) {
    case .gather:
      try send(sums, slots) { _ in 0..<sums.count }
    case .ranges:
      try addUpRanges(sums, slots)
      return [0]
    }
    return slots.flatMap(\.self)
  }

  /// Sends the own sums to all, and takes theirs.
  ///
  /// - Parameter numbers: which of the numbers a process is to have.
  private func send(
    _ sums: ShardSums, _ slots: [[Int]], _ numbers: (_ rank: Int) -> Range<Int>
  ) throws(HourglassError) {
    let mine = numbers(group.rank)
    func sign(_ rank: Int) -> UnsafeMutableRawBufferPointer {
      UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: signs[rank...rank]))
    }
    try group.transfer { add throws(HourglassError) in
      for (other, slots) in slots.enumerated() where other != group.rank {
        if slots.isEmpty || mine.isEmpty { add(try group.receive(sign(other), from: other)) }
        guard !mine.isEmpty else { continue }
        for slot in slots { add(try group.receive(sums.bytes(slot, mine), from: other)) }
      }
      // Each begins with the next one, so that not all send to the same.
      for step in 1..<max(group.count, 1) {
        let other = (group.rank + step) % group.count
        let theirs = numbers(other)
        if slots[group.rank].isEmpty || theirs.isEmpty {
          add(try group.send(UnsafeRawBufferPointer(sign(group.rank)), to: other))
        }
        guard !theirs.isEmpty else { continue }
        for slot in slots[group.rank] {
          add(try group.send(UnsafeRawBufferPointer(sums.bytes(slot, theirs)), to: other))
        }
      }
    }
  }

  /// Leaves the sum of all in slot 0.
  private func addUpRanges(_ sums: ShardSums, _ slots: [[Int]]) throws(HourglassError) {
    let ranges = Self.ranges(count: sums.count, processes: group.count)
    try send(sums, slots) { ranges[$0] }
    // What was sent has arrived, so that slot 0 may be written.
    sums.combine(slots.flatMap(\.self), ranges[group.rank])
    let size = MemoryLayout<Float>.stride
    try group.gather(
      UnsafeMutableRawBufferPointer(sums.slot(0)),
      parts: ranges.map { $0.lowerBound * size..<$0.upperBound * size })
  }

  /// The numbers that each process adds up, on boundaries of 64 bytes.
  static func ranges(count: Int, processes: Int) -> [Range<Int>] {
    let lines = count / 16
    return (0..<processes).map { $0 * lines / processes * 16..<($0 + 1) * lines / processes * 16 }
  }
}
