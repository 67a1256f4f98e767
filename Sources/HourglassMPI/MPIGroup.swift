import CMPIProcesses
import HourglassBase
import HourglassEngine
import Synchronization

/// The processes that `mpirun` or `srun` started together, by MPI 3.1.
///
/// A process that leaves before the others says so to each in a message of one byte, and what went wrong to process 0.
package final class MPIGroup: ProcessGroup, @unchecked Sendable {
  // `@unchecked`: what changes does so in `init` alone.

  package let rank: Int
  package let count: Int
  package private(set) var hosts: [String] = []
  private let patience: ProcessPatience

  /// Whether the program was built with the package trait `MPI`.
  package static var isBuilt: Bool { mpi_processes_are_built() == 1 }

  /// Joins the others, once in a process's life; at its end it leaves them.
  ///
  /// - Parameter patience: what to do while waiting for another process.
  /// - Throws: `HourglassError` (environment) when MPI does not begin.
  package init(patience: ProcessPatience) throws(HourglassError) {
    var (rank, count) = (Int32(0), Int32(0))
    var host = [CChar](repeating: 0, count: Int(MPI_PROCESSES_TEXT))
    guard mpi_processes_begin(&rank, &count, &host) == MPI_PROCESSES_DONE else {
      throw Self.failure("MPI does not begin")
    }
    (self.rank, self.count) = (Int(rank), Int(count))
    self.patience = patience
    let names = try gathered(host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
    hosts = names.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func failure(_ what: String) -> HourglassError {
    HourglassError(.environment, "\(what) (\(shortened(String(cString: mpi_processes_error()))))")
  }

  private func begun(_ result: Int32, _ number: Int32, _ other: Int, expected: Int) throws(HourglassError)
    -> ProcessTransfer
  {
    guard result == MPI_PROCESSES_DONE else {
      throw Self.failure("MPI reaches \(title(of: other)) no more")
    }
    return ProcessTransfer(number: number, other: other, expected: expected)
  }

  package func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) throws(HourglassError) -> ProcessTransfer {
    precondition(bytes.count >= ProcessMessage.leastBytes, "a message so short says that its sender leaves")
    var number: Int32 = 0
    let result = mpi_processes_send(
      bytes.baseAddress, Int64(bytes.count), Int32(rank), MPI_PROCESSES_WORK, &number)
    return try begun(result, number, rank, expected: 0)
  }

  package func receive(
    _ bytes: UnsafeMutableRawBufferPointer, from rank: Int
  ) throws(HourglassError) -> ProcessTransfer {
    var number: Int32 = 0
    let result = mpi_processes_receive(
      bytes.baseAddress, Int64(bytes.count), Int32(rank), MPI_PROCESSES_WORK, &number)
    return try begun(result, number, rank, expected: bytes.count)
  }

  package func ended(_ transfer: ProcessTransfer) throws(HourglassError) -> Int? {
    var received: Int64 = 0
    switch mpi_processes_test(transfer.number, &received) {
    case MPI_PROCESSES_DONE: return Int(received)
    case MPI_PROCESSES_PENDING: return nil
    default: throw Self.failure("MPI reaches \(title(of: transfer.other)) no more")
    }
  }

  package func isWaiting(for rank: Int, since start: ContinuousClock.Instant) throws(HourglassError) {
    try patience.isWaiting(for: title(of: rank), since: start)
  }

  private let lost = Atomic(false)
  package var isLost: Bool { lost.load(ordering: .relaxed) }

  /// How long what was sent to a slow process is waited for, where nobody says that this one is to end.
  private static let patienceLeaving = Duration.seconds(30)

  package func abandon() {
    lost.store(true, ordering: .relaxed)
    // Process 0 tells why. It may still be busy with a step, and has to take what the others sent before it hears of the one that left.
    let end = ContinuousClock.now + (rank == 0 ? .zero : Self.patienceLeaving)
    while mpi_processes_abandon(100) > 0, ContinuousClock.now < end, !patience.isToEnd() {}
  }

  // MARK: - Leaving

  /// Tells the others that this process does not go on: at its next message each of them ends.
  ///
  /// - Parameter words: what went wrong, for process 0 to tell; nil when the others know, or nobody need.
  package func leave(_ words: HourglassError?) {
    abandon()
    if rank != 0, let words { say(LastWords.bytes(words), to: 0, MPI_PROCESSES_LAST_WORDS) }
    for other in 0..<count where other != rank { say([0], to: other, MPI_PROCESSES_WORK) }
  }

  /// Sends what is so short that MPI takes it at once, unless the other process is gone.
  private func say(_ bytes: [UInt8], to other: Int, _ kind: mpi_processes_kind) {
    bytes.withUnsafeBytes { memory in
      var number: Int32 = 0
      guard
        mpi_processes_send(memory.baseAddress, Int64(memory.count), Int32(other), kind, &number)
          == MPI_PROCESSES_DONE
      else { return }
      _ = Self.bytes(of: number)
    }
  }

  /// Waits a moment for the end of a transfer.
  ///
  /// - Returns: the bytes that came; nil where it has not ended, or failed.
  private static func bytes(of transfer: Int32) -> Int? {
    var count: Int64 = 0
    let end = ContinuousClock.now + .milliseconds(200)
    repeat {
      switch mpi_processes_test(transfer, &count) {
      case MPI_PROCESSES_DONE: return Int(count)
      case MPI_PROCESSES_PENDING: continue
      default: return nil
      }
    } while ContinuousClock.now < end
    return nil
  }

  package func lastWords(of rank: Int) -> HourglassError? {
    // It stays: what has not come in time may still come.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: LastWords.mostBytes, alignment: 8)
    var number: Int32 = 0
    guard
      mpi_processes_receive(
        memory.baseAddress, Int64(memory.count), Int32(rank), MPI_PROCESSES_LAST_WORDS, &number)
        == MPI_PROCESSES_DONE
    else { return nil }
    guard let count = Self.bytes(of: number) else {
      _ = mpi_processes_abandon(100)
      return nil
    }
    let words = LastWords.error(memory.prefix(count))
    if words != nil { explained.store(true, ordering: .relaxed) }
    return words
  }

  private let explained = Atomic(false)
  /// Whether a process that left said why. Then that is what went wrong; else it may have been a signal that all got.
  package var isExplained: Bool { explained.load(ordering: .relaxed) }
}

/// An error on its way to process 0: the number of its kind, and its fact with its remedies in words.
enum LastWords {
  // So few that MPI takes them at once, with what it adds.
  static let mostBytes = 2048

  static func bytes(_ error: HourglassError) -> [UInt8] {
    let kind = HourglassError.Code.allCases.firstIndex(of: error.code) ?? 0
    return [UInt8(kind)] + error.message.utf8.prefix(mostBytes - 1)
  }

  static func error(_ bytes: some Collection<UInt8>) -> HourglassError? {
    guard let kind = bytes.first, HourglassError.Code.allCases.indices.contains(Int(kind)) else { return nil }
    return HourglassError(
      HourglassError.Code.allCases[Int(kind)], String(decoding: bytes.dropFirst(), as: UTF8.self))
  }
}
