/// Which of several processes updates which part of the parameters, and where the parts lie.
///
/// A process has the gradients of its part alone, and the optimizer's state of it. The squares of the gradients, which clipping and the look
/// for numbers that are not finite need of all parts, go the same way as the new parameters.
final class DealtUpdate {
  /// By stage and process, numbers of the sums.
  let parts: [[Range<Int>]]
  /// The chunks of the update that this process does: its part, and what all do.
  let ownChunks: [Int]
  /// By process, what the others need of it after an update: its parameters, then its `notices`.
  let updated: [[UnsafeMutableRawBufferPointer]]
  /// By process, whether it asks for the whole state, and the squares of its gradients.
  let notices: [[UnsafeMutableRawBufferPointer]]
  /// By process, the optimizer's state of its part.
  let states: [[UnsafeMutableRawBufferPointer]]

  private let rank: Int
  /// The process that does a chunk; nil for one that all do.
  private let owners: [Int?]
  /// Of each process in turn: what it asks for, and the squares of its chunks.
  private let notice: UnsafeMutableBufferPointer<Double>
  /// Where the notice has the squares of a chunk.
  private let places: [Int]

  /// - Parameters:
  ///   - rank: which of the processes this is.
  ///   - count: of processes.
  init(_ update: ParameterUpdate, shared: SharedMemory, rank: Int, count: Int) {
    self.rank = rank
    // Chunks whose gradients are among those that only the optimizer reads, by their place in the sums of their stage.
    var owners = [Int?](repeating: nil, count: update.chunks.count)
    var parts: [[Range<Int>]] = []
    for (stage, sums) in shared.sums.enumerated() {
      let first = shared.combined[stage] + sums.dealt
      let size = sums.size - sums.dealt
      var starts = [Int?](repeating: nil, count: count)
      for (place, chunk) in update.chunks.enumerated() {
        let start = update.numbers(chunk).gradient - first
        guard start >= 0, start < size else { continue }
        // The parts are as equal as whole chunks allow, whose squares are added up by one process.
        let owner = min((start + chunk.range.count / 2) * count / size, count - 1)
        owners[place] = owner
        starts[owner] = min(starts[owner] ?? .max, sums.dealt + start)
      }
      var ends = sums.size
      var ranges: [Range<Int>] = []
      for start in starts.reversed() {
        ranges.append((start ?? ends)..<ends)
        ends = start ?? ends
      }
      parts.append(size > 0 ? ranges.reversed() : [])
      for (place, chunk) in update.chunks.enumerated() {
        let start = update.numbers(chunk).gradient - shared.combined[stage]
        guard start >= sums.dealt, start < sums.size, let owner = owners[place] else { continue }
        let part = parts[stage][owner]
        precondition(
          part.contains(start) && start + chunk.range.count <= part.upperBound,
          "the gradients of a process lie side by side")
      }
    }
    self.parts = parts
    self.owners = owners
    ownChunks = owners.indices.filter { owners[$0] ?? rank == rank }

    var places = [Int](repeating: 0, count: owners.count)
    var starts = [0]
    for process in 0..<count {
      var place = starts[process] + 1
      for chunk in owners.indices where owners[chunk] == process {
        places[chunk] = place
        place += 1
      }
      starts.append(place)
    }
    self.places = places
    let notice = UnsafeMutableBufferPointer<Double>.allocate(capacity: starts[count])
    notice.initialize(repeating: 0)
    self.notice = notice
    notices = (0..<count).map { process in
      [
        UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: notice[starts[process]..<starts[process + 1]]))
      ]
    }
    func pieces(
      _ process: Int, _ numbers: (ParameterUpdate.Numbers) -> UnsafeMutablePointer<Float>
    ) -> [UnsafeMutableRawBufferPointer] {
      Self.joined(
        owners.indices.filter { owners[$0] == process }.map { chunk in
          (numbers(update.numbers(update.chunks[chunk])), update.chunks[chunk].range.count)
        })
    }
    let notices = notices
    updated = (0..<count).map { pieces($0, \.values) + notices[$0] }
    states = (0..<count).map { pieces($0, \.firstState) + pieces($0, \.secondState) }
  }

  deinit { notice.deallocate() }

  /// Pieces of memory in which one begins, but for padding to 16 numbers, where the last ended, as one.
  private static func joined(
    _ pieces: [(start: UnsafeMutablePointer<Float>, count: Int)]
  ) -> [UnsafeMutableRawBufferPointer] {
    var joined: [(start: UnsafeMutablePointer<Float>, count: Int)] = []
    for piece in pieces {
      let count = (piece.count + 15) / 16 * 16
      if let last = joined.last, last.start + last.count == piece.start {
        joined[joined.count - 1].count += count
      } else {
        joined.append((piece.start, count))
      }
    }
    return joined.map {
      UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(start: $0.start, count: $0.count))
    }
  }

  /// What the first process asked for in the last update that was shared: whether the whole state shall come to it.
  var asksForState: Bool {
    get { notice[0] != 0 }
    set { if rank == 0 { notice[0] = newValue ? 1 : 0 } }
  }

  /// Of a chunk that is dealt out, the squares of its gradient as they are known here.
  func squares(ofChunk place: Int) -> Double? { owners[place].map { _ in notice[places[place]] } }

  /// Adds up the squares of the own part; those of the others are 0 until they come.
  ///
  /// - Parameter skips: says that all numbers are finite, and nobody asks for the sums.
  func measure(_ update: ParameterUpdate, skips: Bool) {
    for (place, owner) in owners.enumerated() {
      guard let owner else { continue }
      notice[places[place]] = owner == rank && !skips ? update.squares(update.chunks[place]) : 0
    }
  }
}
