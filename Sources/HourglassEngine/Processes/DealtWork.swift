import HourglassBase

extension Optional where Wrapped == any ProcessGroup {
  /// Does work that consists of many pieces, in all processes: the first deals them out, each process does those that it is given, and
  /// the first takes what comes of them, in the order of the pieces. So nothing depends on how many processes there are, nor on
  /// which of them did what. One process without others does all.
  ///
  /// - Parameters:
  ///   - pieces: how many there are, where that is known.
  ///   - next: the next piece, nil after the last one; asked in the first process alone.
  ///   - work: called in any process.
  ///   - take: given what came of each piece, in the first process alone.
  /// - Throws: what `next`, `work` and `take` throw; `HourglassError` when another process is lost or has left.
  package func deal<Piece: MessageContent, Outcome: MessageContent>(
    pieces: Int? = nil, _ next: () throws -> Piece?, work: (Piece) throws -> Outcome,
    take: (Outcome) throws -> Void
  ) throws {
    guard let group = self else {
      while let piece = try next() { try take(work(piece)) }
      return
    }
    guard group.rank == 0 else {
      let link = ProcessLink(group, to: 0)
      while let bytes = try link.message() {
        let outcome = try work(Piece(messageBytes: bytes)).messageBytes
        // What came of the piece before went while this one was worked on.
        try link.finishSending()
        try link.send(outcome)
      }
      try link.sendEnd()
      try link.finishSending()
      return
    }
    let dealer = Dealer<Outcome>(group)
    var before = 0
    while let piece = try next() {
      try dealer.look()
      if let link = dealer.idlest(left: pieces.map { $0 - before }) {
        try dealer.deal(piece.messageBytes, to: link)
      } else {
        dealer.keep(try work(piece))
      }
      before += 1
      while let outcome = try dealer.first(isWaitedFor: dealer.isFull) { try take(outcome) }
    }
    while let outcome = try dealer.first(isWaitedFor: true) { try take(outcome) }
    try dealer.end()
  }

  /// Does work on `0..<count`, in pieces of neighbours; see the other.
  ///
  /// - Parameters:
  ///   - size: of a piece; the last may be smaller.
  ///   - take: given each piece with what came of it.
  package func deal<Outcome: MessageContent>(
    _ count: Int, by size: Int, work: (Range<Int>) throws -> Outcome,
    take: (Range<Int>, Outcome) throws -> Void
  ) throws {
    var (dealt, taken) = (0, 0)
    func piece(from start: Int) -> Range<Int> { start..<Swift.min(start + size, count) }
    try deal(pieces: (count + size - 1) / size) { () -> Range<Int>? in
      guard dealt < count else { return nil }
      defer { dealt += size }
      return piece(from: dealt)
    } work: {
      try work($0)
    } take: {
      try take(piece(from: taken), $0)
      taken += size
    }
  }
}

/// What the first process knows of pieces that are dealt out.
private final class Dealer<Outcome: MessageContent> {
  private let links: [ProcessLink]
  /// Of all pieces that were not taken yet, in their order.
  private var places: [Place] = []
  private var hasWorked = false

  private enum Place {
    case here(Outcome)
    case there(ProcessLink)
  }

  init(_ group: any ProcessGroup) {
    links = (1..<Swift.max(group.count, 1)).map { ProcessLink(group, to: $0) }
  }

  /// Whether so much waits for one piece that no more is begun before it has come.
  var isFull: Bool { places.count > 4 * (links.count + 1) }

  /// How long the first process waits for the rest of messages that have begun to come: carriers move a part at each look, and it
  /// looks but once for each piece that it does itself.
  private let patience = Duration.microseconds(500)

  func look() throws(HourglassError) {
    let end = ContinuousClock.now + patience
    repeat {
      for link in links { try link.look() }
    } while links.contains(where: \.isComing) && ContinuousClock.now < end
  }

  /// The process that waits for work, or will first; nil where all have enough. Each has a piece to go on with when it is done with
  /// one, but not at the beginning and at the end, where another would have nothing to do.
  ///
  /// - Parameter left: pieces that are not dealt yet, where that is known.
  func idlest(left: Int?) -> ProcessLink? {
    let isMiddle = hasWorked && (left.map { $0 > 2 * (links.count + 1) } ?? true)
    return links.filter { $0.awaited < (isMiddle ? 2 : 1) }.min { $0.awaited < $1.awaited }
  }

  func deal(_ piece: [UInt8], to link: ProcessLink) throws(HourglassError) {
    try link.send(piece)
    link.awaited += 1
    places.append(.there(link))
  }

  /// Notes what came of a piece that the first process did itself.
  func keep(_ outcome: Outcome) {
    hasWorked = true
    places.append(.here(outcome))
  }

  /// What came of the first piece that was not taken yet; nil where there is none, or it is not there and not waited for.
  func first(isWaitedFor: Bool) throws -> Outcome? {
    guard let place = places.first else { return nil }
    switch place {
    case .here(let outcome):
      places.removeFirst()
      return outcome
    case .there(let link):
      try look()
      if isWaitedFor { try link.waitForMessage { () throws(HourglassError) in try look() } }
      guard let bytes = link.arrived() else { return nil }
      places.removeFirst()
      return try Outcome(messageBytes: bytes)
    }
  }

  func end() throws(HourglassError) {
    for link in links { try link.sendEnd() }
    // That each has heard of it is known once it answers.
    for link in links { try link.waitForEnd() }
  }
}
