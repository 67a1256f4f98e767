import Dispatch
import HourglassFiles
import HourglassPlatform
import Synchronization

/// Has parts of files fetched from the disk before they are read, on a thread of its own, where they have to be fetched at all.
///
/// To ask for a sample that the system has in memory costs about as much as to read it. So a few are asked for first; only
/// where the process had to fetch something from a disk since the last time are the others.
final class ReadAhead: Sendable {
  /// Bytes of a file.
  struct Piece {
    let file: any PositionedFile
    let bytes: Range<Int>
  }

  private let queue = DispatchQueue(label: "hourglass.reading-ahead")
  private let waiting = Atomic(0)
  /// What the process had fetched when the last pieces were asked for.
  private let fetched = Atomic(0)

  /// More that wait say that the disk is slower than the training, which then waits for it anyhow.
  private static let mostWaiting = 4
  private static let probes = 16

  /// - Parameter pieces: asked for on the thread of its own.
  func fetch(_ pieces: @escaping @Sendable () -> [Piece]) {
    guard waiting.load(ordering: .relaxed) < Self.mostWaiting else { return }
    waiting.add(1, ordering: .relaxed)
    queue.async { [self] in
      defer { waiting.subtract(1, ordering: .relaxed) }
      let pieces = pieces()
      func ask(_ piece: Piece) { piece.file.willRead(at: piece.bytes.lowerBound, count: piece.bytes.count) }
      for piece in pieces.prefix(Self.probes) { ask(piece) }
      let now = blocksFetched()
      guard fetched.exchange(now, ordering: .relaxed) != now else { return }
      for piece in pieces.dropFirst(Self.probes) { ask(piece) }
    }
  }
}
