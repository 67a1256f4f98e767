import HourglassBase

/// Puts the sums of several processes together, with the bits of one.
///
/// Each process adds up the shards of its part (`ShardPlan.parts`), as far as they are whole nodes of the tree. Then either all send their sums to all, and each
/// adds them up; or, where there are many numbers and more than two processes, each adds up a range of the numbers for all
/// (reduce-scatter, then gather), which sends `2 (p - 1) / p` times the numbers in place of `p - 1` times. Many gradients are not
/// gathered at all: each process has those of its part of the parameters (after ZeRO, Rajbhandari et al. 2020). Either way sums are added
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

  /// Sums on their way.
  private struct Exchange {
    var transfers: PendingTransfers
    var sums: ShardSums
    var slots: [[Int]]
    /// What each process is to have of the numbers that all are to have, while they come together.
    var all: [Range<Int>]
    var way: Way
    /// What processes without sums send, so that they are heard if they leave, and what others receive of them: a place for each,
    /// of `all` and of the parts.
    var signs: UnsafeMutableBufferPointer<UInt64>
  }

  private var exchanges: [Int: Exchange] = [:]
  private var exchangeCount = 0

  package init(_ group: any ProcessGroup) {
    self.group = group
    answers = .allocate(capacity: group.count)
    answers.initialize(repeating: 0)
  }

  deinit { if !group.isLost { answers.deallocate() } }

  /// Below so many numbers (64 KiB) a message costs its way more than its bytes.
  private static let fewestInRanges = 16_384

  /// - Parameters:
  ///   - count: numbers of a shard's sums.
  ///   - processes: how many have sums.
  package static func way(count: Int, processes: Int) -> Way {
    processes > 2 && count >= fewestInRanges ? .ranges : .gather
  }

  /// Whether processes update a part of the parameters each.
  ///
  /// - Parameter gradients: numbers that only the optimizer reads.
  package static func deals(gradients: Int, processes: Int) -> Bool {
    processes > 1 && gradients >= fewestInRanges
  }

  private func cut(_ plan: ShardPlan) -> Cut {
    if let cut = cuts[plan] { return cut }
    let parts = plan.parts(group.count)
    let cut = Cut(parts: parts, slots: parts.map { plan.nodes($0).map(\.lowerBound) })
    cuts[plan] = cut
    return cut
  }

  package var rank: Int { group.rank }
  package var count: Int { group.count }

  package func ownedShards(of plan: ShardPlan) -> Range<Int> { cut(plan).parts[group.rank] }

  package func deals(gradients: Int) -> Bool { Self.deals(gradients: gradients, processes: group.count) }

  package func begin(
    _ sums: ShardSums, all: Range<Int>, parts: [Range<Int>]
  ) throws(HourglassError) -> Int {
    let slots = cut(sums.plan).slots
    // Those without any take part all the same.
    let way = Self.way(count: all.count, processes: slots.count { !$0.isEmpty })
    let signs = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 4 * group.count)
    signs.initialize(repeating: 0)
    var exchange = Exchange(
      transfers: PendingTransfers(group), sums: sums, slots: slots,
      all: way == .gather
        ? Array(repeating: all, count: group.count) : Self.ranges(all, processes: group.count), way: way,
      signs: signs)
    try group.losing { () throws(HourglassError) in
      if !all.isEmpty { try send(exchange.all, of: &exchange, signs: 0) }
      if !parts.isEmpty { try send(parts, of: &exchange, signs: 2 * group.count) }
    }
    exchangeCount += 1
    exchanges[exchangeCount] = exchange
    return exchangeCount
  }

  /// Begins to send the own sums to all, and to take theirs.
  ///
  /// - Parameters:
  ///   - numbers: which of the numbers each process is to have.
  ///   - first: the place of the first sign.
  private func send(
    _ numbers: [Range<Int>], of exchange: inout Exchange, signs first: Int
  ) throws(HourglassError) {
    let (sums, slots, mine) = (exchange.sums, exchange.slots, numbers[rank])
    let signs = exchange.signs
    func sign(_ place: Int) -> UnsafeMutableRawBufferPointer {
      UnsafeMutableRawBufferPointer(
        UnsafeMutableBufferPointer(rebasing: signs[first + place...first + place]))
    }
    for (other, slots) in slots.enumerated() where other != rank {
      if slots.isEmpty || mine.isEmpty {
        exchange.transfers.add(try group.receive(sign(other), from: other))
        continue
      }
      for slot in slots { exchange.transfers.add(try group.receive(sums.bytes(slot, mine), from: other)) }
    }
    for other in group.others {
      let theirs = numbers[other]
      if slots[rank].isEmpty || theirs.isEmpty {
        exchange.transfers.add(
          try group.send(UnsafeRawBufferPointer(sign(count + other)), to: other))
        continue
      }
      for slot in slots[rank] {
        exchange.transfers.add(
          try group.send(UnsafeRawBufferPointer(sums.bytes(slot, theirs)), to: other))
      }
    }
  }

  package func proceed() throws(HourglassError) {
    for number in exchanges.keys.sorted() { try exchanges[number]?.transfers.proceed() }
  }

  package func finish(_ exchange: Int) throws(HourglassError) -> (all: [Int], part: [Int]) {
    guard var exchange = exchanges.removeValue(forKey: exchange) else {
      preconditionFailure("nothing was begun by that name")
    }
    try exchange.transfers.finish()
    exchange.signs.deallocate()
    let slots = exchange.slots.flatMap(\.self)
    guard exchange.way == .ranges else { return (slots, slots) }
    // What was sent has arrived, so that slot 0 may be written.
    exchange.sums.combine(slots, exchange.all[rank])
    let size = MemoryLayout<Float>.stride
    try group.gather(
      UnsafeMutableRawBufferPointer(exchange.sums.slot(0)),
      parts: exchange.all.map { $0.lowerBound * size..<$0.upperBound * size })
    return ([0], slots)
  }

  /// The numbers that each process adds up, on boundaries of 64 bytes.
  static func ranges(_ all: Range<Int>, processes: Int) -> [Range<Int>] {
    let lines = all.count / 16
    return (0..<processes).map {
      all.lowerBound + $0 * lines / processes * 16..<all.lowerBound + ($0 + 1) * lines / processes * 16
    }
  }

  package func share(_ memory: [[UnsafeMutableRawBufferPointer]]) throws(HourglassError) {
    try group.transfer { add throws(HourglassError) in
      for (other, pieces) in memory.enumerated() where other != rank {
        for piece in pieces { add(try group.receive(piece, from: other)) }
      }
      for other in group.others {
        for piece in memory[rank] { add(try group.send(UnsafeRawBufferPointer(piece), to: other)) }
      }
    }
  }

  /// What process 0 answers: a place for each.
  private let answers: UnsafeMutableBufferPointer<UInt64>

  package func collect(_ memory: [[UnsafeMutableRawBufferPointer]]) throws(HourglassError) {
    try group.transfer { add throws(HourglassError) in
      if rank > 0 {
        // Who sends alone would not hear of a process that leaves.
        add(try group.receive(answer(0), from: 0))
        for piece in memory[rank] { add(try group.send(UnsafeRawBufferPointer(piece), to: 0)) }
      } else {
        for (other, pieces) in memory.enumerated() where other != rank {
          for piece in pieces { add(try group.receive(piece, from: other)) }
        }
      }
    }
    guard rank == 0 else { return }
    try group.transfer { add throws(HourglassError) in
      for other in 1..<max(count, 1) {
        add(try group.send(UnsafeRawBufferPointer(answer(other)), to: other))
      }
    }
  }

  private func answer(_ place: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: answers[place...place]))
  }
}
