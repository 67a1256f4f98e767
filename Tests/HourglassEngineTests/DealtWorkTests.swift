import Foundation
import HourglassBase
import HourglassEngine
import HourglassTestSupport
import Testing

/// Work that one process deals out, here to threads that send each other bytes.
@Suite struct DealtWorkTests {
  /// What a process took, and the pieces that it worked on.
  private struct Share: Sendable {
    var taken: [[Int]] = []
    var worked: [Int] = []
  }

  /// Outcomes of many lengths, none among them.
  private static func outcome(_ piece: Int) -> [Int] { (0..<piece % 5).map { piece * 10 + $0 } }

  private func deal(
    _ pieces: Int, processes count: Int, known: Bool = true,
    work: @escaping @Sendable (_ piece: Int, _ rank: Int) throws -> Void = { _, _ in },
    take: @escaping @Sendable (_ taken: Int) throws -> Void = { _ in }
  ) -> [Result<Share, any Error>] {
    LocalProcesses.run(count) { process in
      let group: (any ProcessGroup)? = process
      var share = Share()
      var next = 0
      try group.deal(pieces: known ? pieces : nil) { () -> MessageNumbers<Int>? in
        guard next < pieces else { return nil }
        defer { next += 1 }
        return MessageNumbers([next])
      } work: { piece in
        try work(piece.values[0], process.rank)
        share.worked.append(piece.values[0])
        return MessageNumbers(Self.outcome(piece.values[0]))
      } take: { outcome in
        share.taken.append(outcome.values)
        try take(share.taken.count)
      }
      return share
    }
  }

  @Test(arguments: 1...4, [0, 1, 2, 3, 7, 60])
  func whatComesOfPiecesIsTakenInTheirOrder(_ processes: Int, _ pieces: Int) throws {
    for known in [true, false] {
      // Later pieces are done sooner.
      let shares = try deal(pieces, processes: processes, known: known) { piece, _ in
        if piece % 3 == 0 { usleep(300) }
      }.map { try $0.get() }
      #expect(shares[0].taken == (0..<pieces).map(Self.outcome))
      #expect(shares.dropFirst().allSatisfy { $0.taken.isEmpty })
      #expect(shares.flatMap(\.worked).sorted() == Array(0..<pieces))
    }
  }

  @Test func allWork() throws {
    let shares = try deal(60, processes: 3) { _, _ in usleep(2000) }.map { try $0.get() }
    for share in shares { #expect(share.worked.count >= 10, "\(shares.map(\.worked.count))") }
  }

  @Test func oneAloneWorksPieceByPiece() throws {
    let alone: (any ProcessGroup)? = nil
    var told: [String] = []
    try alone.deal(10, by: 4) { piece in
      told.append("work \(piece)")
      return piece
    } take: { piece, outcome in
      told.append("take \(piece)")
      #expect(piece == outcome)
    }
    #expect(
      told == ["work 0..<4", "take 0..<4", "work 4..<8", "take 4..<8", "work 8..<10", "take 8..<10"])
    #expect(alone.isFirst)
    #expect(try alone.fromFirst(numbers: [1.5]) == [1.5])
  }

  @Test func aProcessThatFailsEndsTheWorkOfAll() throws {
    let results = deal(40, processes: 3) { piece, rank in
      if rank == 2 { throw HourglassError(.badData, "Piece \(piece) is damaged", .text("mend it")) }
      usleep(500)
    }
    expectSentence(["In process 2 (on node2): Piece", "is damaged"], .badData) { _ = try results[0].get() }
    #expect(throws: HourglassError.self) { try results[1].get() }
  }

  @Test func theFirstProcessThatFailsEndsTheWorkOfAll() throws {
    struct Full: Error {}
    let results = deal(40, processes: 3, take: { if $0 == 9 { throw Full() } })
    #expect(throws: Full.self) { try results[0].get() }
    for other in 1...2 {
      expectSentence(["process 0 (on node0) has left"], .environment) { _ = try results[other].get() }
    }
  }

  @Test func contentsArriveAsTheyWere() throws {
    var message = MessageWriter()
    message.append(7)
    message.append("Grüße\n")
    message.append([Float(1.5), .nan])
    message.append([Double]())
    message.append(true)
    var reader = MessageReader(message.bytes)
    #expect(try reader.value(Int.self) == 7)
    #expect(try reader.text() == "Grüße\n")
    let floats = try reader.values(Float.self)
    #expect(floats.map(\.bitPattern) == [Float(1.5), .nan].map(\.bitPattern))
    #expect(try reader.values(Double.self).isEmpty)
    #expect(try reader.value(Bool.self))
    expectSentence(["damaged"], .environment) { _ = try reader.value(Int.self) }
    #expect(try Range(messageBytes: (3..<9).messageBytes) == 3..<9)
    expectSentence(["damaged"], .environment) { _ = try Range<Int>(messageBytes: [1, 2, 3]) }
    // A length that cannot be.
    var long = MessageWriter()
    long.append(Int.max)
    expectSentence(["damaged"], .environment) {
      var reader = MessageReader(long.bytes)
      _ = try reader.values(Double.self)
    }
  }

  @Test(arguments: 1...4)
  func neighboursAreThoseOfOneProcess(_ processes: Int) throws {
    let cloud = PointClouds.clusters(1300, features: 5, classes: 3, apart: 2)
    let expected = try VectorMachine(threads: 1).neighbours(of: PointMatrix(cloud), width: 7)
    let tables = try LocalProcesses.run(processes) { process in
      try VectorMachine(threads: 1).neighbours(
        of: PointMatrix(cloud), width: 7, processes: process, progress: { _ in })
    }.map { try $0.get() }
    #expect(tables[0].indices == expected.indices && tables[0].squares == expected.squares)
    #expect(tables.dropFirst().allSatisfy { $0.indices.isEmpty })
  }
}
