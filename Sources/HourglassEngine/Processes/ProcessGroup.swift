import HourglassBase
import HourglassPlatform

/// Processes that do one piece of work together, each with a part of it. What carries bytes between them is a target of its own.
///
/// All processes make the same calls in the same order, each from one thread at a time. Messages between two of them arrive in
/// the order in which they were sent.
package protocol ProcessGroup: AnyObject, Sendable {
  /// Which process this is, from 0. Process 0 writes files and tells people.
  var rank: Int { get }
  /// At least 1.
  var count: Int { get }
  /// The machine that each process runs on; empty where it is not known.
  var hosts: [String] { get }

  /// Begins to send. The bytes must stay as they are until the transfer has ended.
  ///
  /// - Parameter bytes: at least `ProcessMessage.leastBytes`; a shorter message says that its sender leaves.
  func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) throws(HourglassError) -> ProcessTransfer

  /// Begins to receive what another process sends in one message, which has as many bytes, or says that it leaves.
  func receive(
    _ bytes: UnsafeMutableRawBufferPointer, from rank: Int
  ) throws(HourglassError) -> ProcessTransfer

  /// Looks once, and lets transfers go on.
  ///
  /// - Returns: how many bytes were sent or have come; nil while they are on their way. An ended transfer is not asked for again.
  func ended(_ transfer: ProcessTransfer) throws(HourglassError) -> Int?

  /// Called again and again while this process waits for another.
  ///
  /// - Throws: `HourglassError` (environment) when it shall wait no longer.
  func isWaiting(for rank: Int, since start: ContinuousClock.Instant) throws(HourglassError)

  /// What a process that left said last, for process 0 to tell people; nil where it said nothing.
  func lastWords(of rank: Int) -> HourglassError?

  /// Gives up all transfers that have not ended, since a process is lost or has left. What is on its way already may still arrive, so
  /// memory that is given to transfers stays from then on.
  func abandon()

  /// Whether transfers were given up.
  var isLost: Bool { get }
}

/// Bytes on their way between this process and another.
package struct ProcessTransfer: Sendable {
  /// The group's own number for it.
  package var number: Int32
  package var other: Int
  /// Bytes that are to come; 0 of a transfer that sends.
  package var expected: Int

  package init(number: Int32, other: Int, expected: Int) {
    (self.number, self.other, self.expected) = (number, other, expected)
  }
}

/// What is the same of all messages.
package enum ProcessMessage {
  package static let leastBytes = 8

  /// The bytes that carry so many: whole numbers of eight, so that none is as short as one that says that its sender leaves.
  static func bytes(carrying count: Int) -> Int { (count + leastBytes - 1) / leastBytes * leastBytes }
}

extension ProcessGroup {
  /// What a process is called in messages.
  package func title(of rank: Int) -> String {
    hosts.indices.contains(rank) && !hosts[rank].isEmpty
      ? "process \(rank) (on \(shortened(hosts[rank])))" : "process \(rank)"
  }

  /// Begins transfers and waits until all have ended.
  ///
  /// - Throws: `HourglassError`: what a process that left said last (to process 0), or that it has left; environment where the
  ///   group gives up waiting. The group is lost then (`isLost`).
  package func transfer(
    _ begin: (_ add: (ProcessTransfer) -> Void) throws(HourglassError) -> Void
  ) throws(HourglassError) {
    try losing { () throws(HourglassError) in
      var transfers: [ProcessTransfer] = []
      try begin { transfers.append($0) }
      for transfer in transfers { try finish(transfer) }
    }
  }

  /// Does what is with other processes; where it fails the group is lost.
  func losing<Result>(_ body: () throws(HourglassError) -> Result) throws(HourglassError) -> Result {
    do {
      return try body()
    } catch {
      abandon()
      throw error
    }
  }

  /// The other processes, from the next one on, so that not all send to the same at once.
  var others: [Int] { (1..<max(count, 1)).map { (rank + $0) % count } }

