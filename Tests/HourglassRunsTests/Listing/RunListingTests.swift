import Foundation
import HourglassBase
import HourglassFiles
import HourglassRuns
import HourglassTestSupport
import Testing

@Suite struct RunListingTests {
  private let fixture = RunFixture()

  private func listing() throws -> RunListing { try RunListing(below: fixture.scratch.path) }

  private func only() throws -> RunSummary { try #require(listing().runs.first) }

  @Test func tellsWhatARunCameTo() async throws {
    let result = try await fixture.open(set: ["epochs=3"]).run()
    let run = try only()
    #expect(run.path == fixture.folder().path && run.kind == .training && run.state == .finished)
    #expect(run.recipe == "small" && run.epochs == 3 && run.plannedEpochs == 3)
    #expect(run.trainLoss == result.trainLoss && run.validationLoss == result.validationLoss)
    #expect(run.metrics == result.metrics && run.digest == result.weightsSHA256)
    #expect(run.seconds == result.seconds && run.complaint == nil && run.seed == 3)
    #expect(run.settings.contains { $0.key == "batch_size" })
    #expect(abs(try #require(run.changed) - Int(Date.now.timeIntervalSince1970)) < 600)
  }

  @Test func tellsHowFarAnUnfinishedRunIs() async throws {
    let run = try fixture.open()
    #expect(try only().state == .running && only().epochs == nil)
    await fixture.breakOff(run, after: 5)
    try fixture.copy(to: "copy")
    let copy = try #require(listing().runs.first)
    #expect(copy.path.hasSuffix("/copy") && copy.state == .brokenOff)
    #expect(copy.epochs == 1 && copy.plannedEpochs == 2 && copy.trainLoss != nil && copy.digest == nil)
    // The run itself, whose process still has the folder.
    #expect(try listing().runs.last?.state == .running)
    withExtendedLifetime(run) {}
  }

  /// To look disturbs nobody.
  @Test func looksWithoutTakingTheLock() async throws {
    let run = try fixture.open()
    for _ in 0..<20 { _ = try listing() }
    _ = try await run.run()
    #expect(try only().epochs == 2)
  }

  @Test(arguments: ["result.json", "recipe.yaml", "checkpoint/manifest.json"])
  func damagedRunsAreListedWithTheReason(file: String) async throws {
    _ = try await fixture.open().run()
    try fixture.copy(to: "copy")
    let scratch = fixture.scratch
    if file != "result.json" {
      try FileManager.default.removeItem(atPath: "\(scratch.path)/copy/result.json")
    }
    let whole = try scratch.read("copy/\(file)")
    let damages: [[UInt8]] = [
      [], Array(whole.prefix(whole.count / 2)), Array("{\"a\": [1e999]}".utf8), [0xFF, 0xFE, 0],
      Array(String(repeating: "[", count: 100_000).utf8),
    ]
    for bytes in damages {
      try scratch.write(bytes, "copy/\(file)")
      let run = try #require(listing().runs.first { $0.path.hasSuffix("/copy") })
      // Half a recipe may still be YAML.
      if run.state != .damaged {
        #expect(file == "recipe.yaml", "\(bytes.count) bytes")
        continue
      }
      #expect(run.complaint?.contains("\(scratch.path)/copy") ?? false, "\(run.complaint ?? "nothing")")
      // What else is known stays.
      if file != "recipe.yaml" { #expect(run.recipe == "small") }
      #expect(run.epochs != nil || file != "recipe.yaml")
    }
  }

  @Test func findsRunsInFoldersOfFolders() async throws {
    _ = try await fixture.open().run()
    for name in ["b/deep/er", "a", "b/.hidden"] {
      try fixture.scratch.folder(name)
      try fixture.copy(to: "\(name)/copy")
    }
    // None of these is a run.
    try fixture.scratch.write("name: x\n", "recipes/recipe.yaml")
    try fixture.scratch.write("{}", "other/result.json")
    try fixture.scratch.write("x", "folder.txt")
    // A link back is passed over.
    try FileManager.default.createSymbolicLink(
      atPath: "\(fixture.scratch.path)/b/back", withDestinationPath: "..")
    let paths = try listing().runs.map { $0.path.dropFirst(fixture.scratch.path.count + 1) }
    #expect(paths == ["a/copy", "b/deep/er/copy", "run"])
    #expect(try listing().notes.isEmpty)
  }

  @Test func aRunIsAFolderOfOne() async throws {
    _ = try await fixture.open().run()
    #expect(try RunListing(below: "\(fixture.folder().path)/").runs.map(\.path) == [fixture.folder().path])
  }

  @Test func foldersThatCannotBeListedAreTold() async throws {
    _ = try await fixture.open().run()
    let closed = try fixture.scratch.folder("closed")
    try FileFaults.failing(.list, at: closed, EACCES) {
      let listing = try listing()
      #expect(listing.runs.count == 1 && listing.notes.count == 1 && listing.notes[0].contains(closed))
    }
    try FileFaults.failing(.lock, at: "\(fixture.folder().path)/.lock", EIO) {
      let run = try only()
      #expect(run.state == .finished)
    }
  }

  @Test func veryDeepFoldersAreTold() throws {
    let deep = (0..<20).map { "\($0)" }.joined(separator: "/")
    try fixture.scratch.folder(deep)
    let notes = try listing().notes
    #expect(notes.count == 1 && notes[0].contains("16 folders deep"))
  }

  @Test func noFolderIsOneSentence() throws {
    let file = try fixture.scratch.write("x", "file")
    expectSentence(["There is no folder", "gone"], .environment) { _ = try RunListing(below: "gone") }
    expectSentence(["is a file"], .environment) { _ = try RunListing(below: file) }
  }
}
