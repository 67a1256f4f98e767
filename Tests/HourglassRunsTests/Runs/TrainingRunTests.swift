import Foundation
import HourglassBase
import HourglassModels
import HourglassRuns
import HourglassTestSupport
import Synchronization
import Testing

@Suite struct TrainingRunTests {
  private let fixture = RunFixture()

  @Test func leavesItsFiles() async throws {
    let result = try await fixture.open().run()
    let folder = fixture.folder()
    #expect(
      fixture.scratch.names(in: "run") == [
        "checkpoint", "figures", "history.csv", "model.safetensors", "recipe.yaml", "result.json",
      ])
    #expect(fixture.scratch.names(in: "run/checkpoint") == ["8-2.safetensors", "manifest.json"])
    #expect(try fixture.scratch.read("run/result.json") == Array("\(result.json())\n".utf8))
    #expect(try TrainedModel.read(path: folder.model).weightsDigest == result.weightsSHA256)
    #expect(result.epochs == 2 && result.trainingSamples == 30 && result.validationSamples == 10)
  }

  @Test func historyHasALineForEachEpoch() async throws {
    let result = try await fixture.open().run()
    let history = try fixture.history()
    #expect(history.count == 3 && history[0] == "epoch,train_loss,validation_loss,learning_rate")
    #expect(history[1].hasPrefix("1,") && history[2].hasPrefix("2,"))
    let losses = history.dropFirst().map { $0.split(separator: ",")[1] }
    #expect(losses.contains("\(result.trainLoss)"))
  }

  // MARK: - Broken off

  /// Within an epoch, at its end, at the last batch of all.
  @Test(arguments: [1, 3, 4, 5, 8])
  func goesOnWithTheSameBits(after stop: Int) async throws {
    let whole = try await fixture.open("whole").run()
    await fixture.breakOff(try fixture.open(), after: stop)
    #expect(try fixture.folder().holdsModel == false)
    #expect(!fixture.scratch.exists("run/result.json"))
    try fixture.copy(to: "copy")
    let resumed = try await fixture.open("copy", resume: true, threads: 2).run()
    #expect(resumed.weightsSHA256 == whole.weightsSHA256 && resumed.metrics == whole.metrics)
    #expect(try fixture.history("copy") == fixture.history("whole"))
  }

  /// What comes after the last epoch ends too, and is done when the run goes on.
  @Test func cancelledAfterTheLastEpochItGoesOn() async throws {
    let whole = try await fixture.open("whole").run()
    let run = try fixture.open()
    let error = await errorOfCancelled { sign in
      _ = try await run.run({ event in
        if case .epoch(let record) = event, record.epoch == 2 { sign() }
      })
    }
    #expect(error is CancellationError)
    #expect(try fixture.folder().holdsModel == false)
    #expect(!fixture.scratch.exists("run/result.json"))
    let resumed = try await run.run()
    #expect(resumed.weightsSHA256 == whole.weightsSHA256 && resumed.metrics == whole.metrics)
  }

  /// Batches that were done are not done again.
  @Test func goesOnWhereItWasBrokenOff() async throws {
    let run = try fixture.open()
    await fixture.breakOff(run, after: 5)
    let batches = Mutex(0)
    _ = try await run.run({ event in
      if case .batch = event { batches.withLock { $0 += 1 } }
    })
    #expect(batches.withLock { $0 } == RunFixture.batches - 5)
  }

  @Test func goesOnOnTheSameDataOnly() async throws {
    await fixture.breakOff(try fixture.open(), after: 3)
    try fixture.copy(to: "copy")
    let other = try fixture.open("copy", data: RunFixture.data(seed: 2), resume: true)
    await expectAsyncSentence(["was trained on other data"], .usage) { _ = try await other.run() }
  }

  // MARK: - Finished

  @Test func aFinishedRunIsOnlyRead() async throws {
    let run = try fixture.open()
    let first = try await run.run()
    let model = try fixture.scratch.read("run/model.safetensors")
    let again = try await run.run(
      { event in Issue.record("trained again: \(event)") }, present: { _ in Issue.record("presented again") })
    #expect(try again.json() == first.json())
    #expect(try fixture.scratch.read("run/model.safetensors") == model)
  }

  @Test func aFinishedRunThatMovedSaysWhereItIs() async throws {
    let first = try await fixture.open().run()
    try fixture.copy(to: "moved")
    let moved = try await fixture.open("moved", resume: true).run()
    #expect(first.run == fixture.folder().path && moved.run == fixture.folder("moved").path)
    #expect(moved.weightsSHA256 == first.weightsSHA256)
  }

  /// Whoever finds a result finds a complete run.
  @Test func theResultIsWrittenLast() async throws {
    _ = try await fixture.open().run(present: { run in
      let holdsModel = try run.folder.holdsModel
      #expect(holdsModel)
      #expect(!FileManager.default.fileExists(atPath: run.folder.result))
      #expect(run.history.count == 2 && run.trained.weightsDigest == run.result.weightsSHA256)
    })
    #expect(fixture.scratch.exists("run/result.json"))
  }

  @Test func aRunThatWasNotPresentedIsNotFinished() async throws {
    let run = try fixture.open()
    await #expect(throws: BrokenOff.self) { try await run.run(present: { _ in throw BrokenOff() }) }
    #expect(!fixture.scratch.exists("run/result.json"))
    let presented = Mutex(0)
    _ = try await run.run(present: { _ in presented.withLock { $0 += 1 } })
    #expect(presented.withLock { $0 } == 1 && fixture.scratch.exists("run/result.json"))
  }

  /// As a kill after the last epoch leaves it.
  @Test func withoutItsResultTheModelIsEvaluatedAgain() async throws {
    let run = try fixture.open()
    let first = try await run.run()
    try FileManager.default.removeItem(atPath: fixture.folder().result)
    let again = try await run.run({ event in
      if case .batch = event { Issue.record("trained again") }
    })
    #expect(again.weightsSHA256 == first.weightsSHA256 && again.metrics == first.metrics)
  }

  @Test(arguments: ["", "{", "[]", "{\"recipe\": \"small\"}"])
  func aDamagedResultIsReported(_ text: String) async throws {
    let run = try fixture.open()
    _ = try await run.run()
    try fixture.scratch.write(text, "run/result.json")
    await expectAsyncSentence(["run/result.json", "is damaged", "delete it and resume"], .badData) {
      _ = try await run.run()
    }
  }
}