  /// Looks once.
  ///
  /// - Throws: `HourglassError` where the other process has left instead.
  func hasEnded(_ transfer: ProcessTransfer) throws(HourglassError) -> Bool {
    guard let bytes = try ended(transfer) else { return false }
    if transfer.expected > 0, bytes != transfer.expected { throw left(transfer.other) }
    return true
  }

  func finish(_ transfer: ProcessTransfer) throws(HourglassError) {
    try wait(for: transfer.other) { () throws(HourglassError) in try hasEnded(transfer) }
  }

  /// Looks again and again, until that is over which another process has to do.
  func wait(
    for other: Int, until isOver: () throws(HourglassError) -> Bool
  ) throws(HourglassError) {
    let start = ContinuousClock.now
    var looks = 0
    while try !isOver() {
      looks += 1
      guard looks % 64 == 0 else { continue }
      sched_yield()
      let waited = ContinuousClock.now - start
      // Who is later than that keeps nobody from the cores.
      if waited > .milliseconds(2) { usleep(waited > .milliseconds(100) ? 500 : 50) }
      try isWaiting(for: other, since: start)
    }
  }

  /// Why nothing more comes from a process.
  func left(_ other: Int) -> HourglassError {
    if rank == 0, let words = lastWords(of: other) {
      return HourglassError(words.code, "In \(title(of: other)): \(words.fact)", remedies: words.remedies)
    }
    return HourglassError(.environment, "The work is not done, since \(title(of: other)) has left")
  }

  // MARK: - What all do together

  /// Brings every process the parts of one stretch of memory that the others have.
  ///
  /// - Parameter parts: the bytes of each process, by ranks, none or at least `ProcessMessage.leastBytes`; the own are there
  ///   already. The same in all processes.
  package func gather(
    _ memory: UnsafeMutableRawBufferPointer, parts: [Range<Int>]
  ) throws(HourglassError) {
    try transfer { add throws(HourglassError) in
      for (other, part) in parts.enumerated() where other != rank && !part.isEmpty {
        add(try receive(UnsafeMutableRawBufferPointer(rebasing: memory[part]), from: other))
      }
      guard !parts[rank].isEmpty else { return }
      let own = UnsafeRawBufferPointer(rebasing: memory[parts[rank]])
      for other in others { add(try send(own, to: other)) }
    }
  }

