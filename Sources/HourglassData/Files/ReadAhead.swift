import Dispatch
import HourglassFiles
import HourglassPlatform
import Synchronization

/// Has parts of files fetched from the disk before they are read, on a thread of its own, where they have to be fetched at all.
///
/// To ask for a sample that the system has in memory costs half as much as to read it. So only a few are asked for, and only now and
/// then, until the process had to fetch something from a disk.
final class ReadAhead: Sendable {
  /// Bytes of a file.
  struct Piece {
    let file: any PositionedFile
    let bytes: Range<Int>
  }

  private let queue = DispatchQueue(label: "hourglass.reading-ahead")
  private let waiting = Atomic(0)
  /// What the process had fetched when the last samples were asked for.
  private let fetched = Atomic(0)
  /// How often nothing is asked for yet.
  private let rest = Atomic(0)

  /// More that wait say that the disk is slower than the training, which then waits for it anyhow.
  private static let mostWaiting = 4
  private static let probes = 16
  private static let pause = 8

  /// - Parameter pieces: the parts of files that have some samples.
  func fetch(
    _ indices: ArraySlice<UInt32>, _ pieces: @escaping @Sendable (ArraySlice<UInt32>) -> [Piece]
  ) {
    guard rest.load(ordering: .relaxed) == 0 else {
      rest.subtract(1, ordering: .relaxed)
      return
    }
    guard waiting.load(ordering: .relaxed) < Self.mostWaiting else { return }
    waiting.add(1, ordering: .relaxed)
    queue.async { [self] in
      defer { waiting.subtract(1, ordering: .relaxed) }
      func ask(_ indices: ArraySlice<UInt32>) {
        for piece in pieces(indices) {
          piece.file.willRead(at: piece.bytes.lowerBound, count: piece.bytes.count)
        }
      }
      ask(indices.prefix(Self.probes))
      let now = blocksFetched()
      guard fetched.exchange(now, ordering: .relaxed) != now else {
        rest.store(Self.pause, ordering: .relaxed)
        return
      }
      ask(indices.dropFirst(Self.probes))
    }
  }

  /// Has all of some pieces fetched, of which there are few.
  func fetchAll(_ pieces: @escaping @Sendable () -> [Piece]) {
    queue.async {
      for piece in pieces() { piece.file.willRead(at: piece.bytes.lowerBound, count: piece.bytes.count) }
    }
  }
}
