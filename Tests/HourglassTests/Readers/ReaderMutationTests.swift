import Foundation
import HourglassReaders
import HourglassTestSupport
import Testing

/// Every reader of files from outside, on mutations of the files that are kept for it. script/fuzz looks further.
@Suite struct ReaderMutationTests {
  /// Every second mutation gets its digests and check sums put right, so that what is behind them is reached.
  @Test(arguments: FileReader.all) func survivesMutations(_ reader: FileReader) throws {
    let files = try Corpus.files(of: reader.name).map(\.bytes)
    var numbers = TestNumbers(reader.name)
    var (read, refused, broken) = (0, 0, 0)
    for round in 0..<reader.rounds where broken < 3 {
      let mutation = numbers.mutation(of: files)
      let bytes = round.isMultiple(of: 2) ? mutation : reader.repaired(mutation)
      switch reader.outcome(of: bytes) {
      case .read: read += 1
      case .refused: refused += 1
      case .broken(let what):
        broken += 1
        Issue.record("mutation \(round), \(Data(bytes).base64EncodedString()): \(what)")
      }
    }
    // Both happen, or the mutations would show little.
    #expect(refused > reader.rounds / 200, "\(read) read")
    #expect(read > reader.rounds / 1000, "\(refused) refused")
  }

  @Test(arguments: FileReader.all) func keptFilesAreReadOrRefused(_ reader: FileReader) throws {
    let files = try Corpus.files(of: reader.name)
    #expect(files.contains { $0.isWhole })
    for file in files {
      let outcome = reader.outcome(of: file.bytes)
      #expect(!file.isWhole || outcome == .read, "\(file.name): \(outcome)")
      for outcome in [outcome, reader.outcome(of: reader.repaired(file.bytes))] {
        if case .broken(let what) = outcome { Issue.record("\(file.name): \(what)") }
      }
    }
  }

  @Test func everyReaderHasFiles() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Corpus.folder)
    #expect(Set(folders) == Set(FileReader.all.map(\.name)))
  }

  /// What a digest covers can be changed by who puts the digest right, and only by them.
  @Test(arguments: ["png", "npz", "tar", "model", "detector", "index", "map", "hgz"])
  func repairsGetBehindDigests(_ name: String) throws {
    let reader = try #require(FileReader.all.first { $0.name == name })
    var (refused, reached) = (0, 0)
    for file in try Corpus.files(of: name) where file.isWhole {
      #expect(reader.outcome(of: reader.repaired(file.bytes)) == .read, "\(file.name)")
      for place in file.bytes.indices {
        var changed = file.bytes
        changed[place] ^= 1
        let outcome = reader.outcome(of: changed)
        guard case .refused = outcome else { continue }
        refused += 1
        if reader.outcome(of: reader.repaired(changed)) != outcome { reached += 1 }
      }
    }
    #expect(reached > refused / 20, "\(reached) of \(refused)")
  }
}