  /// What each process gives, by ranks.
  package func gathered(_ own: [UInt8]) throws(HourglassError) -> [[UInt8]] {
    let counts = try gathered(
      numbers: [Double(own.count)], counts: Array(repeating: 1, count: count)
    ).map { Int($0) }
    let bytes = counts.map { ProcessMessage.bytes(carrying: $0) }
    let starts = bytes.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(starts[count], 1), alignment: 64)
    defer { if !isLost { memory.deallocate() } }
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    UnsafeMutableRawBufferPointer(rebasing: memory[starts[rank]..<starts[rank] + own.count]).copyBytes(
      from: own)
    try gather(memory, parts: (0..<count).map { starts[$0]..<starts[$0 + 1] })
    return (0..<count).map { Array(memory[starts[$0]..<starts[$0] + counts[$0]]) }
  }

  /// The numbers of all processes, one after another by ranks.
  ///
  /// - Parameter counts: how many each process gives; the same in all.
  package func gathered(numbers own: [Double], counts: [Int]) throws(HourglassError) -> [Double] {
    // Who gives none gives a zero, so that it is heard if it has left instead.
    let starts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + max($1, 1)) }
    let memory = UnsafeMutableBufferPointer<Double>.allocate(capacity: max(starts[count], 1))
    defer { if !isLost { memory.deallocate() } }
    memory.initialize(repeating: 0)
    for (place, number) in own.enumerated() { memory[starts[rank] + place] = number }
    let size = MemoryLayout<Double>.stride
    try gather(
      UnsafeMutableRawBufferPointer(memory),
      parts: (0..<count).map { starts[$0] * size..<starts[$0 + 1] * size })
    return counts.indices.flatMap { memory[starts[$0]..<starts[$0] + counts[$0]] }
  }

  /// Compares what must be the same in all processes.
  ///
  /// - Parameter facts: what another value would be, such as "other data", and the value; without line breaks.
  /// - Throws: `HourglassError` (usage) in all of them when one differs from the first.
  package func agree(_ facts: [(difference: String, value: String)]) throws(HourglassError) {
    let all = try gathered(Array(facts.map(\.value).joined(separator: "\n").utf8)).map {
      String(decoding: $0, as: UTF8.self).parts(at: "\n")
    }
    if let other = all.indices.first(where: { all[$0].count != all[0].count }) {
      throw HourglassError(
        .usage,
        "There are differences: \(title(of: other)) has another version of the program than \(title(of: 0))",
        .text("start all processes with the same"))
    }
    for (place, fact) in facts.enumerated() {
      for other in all.indices where all[other][place] != all[0][place] {
        func beginning(_ text: String) -> String { text.utf8.count > 16 ? "\(text.prefix(12))..." : text }
        throw HourglassError(
          .usage,
          "There are differences: \(title(of: other)) has \(fact.difference) than \(title(of: 0)) (\(beginning(all[other][place])) and "
            + "\(beginning(all[0][place])))", .text("start all processes with the same"))
      }
    }
  }

  /// What process 0 gives, in all processes.
  ///
  /// - Parameter own: of process 0; nobody asks for it in the others.
  package func fromFirst(_ own: @autoclosure () throws -> [UInt8]) throws -> [UInt8] {
    let bytes = rank == 0 ? try own() : []
    let counts = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 1)
    defer { if !isLost { counts.deallocate() } }
    counts.initialize(repeating: UInt64(bytes.count))
    try sendFromFirst(UnsafeMutableRawBufferPointer(counts))
    let size = counts[0]
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(ProcessMessage.bytes(carrying: Int(size)), 1), alignment: 64)
    defer { if !isLost { memory.deallocate() } }
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    memory.copyBytes(from: bytes)
    for start in stride(from: 0, to: ProcessMessage.bytes(carrying: Int(size)), by: Self.bytesAtOnce) {
      let end = min(start + Self.bytesAtOnce, ProcessMessage.bytes(carrying: Int(size)))
      try sendFromFirst(UnsafeMutableRawBufferPointer(rebasing: memory[start..<end]))
    }
    return Array(memory.prefix(Int(size)))
  }

  /// Along a tree of processes: each sends what it has to the half of those that are left to it. Who receives says so: one that has
  /// left would not take what is sent, nor be heard otherwise.
  private func sendFromFirst(_ memory: UnsafeMutableRawBufferPointer) throws(HourglassError) {
    let answer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: ProcessMessage.leastBytes, alignment: ProcessMessage.leastBytes)
    defer { if !isLost { answer.deallocate() } }
    answer.initializeMemory(as: UInt8.self, repeating: 0)
    var width = 1
    while width < count { width *= 2 }
    while width > 1 {
      let half = width / 2
      try transfer { add throws(HourglassError) in
        if rank % width == 0, rank + half < count {
          add(try receive(answer, from: rank + half))
          add(try send(UnsafeRawBufferPointer(memory), to: rank + half))
        } else if rank % width == half {
          add(try receive(memory, from: rank - half))
        }
      }
      if rank % width == half {
        try transfer { add throws(HourglassError) in
          add(try send(UnsafeRawBufferPointer(answer), to: rank - half))
        }
      }
      width = half
    }
  }

  /// A message of MPI has at most 2^31 - 1 bytes.
  private static var bytesAtOnce: Int { 1 << 28 }
}

extension Optional where Wrapped == any ProcessGroup {
  /// Whether this process tells people and writes files: one that works alone does, and of several the first.
  package var isFirst: Bool { self?.rank ?? 0 == 0 }

  /// The numbers of the first process, in all; the own ones of a process that works alone.
  package func fromFirst<Number: BitwiseCopyable>(numbers: [Number]) throws -> [Number] {
    guard let group = self else { return numbers }
    return try MessageNumbers(messageBytes: group.fromFirst(MessageNumbers(numbers).messageBytes)).values
  }
}
