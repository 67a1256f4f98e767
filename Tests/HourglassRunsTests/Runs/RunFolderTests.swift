import HourglassBase
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
    #expect(!fixture.folder().holdsRun)
    _ = try fixture.open()
    #expect(fixture.folder().holdsRun && !fixture.folder().holdsModel)
    #expect(fixture.scratch.names(in: "run") == [".lock", "checkpoint", "figures", "recipe.yaml"])
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
    #expect(!fixture.folder().holdsRun)
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
