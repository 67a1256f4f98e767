import Foundation
import HourglassBase
import HourglassRuns
import HourglassTestSupport
import Synchronization
import Testing

/// A run that goes on to other epochs than it was begun for.
@Suite struct ChangeOfEpochsTests {
  private let fixture = RunFixture()
  /// Neither a schedule nor a choice of weights depends on the end.
  private let plain = ["optimizer={adam: {learning_rate: 0.01}}", "early_stopping="]

  /// A finished run of two epochs, in `copy`.
  private func finished(_ overrides: [String] = []) async throws {
    _ = try await fixture.open(set: plain + overrides).run()
    try fixture.copy(to: "copy")
  }

  @Test func aFinishedRunGoesOnWithTheSameBits() async throws {
    let whole = try await fixture.open("whole", set: plain + ["epochs=4"]).run()
    try await finished()
    let run = try fixture.open("copy", set: plain + ["epochs=4"], resume: true)
    #expect(run.notes.count == 1 && run.notes[0].contains("was for 2 epochs and has done 2; it goes on to 4"))
    let result = try await run.run()
    #expect(
      result.weightsSHA256 == whole.weightsSHA256 && result.metrics == whole.metrics && result.epochs == 4)
    #expect(try fixture.history("copy") == fixture.history("whole"))
    // It is now a run of four epochs like any other.
    let recipe = String(decoding: try fixture.scratch.read("copy/recipe.yaml"), as: UTF8.self)
    #expect(recipe.contains("epochs: 4"))
    let again = try await run.run({ event in Issue.record("trained again: \(event)") })
    #expect(try again.json() == result.json())
  }

  /// Broken off in the third of four epochs, and then again by a process that knows the new recipe alone.
  @Test func brokenOffOnItsWay() async throws {
    let whole = try await fixture.open("whole", set: plain + ["epochs=4"]).run()
    try await finished()
    let model = try fixture.scratch.read("copy/model.safetensors")
    await fixture.breakOff(try fixture.open("copy", set: plain + ["epochs=4"], resume: true), after: 2)
    #expect(!fixture.scratch.exists("copy/result.json"), "the run is no longer complete")
    #expect(try fixture.scratch.read("copy/model.safetensors") == model, "a model is not lost")
    try fixture.copy("copy", to: "again")
    let run = try fixture.open("again", set: plain + ["epochs=4"], resume: true)
    #expect(run.notes.isEmpty)
    #expect(try await run.run().weightsSHA256 == whole.weightsSHA256)
  }

  @Test func anUnfinishedRunMayEndSoonerOrLater() async throws {
    for epochs in [2, 5] {
      let whole = try await fixture.open("whole\(epochs)", set: plain + ["epochs=\(epochs)"]).run()
      await fixture.breakOff(try fixture.open("run\(epochs)", set: plain + ["epochs=4"]), after: 5)
      try fixture.copy("run\(epochs)", to: "copy\(epochs)")
      let run = try fixture.open("copy\(epochs)", set: plain + ["epochs=\(epochs)"], resume: true)
      #expect(try await run.run().weightsSHA256 == whole.weightsSHA256)
    }
  }

  @Test func epochsAreNotTakenBack() async throws {
    try await finished()
    expectSentence(["has done epoch 2", "1 epoch would take back", "2 at least"], .usage) {
      _ = try fixture.open("copy", set: plain + ["epochs=1"], resume: true)
    }
    // One that has begun is no longer to be had half.
    await fixture.breakOff(try fixture.open("begun", set: plain + ["epochs=4"]), after: 5)
    try fixture.copy("begun", to: "begun2")
    expectSentence(["has begun epoch 2", "2 at least"], .usage) {
      _ = try fixture.open("begun2", set: plain + ["epochs=1"], resume: true)
    }
    #expect(fixture.scratch.exists("copy/result.json"))
  }

  @Test func otherSettingsAreRefusedStill() async throws {
    try await finished()
    expectSentence(["seed is 3 there and 5 here"], .usage) {
      _ = try fixture.open("copy", set: plain + ["epochs=4", "seed=5"], resume: true)
    }
  }

  /// What depends on the end of the run cannot be as if it had been known.
  @Test func aCosineThatMovesIsTold() async throws {
    let cosine = ["optimizer={sgd: {learning_rate: 0.1, schedule: cosine}}"]
    try await finished(cosine)
    let run = try fixture.open("copy", set: plain + cosine + ["epochs=4"], resume: true)
    #expect(run.notes.count == 2 && run.notes[1].contains("The learning rate follows a cosine"))
    let whole = try await fixture.open("whole", set: plain + cosine + ["epochs=4"]).run()
    let result = try await run.run()
    #expect(result.weightsSHA256 != whole.weightsSHA256 && result.epochs == 4)
    #expect(result.notes.contains { $0.contains("not that of a run of 4 epochs") })
  }

  @Test func earlyStoppingEndsARunForGood() async throws {
    let stopping = ["early_stopping={patience: 1, minimum_delta: 1000000}"]
    let first = try await fixture.open(set: plain + stopping + ["epochs=5"]).run()
    #expect(first.epochs == 2)
    try fixture.copy(to: "copy")
    let run = try fixture.open("copy", set: plain + stopping + ["epochs=9"], resume: true)
    #expect(run.notes.count == 1 && run.notes[0].contains("Early stopping ended the run after epoch 2"))
    let again = try await run.run({ event in Issue.record("trained again: \(event)") })
    #expect(again.weightsSHA256 == first.weightsSHA256)
    let recipe = String(decoding: try fixture.scratch.read("copy/recipe.yaml"), as: UTF8.self)
    #expect(recipe.contains("epochs: 5"))
  }
}
