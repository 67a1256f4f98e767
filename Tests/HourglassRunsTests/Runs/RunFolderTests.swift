import Foundation
import HourglassBase
import HourglassFiles
import HourglassRuns
import HourglassTestSupport
import Testing

/// Whose folder a run takes, and whose not.
@Suite struct RunFolderTests {
  private let fixture = RunFixture()

  @Test func namesItsFiles() {
    let folder = RunFolder("some/run/")
    #expect(folder.path == "some/run" && folder.recipe == "some/run/recipe.yaml")
    #expect(folder.model == "some/run/model.safetensors" && folder.result == "some/run/result.json")
    #expect(folder.checkpoint == "some/run/checkpoint" && folder.history == "some/run/history.csv")
  }

  @Test func beginsARun() throws {
    #expect(try fixture.folder().holdsRun == false)
    let run = try fixture.open()
    #expect(try fixture.folder().holdsRun == true)
    #expect(try fixture.folder().holdsModel == false)
    withExtendedLifetime(run) {
      #expect(fixture.scratch.names(in: "run") == [".lock", "checkpoint", "figures", "recipe.yaml"])
    }
  }

  /// It says that there is a recipe, not who put it there.
  @Test func aRecipeAloneCountsAsARun() throws {
    try fixture.scratch.write("name: mine", "run/recipe.yaml")
    #expect(try fixture.folder().holdsRun == true)
    expectSentence(["run already holds a run"], .usage) { _ = try fixture.open() }
    #expect(try fixture.scratch.read("run/recipe.yaml") == Array("name: mine".utf8))
  }

  /// What the recipe left open is written as the data decided it.
  @Test func keepsItsRecipe() throws {
    _ = try fixture.open(set: ["validation="])
    let stored = try RecipeCatalogue.recipe(fixture.folder().recipe)
    let plan = try recipe(smallRecipe).plan
    #expect(stored.validation == .split(0.1) && stored.plan == plan)
  }

  @Test func aRunIsNotBegunTwice() throws {
    _ = try fixture.open()
    expectSentence(["run already holds a run"], .usage) { _ = try fixture.open() }
    #expect(throws: Never.self) { try fixture.open(resume: true) }
  }

  @Test(arguments: [
    ("seed=7", "seed is 3 there and 7 here"),
    ("optimizer.adam.learning_rate=0.5", "optimizer.adam.learning_rate is 0.01 there and 0.5 here"),
    ("model.encoder.0.conv2d.filters=3", "model.encoder.0.conv2d.filters is 2 there and 3 here"),
    ("limit=", "limit is 100 there and missing here"),
  ])
  func anotherRecipeIsRefused(_ override: String, _ words: String) throws {
    _ = try fixture.open()
    expectSentence([words, "another recipe"], .usage) {
      _ = try fixture.open(set: [override], resume: true)
    }
  }

  @Test func dataMayMove() throws {
    _ = try fixture.open()
    #expect(throws: Never.self) { try fixture.open(set: ["data={folder: elsewhere}"], resume: true) }
  }

  @Test func aDamagedRecipeIsReported() throws {
    _ = try fixture.open()
    try fixture.scratch.write("name: [", "run/recipe.yaml")
    expectSentence(["run/recipe.yaml"], .badData) { _ = try fixture.open(resume: true) }
  }

  // MARK: - Folders of others

  @Test func filesOfOthersAreLeftAlone() throws {
    try fixture.scratch.write("mine", "run/notes.txt")
    expectSentence(["run holds other files, such as notes.txt"], .usage) { _ = try fixture.open() }
    #expect(try fixture.folder().holdsRun == false)
  }

  /// What a link leads to is somebody else's, and would be written over.
  @Test(arguments: ["history.csv", "model.safetensors", "checkpoint/manifest.json", "figures/loss.svg"])
  func linksToFilesAreRefused(_ name: String) throws {
    _ = try fixture.open()
    try fixture.scratch.write("mine", "notes.txt")
    let link = "\(fixture.folder().path)/\(name)"
    for target in ["\(fixture.scratch.path)/notes.txt", "\(fixture.scratch.path)/nothing-yet"] {
      try? FileManager.default.removeItem(atPath: link)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
      expectSentence(["run/\(name) is a link", "remove the link"], .usage) {
        _ = try fixture.open(resume: true)
      }
    }
    #expect(try fixture.scratch.read("notes.txt") == Array("mine".utf8))
    #expect(!fixture.scratch.exists("nothing-yet"))
  }

