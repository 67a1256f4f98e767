import Foundation
import HourglassBase
import HourglassMessages
import HourglassRuns
import HourglassTensorBoard
import HourglassTestSupport
import Testing

/// Events for TensorBoard.
@Suite struct RunBoardTests {
  private let fixture = RunFixture()
  private var board: String { "\(fixture.scratch.path)/logs" }
  private var setting: String { "tensorboard=\(board)" }

  private func values(_ run: String = "run") throws -> [(step: Int64, value: TensorBoardSummary.Value)] {
    let name = try #require(fixture.scratch.names(in: "logs/\(run)").first { $0.hasPrefix("events.") })
    return try EventRecords.contents(of: fixture.scratch.read("logs/\(run)/\(name)")).flatMap { record in
      let event = try TensorBoardEvent(decoding: Array(record.contents), source: name)
      return event.summary.value.map { (event.step, $0) }
    }
  }

  /// A curve's steps with its numbers.
  private func curve(_ tag: String, _ run: String = "run") throws -> [String] {
    try values(run).filter { $0.value.tag == tag }.map { "\($0.step): \($0.value.simpleValue)" }
  }

  @Test func tellsWhatTheHistorySays() async throws {
    let result = try await fixture.open(set: [setting]).run()
    let history = try RunHistory.read(fixture.folder())
    #expect(try curve("loss/training") == history.map { "\($0.epoch): \(Float($0.trainLoss))" })
    #expect(try curve("training/learning_rate") == history.map { "\($0.epoch): \(Float($0.learningRate))" })
    #expect(try curve("training/samples_per_second").count == 2)
    #expect(try curve("measures/mse") == ["2: \(Float(result.metrics["mse"] ?? 0))"])
    let tags = Set(try values().map(\.value.tag))
    for tag in ["loss/validation", "reconstructions", "model/text_summary", "recipe/text_summary"] {
      #expect(tags.contains(tag), "\(tag) is not among \(tags)")
    }
    #expect(tags.contains { $0.hasPrefix("weights/encoder") })
    #expect(
      fixture.scratch.names(in: "logs/run").filter { !$0.hasPrefix("events.") } == [
        "metadata.tsv", "projector_config.pbtxt", "sprite.png", "tensors.tsv",
      ])
  }

  /// It only looks.
  @Test func weightsAreTheSame() async throws {
    let plain = try await fixture.open("plain").run()
    let told = try await fixture.open(set: [setting]).run()
    #expect(told.weightsSHA256 == plain.weightsSHA256 && told.metrics == plain.metrics)
    #expect(try fixture.history() == fixture.history("plain"))
    #expect(!fixture.scratch.exists("logs/plain"))
  }

  @Test(arguments: [1, 4, 6, 8])
  func curvesGoOn(after stop: Int) async throws {
    _ = try await fixture.open("whole", set: [setting]).run()
    await fixture.breakOff(try fixture.open(set: [setting]), after: stop)
    // The recipe need not say it again.
    _ = try await fixture.open(resume: true).run()
    for tag in ["loss/training", "loss/validation", "training/learning_rate", "measures/mse"] {
      #expect(try curve(tag) == curve(tag, "whole"), "\(tag)")
    }
    for tag in ["reconstructions", "recipe/text_summary", "_hparams_/session_start_info"] {
      let steps = try ["run", "whole"].map { run in try values(run).filter { $0.value.tag == tag }.map(\.step)
      }
      #expect(steps[0] == steps[1], "\(tag): \(steps)")
    }
  }

  /// A log that was asked for later has the curves from the beginning.
  @Test func epochsBeforeAreFilledIn() async throws {
    await fixture.breakOff(try fixture.open(), after: 6)
    _ = try await fixture.open(set: [setting], resume: true).run()
    #expect(try curve("loss/training").count == 2)
    #expect(try values().first { $0.value.tag.hasPrefix("weights/") }?.step == 2)
  }

  @Test func moreEpochsGoOnInTheSameCurves() async throws {
    _ = try await fixture.open(set: [setting]).run()
    _ = try await fixture.open(set: [setting, "epochs=4"], resume: true).run()
    let history = try RunHistory.read(fixture.folder())
    #expect(try history.count == 4 && curve("loss/training").count == 4)
    #expect(try curve("loss/training") == history.map { "\($0.epoch): \(Float($0.trainLoss))" })
    #expect(try curve("measures/mse").count == 2)
  }

  @Test func eventsOfAnotherRunAreNotMixed() async throws {
    _ = try await fixture.open("a/run", set: [setting]).run()
    let run = try fixture.open("b/run", set: [setting])
    await expectAsyncSentence(["logs/run holds events of another run"], .usage) { _ = try await run.run() }
    // The run itself is as it was, and goes on elsewhere.
    _ = run
  }

  @Test func anEmptyNameIsRefused() {
    expectSentence(["tensorboard", "the path of a folder"], .usage) {
      _ = try recipe(smallRecipe, set: ["tensorboard=\"\""])
    }
  }
}
