import HourglassBase
import HourglassRuns
import HourglassTestSupport
import Testing

@Suite struct RunHistoryTests {
  private let fixture = RunFixture()

  @Test func comesBackAsItWasWritten() async throws {
    let result = try await fixture.open().run()
    let history = try RunHistory.read(fixture.folder())
    #expect(history.map(\.epoch) == [1, 2])
    // The result is of the epoch whose weights early stopping kept.
    let kept = history.filter { $0.trainLoss == result.trainLoss }
    #expect(kept.count == 1 && kept[0].validationLoss == result.validationLoss)
    #expect(try RunHistory.read(fixture.folder("none")).isEmpty)
  }

  @Test(arguments: [
    "1,0.5,,0.001", "1,0.5,,0.001,2,3", "0,0.5,,0.001,2", "1,nan,,0.001,2", "1,0.5,inf,0.001,2",
    "1,0.5,x,0.001,2",
    "1e3,0.5,,0.001,2", "", "\u{301}1,0.5,,0.001,2",
  ])
  func damageIsNamedByItsLine(line: String) throws {
    let header = "epoch,train_loss,validation_loss,learning_rate,seconds"
    try fixture.scratch.write("\(header)\n1,0.5,,0.001,2\n\(line)\n", "run/history.csv")
    expectSentence(["history.csv", "line 3"], .badData) { _ = try RunHistory.read(fixture.folder()) }
  }

  @Test(arguments: ["", "\n", "epoch\n1,0.5,,0.001,2\n"])
  func itHasAHeading(text: String) throws {
    try fixture.scratch.write(text, "run/history.csv")
    expectSentence(["line 1"], .badData) { _ = try RunHistory.read(fixture.folder()) }
  }
}