  /// Figures have plain names, which may lie in a folder of someone else.
  @Test func figuresElsewhereAreRefused() throws {
    _ = try fixture.open()
    try fixture.scratch.write("mine", "pictures/reconstructions.png")
    let figures = fixture.folder().figures
    try FileManager.default.removeItem(atPath: figures)
    try FileManager.default.createSymbolicLink(
      atPath: figures, withDestinationPath: "\(fixture.scratch.path)/pictures")
    expectSentence(["run/figures is a link to another place", "remove the link"], .usage) {
      _ = try fixture.open(resume: true)
    }
    #expect(try fixture.scratch.read("pictures/reconstructions.png") == Array("mine".utf8))
  }

  @Test func aCheckpointFolderMayLieElsewhere() throws {
    let elsewhere = try fixture.scratch.folder("big-disk")
    _ = try fixture.open()
    try FileManager.default.removeItem(atPath: fixture.folder().checkpoint)
    try FileManager.default.createSymbolicLink(
      atPath: fixture.folder().checkpoint, withDestinationPath: elsewhere)
    #expect(throws: Never.self) { try fixture.open(resume: true) }
  }

  /// A place that cannot be looked at is not taken for an empty one.
  @Test(arguments: [EIO, EACCES, ESTALE])
  func aRecipeThatCannotBeSeenIsNotReplaced(_ number: Int32) throws {
    _ = try fixture.open()
    let before = try fixture.scratch.read("run/recipe.yaml")
    for resume in [false, true] {
      expectSentence(["recipe.yaml cannot be examined", systemMessage(number)], .environment) {
        try FileFaults.failing(.look, at: fixture.folder().recipe, number) {
          _ = try fixture.open(resume: resume)
        }
      }
    }
    #expect(try fixture.scratch.read("run/recipe.yaml") == before)
    try FileFaults.failing(.look, at: fixture.folder().recipe, EINTR, times: 3) {
      _ = try fixture.open(resume: true)
    }
  }

  @Test func hiddenFilesAreNobodys() throws {
    try fixture.scratch.write("system", "run/.DS_Store")
    #expect(throws: Never.self) { try fixture.open() }
    #expect(fixture.scratch.exists("run/.DS_Store"))
  }

  @Test func aFileIsNoFolder() throws {
    try fixture.scratch.write("mine", "run")
    expectSentence(["run is a file, but must be a folder"], .environment) { _ = try fixture.open() }
  }

  // MARK: - Other processes

  /// The lock belongs to the run that is open; it ends with it.
  @Test func aSecondTrainerIsKeptOut() throws {
    try withExtendedLifetime(fixture.open()) {
      for resume in [false, true] {
        expectSentence(["Another process is training in", "run"], .environment) {
          _ = try fixture.open(resume: resume)
        }
      }
    }
    #expect(throws: Never.self) { try fixture.open(resume: true) }
  }

  /// A network disk may have no locks; the work goes on, and says so once.
  @Test(arguments: [ENOLCK, ENOTSUP])
  func aDiskWithoutLocksIsToldOf(_ number: Int32) async throws {
    let run = try FileFaults.failing(.lock, at: "\(fixture.folder().path)/.lock", number) {
      try fixture.open()
    }
    #expect(run.notes.count == 1 && run.notes[0].contains("has no locks"))
    let notes = try await run.run().notes
    #expect(notes.filter { $0.contains("has no locks") } == run.notes)
    let other = try fixture.open("other")
    #expect(other.notes == [])
  }

  @Test func aLockLeftBehindHoldsNobodyOut() throws {
    try fixture.scratch.write("", "run/.lock")
    #expect(throws: Never.self) { try fixture.open() }
  }

  @Test func halfWrittenFilesOfAKillAreRemoved() throws {
    _ = try fixture.open()
    let leftovers = ["run", "run/checkpoint", "run/figures"].map { "\($0)/.hourglass-1f.partial" }
    let others = ["run/notes.partial", "run/.hourglass-notes", "run/checkpoint/.other.partial"]
    for name in leftovers + others { try fixture.scratch.write([1, 2, 3], name) }
    _ = try fixture.open(resume: true)
    #expect(leftovers.filter(fixture.scratch.exists) == [])
    #expect(others.filter(fixture.scratch.exists) == others)
  }
}
