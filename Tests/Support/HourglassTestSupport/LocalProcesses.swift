import Foundation
import HourglassBase
import HourglassEngine

/// Processes as threads of one, with messages in memory: a transfer ends when the message was taken, as of large ones by MPI.
///
/// `@unchecked Sendable`: everything is reached with the lock held.
package final class LocalProcesses: @unchecked Sendable {
  private let count: Int
  private let lock = NSLock()
  /// Messages that nobody has taken yet, by sender and receiver.
  private var messages: [[[Message]]]

  private struct Message {
    var number: Int32
    var bytes: [UInt8]
  }
  /// What those that left said last.
  private var words: [Int: HourglassError] = [:]

  private init(_ count: Int) {
    self.count = count
    messages = Array(repeating: Array(repeating: [], count: count), count: count)
  }

  /// Does the work in each process. One that throws leaves the others.
  package static func run<Value: Sendable>(
    _ count: Int, _ work: @escaping @Sendable (LocalProcess) throws -> Value
  ) -> [Result<Value, any Error>] {
    let processes = LocalProcesses(count)
    let results = Results<Value>()
    let done = DispatchGroup()
    for rank in 0..<count {
      done.enter()
      Thread.detachNewThread {
        let process = LocalProcess(rank: rank, processes)
        let result = Result { try work(process) }
        if case .failure(let error) = result { processes.leave(rank, error) }
        results.set(result, of: rank)
        done.leave()
      }
    }
    done.wait()
    return (0..<count).map { results.of($0) }
  }

  /// `@unchecked Sendable`: everything is reached with the lock held.
  private final class Results<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var values: [Int: Result<Value, any Error>] = [:]

    func set(_ value: Result<Value, any Error>, of rank: Int) { lock.withLock { values[rank] = value } }
    func of(_ rank: Int) -> Result<Value, any Error> { lock.withLock { values[rank]! } }
  }

  private func leave(_ rank: Int, _ error: any Error) {
    lock.withLock {
      words[rank] = error as? HourglassError
      for other in 0..<count where other != rank {
        messages[rank][other].append(Message(number: 0, bytes: [0]))
      }
    }
  }

  fileprivate func send(_ bytes: [UInt8], number: Int32, from rank: Int, to other: Int) {
    lock.withLock { messages[rank][other].append(Message(number: number, bytes: bytes)) }
  }

  /// Whether nobody has taken a message yet.
  fileprivate func holds(_ number: Int32, from rank: Int, to other: Int) -> Bool {
    lock.withLock { messages[rank][other].contains { $0.number == number } }
  }

  fileprivate func take(from other: Int, to rank: Int) -> [UInt8]? {
    lock.withLock { messages[other][rank].isEmpty ? nil : messages[other][rank].removeFirst().bytes }
  }

  fileprivate func words(of rank: Int) -> HourglassError? { lock.withLock { words[rank] } }

  fileprivate var size: Int { count }
}

/// One of `LocalProcesses`.
///
/// `@unchecked Sendable`: one thread uses it.
package final class LocalProcess: ProcessGroup, @unchecked Sendable {
  package let rank: Int
  private let others: LocalProcesses
  /// Where messages of each process go, in the order in which they were asked for.
  private var receiving: [[(number: Int32, memory: UnsafeMutableRawBufferPointer)]]
  /// Bytes of those that have come, by the numbers of their transfers.
  private var received: [Int32: Int] = [:]
  private var asked: Set<Int32> = []
  private var next: Int32 = 0
  /// Messages that it sent.
  package private(set) var sent = 0

  fileprivate init(rank: Int, _ others: LocalProcesses) {
    (self.rank, self.others) = (rank, others)
    receiving = Array(repeating: [], count: others.size)
  }

  package var count: Int { others.size }
  package var hosts: [String] { (0..<count).map { "node\($0)" } }

  package func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) throws(HourglassError) -> ProcessTransfer {
    sent += 1
    next += 1
    others.send(Array(bytes), number: next, from: self.rank, to: rank)
    return ProcessTransfer(number: next, other: rank, expected: 0)
  }

  package func receive(
    _ bytes: UnsafeMutableRawBufferPointer, from rank: Int
  ) throws(HourglassError) -> ProcessTransfer {
    next += 1
    receiving[rank].append((next, bytes))
    asked.insert(next)
    return ProcessTransfer(number: next, other: rank, expected: bytes.count)
  }

  package func ended(_ transfer: ProcessTransfer) throws(HourglassError) -> Int? {
    guard asked.contains(transfer.number) else {
      return others.holds(transfer.number, from: rank, to: transfer.other) ? nil : 0
    }
    while let (number, memory) = receiving[transfer.other].first,
      let bytes = others.take(from: transfer.other, to: rank)
    {
      receiving[transfer.other].removeFirst()
      memory.copyBytes(from: bytes.prefix(memory.count))
      received[number] = bytes.count
    }
    return received.removeValue(forKey: transfer.number)
  }

  package func isWaiting(for rank: Int, since start: ContinuousClock.Instant) throws(HourglassError) {
    guard ContinuousClock.now - start > .seconds(60) else { return }
    throw HourglassError(.environment, "There is no answer from \(title(of: rank))")
  }

  package func lastWords(of rank: Int) -> HourglassError? { others.words(of: rank) }

  package func abandon() {
    receiving = Array(repeating: [], count: count)
    isLost = true
  }

  package private(set) var isLost = false
}
