import HourglassBase
import HourglassModels
import HourglassRuns
import Testing

/// What a run says of its code beside the numbers: what is usual is not told as a fault.
@Suite struct RunNotesTests {
  @Test func unitsOfAVariationalCode() throws {
    #expect(TrainingRun.note(activeUnits: 20, of: 20) == nil)
    let usual = try #require(TrainingRun.note(activeUnits: 17, of: 20))
    #expect(
      usual.hasPrefix("17 of 20 code units carry information; the other 3 stay at the prior, as is usual"))
    #expect(!usual.contains("collapsed"))
    let nearly = try #require(TrainingRun.note(activeUnits: 19, of: 20))
    #expect(
      nearly.hasPrefix("19 of 20 code units carry information; the other one stays at the prior, as is usual")
    )
    #expect(nearly.contains("It does no harm"))
    #expect(TrainingRun.note(activeUnits: 10, of: 20)?.contains("collapsed") == false)
    let partly = try #require(TrainingRun.note(activeUnits: 9, of: 20))
    #expect(partly.hasPrefix("The posterior has collapsed in part: 9 of 20 code units"))
    let wholly = try #require(TrainingRun.note(activeUnits: 0, of: 2))
    #expect(wholly.hasPrefix("The posterior has collapsed: 0 of 2 code units"))
  }

  /// The recipe promises what it aims at, and says that the share of active units is something else.
  @Test func sparseKLSaysWhatItsTargetIs() throws {
    let recipe = try RecipeCatalogue.recipe("sparse-kl")
    #expect(recipe.summary.contains("mean activation near 0.05"))
    let notes = recipe.objective.notes(for: recipe.model)
    #expect(notes.count == 1 && notes[0].hasPrefix("The target 0.05 is of mean_activation"))
    #expect(notes[0].contains("active_share") && notes[0].contains("no measure of the target"))
  }
}
