import Foundation
import HourglassBase
import HourglassReports
import HourglassRuns
import HourglassTestSupport
import Testing

@Suite struct RunComparisonTests {
  private let scratch = ScratchFolder()

  /// A finished run by what its files say.
  @discardableResult
  private func write(
    _ name: String, loss: Double = 0.5, rate: Double = 0.01, objective: String = "undercomplete: {loss: mse}",
    metrics: [String: Double] = ["mse": 0.25, "psnr": 12], epochs: Int = 3, digest: String = "abc",
    isFinished: Bool = true
  ) throws -> String {
    try scratch.write(
      """
      name: small
      summary: Of \(name)
      data: mnist
      objective:
        \(objective)
      optimizer: {adam: {learning_rate: \(rate)}}
      epochs: \(epochs)

      """, "\(name)/recipe.yaml")
    let rows = (1...epochs).map { "\($0),\(loss * Double($0)),\(2 * loss),\(rate),0.5" }
    try scratch.write(
      (["epoch,train_loss,validation_loss,learning_rate,seconds"] + rows).joined(separator: "\n") + "\n",
      "\(name)/history.csv")
    guard isFinished else { return "\(scratch.path)/\(name)" }
    try scratch.write(
      RunResult(
        recipe: "small", parameters: 107, epochs: epochs, seconds: 3, samplesPerSecond: 80,
        secondsToFirstEpoch: nil, trainLoss: loss, validationLoss: 2 * loss, metrics: metrics,
        weightsSHA256: digest, run: "x", seed: 1, threads: 2, instructionSet: "avx2", trainingSamples: 30,
        validationSamples: 10
      ).json(), "\(name)/result.json")
    return "\(scratch.path)/\(name)"
  }

  @Test func tellsWhatDiffers() throws {
    let comparison = try RunComparison([write("a"), write("b", rate: 0.1, epochs: 4), write("c", rate: 0.1)])
    #expect(comparison.names == ["a", "b", "c"])
    #expect(comparison.differences.map(\.key) == ["optimizer.adam.learning_rate", "epochs"])
    #expect(comparison.differences.map(\.values) == [["0.01", "0.1", "0.1"], ["3", "4", "3"]])
    #expect(comparison.notes == ["a and b and c have the same weights, bit for bit."])
  }

  @Test func tellsWhichIsBest() throws {
    let comparison = try RunComparison([
      write("a", loss: 0.25, digest: "a"),
      write("b", loss: 0.5, metrics: ["mse": 0.5, "psnr": 15, "other": 1], digest: "b"),
    ])
    let measures = Dictionary(uniqueKeysWithValues: comparison.measures.map { ($0.name, $0) })
    #expect(measures["train_loss"]?.best == 0 && measures["validation_loss"]?.values == ["0.5", "1"])
    #expect(measures["mse"]?.best == 0 && measures["psnr"]?.best == 1)
    // Nobody knows what is better, only one has it, both have the same.
    #expect(measures["other"]?.best == nil && measures["other"]?.values == [nil, "1"])
    #expect(measures["seconds"]?.best == nil && measures["parameters"]?.best == nil)
    #expect(measures["kind"] == nil)
    #expect(comparison.notes.isEmpty && comparison.differences.isEmpty)
  }

  /// Losses of other kinds have no best one.
  @Test func otherObjectivesAreNoted() throws {
    let comparison = try RunComparison([
      write("a", loss: 0.01, digest: "a"),
      write("b", loss: 500, objective: "vae: {beta: 2}", metrics: ["mse": 0.1], digest: "b"),
    ])
    let losses = comparison.measures.filter { $0.name.hasSuffix("_loss") }
    #expect(losses.count == 2 && losses.allSatisfy { $0.best == nil })
    #expect(comparison.notes.count == 1 && comparison.notes[0].contains("objectives differ"))
    #expect(comparison.charts.map(\.title).allSatisfy { $0.hasSuffix("(logarithmic)") })
  }

  @Test func curvesAreThoseOfAllRuns() throws {
    let comparison = try RunComparison([write("a"), write("b", rate: 0.1, epochs: 4, isFinished: false)])
    let charts = comparison.charts
    #expect(charts.count == 3 && charts.allSatisfy { $0.series.map(\.name) == ["a", "b"] })
    #expect(charts[1].series[1].points.map(\.y) == [0.5, 1, 1.5, 2])
    #expect(charts[0].series[0].points.map(\.x) == [1, 2, 3])
    #expect(comparison.notes.contains { $0.hasPrefix("b is not finished (broken off)") })
  }

  @Test func thePageHasAllOfIt() throws {
    let hostile = "<script>alert(1)</script>"
    let comparison = try RunComparison([write("a", digest: "a"), write(hostile, rate: 0.1, digest: "b")])
    let html = comparison.html()
    for piece in ["2 runs compared", "optimizer.adam.learning_rate", "psnr", "<svg", "Where they are"] {
      #expect(html.contains(piece), "\(piece)")
    }
    #expect(!html.contains("<script"))
  }

  @Test func namesAreDistinct() throws {
    let comparison = try RunComparison([write("x/run"), write("y/run")])
    #expect(comparison.names == ["\(scratch.path)/x/run", "\(scratch.path)/y/run"])
  }

  @Test func mistakesAreOneSentence() throws {
    let run = try write("a")
    let other = try write("b")
    expectSentence(["but one run"], .usage) { _ = try RunComparison([run]) }
    expectSentence(["a is given twice"], .usage) { _ = try RunComparison([run, "\(run)/"]) }
    expectSentence(["There is no run in gone"], .environment) { _ = try RunComparison([run, "gone"]) }
    try scratch.write("{", "b/result.json")
    expectSentence(["b/result.json is damaged"], .badData) { _ = try RunComparison([run, other]) }
    try write("b")
    try scratch.write("epoch\n", "b/history.csv")
    expectSentence(["b/history.csv is damaged"], .badData) { _ = try RunComparison([run, other]) }
  }
}
