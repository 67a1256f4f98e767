import Foundation
import Testing

/// What is the same whether the program is built with MPI or not; `Tests/Processes` starts several by mpirun.
@Suite struct ProcessesTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch(data: false) }

  private func run(_ arguments: [String], rank: Int, of count: Int) throws -> Hourglass.Outcome {
    var hourglass = scratch.hourglass
    hourglass.environment = ["OMPI_COMM_WORLD_SIZE": "\(count)", "OMPI_COMM_WORLD_RANK": "\(rank)"]
    return try hourglass(arguments)
  }

  @Test func commandsForOneProcessRefuseSeveral() throws {
    for arguments in [["runs"], ["recipes"], ["detect", "fit", "table.csv"]] {
      expectRefusal(
        try run(arguments, rank: 0, of: 4), status: 64,
        saying: "mpirun started 4 processes",
        arguments[0] == "detect" ? "hourglass detect fit" : "hourglass \(arguments[0])", "works in one",
        "without mpirun")
    }
  }

  @Test func theFirstProcessAloneTells() throws {
    for arguments in [["runs"], ["--version"], ["train", "--help"], ["train", "--nonsense"]] {
      let (first, second) = (try run(arguments, rank: 0, of: 2), try run(arguments, rank: 1, of: 2))
      #expect(!(first.output + first.errors).isEmpty)
      #expect(second.output.isEmpty && second.errors.isEmpty, "\(second.output)\(second.errors)")
      #expect(first.status == second.status)
    }
    #expect(try run(["recipes"], rank: 0, of: 1).status == 0)
  }

  @Test func whatIsSentIsExplained() throws {
    let outcome = try scratch.hourglass("explain", "vae", "--stage", "exchange")
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(outcome.status == 0 && lines.count == 7, "\(outcome.output)\(outcome.errors)")
    #expect(
      lines[0].hasPrefix("a batch of 128 samples: 8 micro-batches of 16, 2 shards; a shard's sums: 652,"),
      "\(lines[0])")
    #expect(
      lines[1].hasPrefix(
        "2 processes: at most 4 micro-batches each, so at best 2.0 times as fast; each updates a part of 652,"
      ),
      "\(lines[1])")
    #expect(lines[3].hasPrefix("4 processes: 2 without work; at most 4 micro-batches each"), "\(lines[3])")
  }
}
