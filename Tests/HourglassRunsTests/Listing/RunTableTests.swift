import Foundation
import HourglassBase
import HourglassRuns
import HourglassTestSupport
import Testing

/// Sorting, choosing and showing of runs.
@Suite struct RunTableTests {
  private let scratch = ScratchFolder()

  /// Three runs by what their files say: finished ones of losses 0.5 and 0.25, and one that has nothing yet.
  private func table() throws -> RunTable {
    for (name, loss, rate) in [("a", 0.5, 0.01), ("b", 0.25, 0.1)] {
      let result = RunResult(
        recipe: "small-\(name)", parameters: 10, epochs: 12, seconds: 1.5, samplesPerSecond: 80,
        secondsToFirstEpoch: nil, trainLoss: loss, validationLoss: nil, metrics: ["psnr": 40 * loss],
        weightsSHA256: "abcdef0123456789\(name)", run: "elsewhere", seed: 3, threads: 2,
        instructionSet: "avx2", trainingSamples: 30, validationSamples: 10)
      try scratch.write(result.json(), "\(name)/result.json")
      try scratch.write(recipe("small-\(name)", rate), "\(name)/recipe.yaml")
    }
    try scratch.write(recipe("other", 1), "c/recipe.yaml")
    try scratch.folder("c/checkpoint")
    return RunTable(try RunListing(below: scratch.path).runs)
  }

  private func recipe(_ name: String, _ rate: Double) -> String {
    "name: \(name)\ndata: {folder: /data/of/\(name)}\nepochs: 12\noptimizer: {adam: {learning_rate: \(rate)}}\n"
  }

  private func names(_ table: RunTable) -> String {
    table.runs.compactMap { $0.path.last.map(String.init) }.joined()
  }

  @Test(arguments: [
    ("loss", false, "bac"), ("train_loss", true, "abc"), ("psnr", false, "bac"), ("run", true, "cba"),
    ("recipe", false, "cab"), ("optimizer.adam.learning_rate", true, "cba"), ("seconds", false, "abc"),
    ("digest", true, "bac"),
  ])
  func sorts(column: String, isDescending: Bool, order: String) throws {
    var table = try table()
    try table.sort(by: column, descending: isDescending)
    #expect(names(table) == order)
  }

  @Test(arguments: [
    ("loss<0.5", "b"), ("loss<=0.5", "ab"), ("loss>0.25", "a"), ("loss>=2.5e-1", "ab"), ("loss=0.5", "a"),
    ("loss!=0.5", "bc"), ("recipe=small-a", "a"), ("recipe!=small-a", "bc"), ("recipe~small", "ab"),
    ("state=broken off", "c"), ("data=small-b", "b"), ("data=/data/of/small-b", "b"), ("data~of/", "abc"),
    ("digest=abcdef012345", "ab"), ("weights_sha256~789b", "b"), ("optimizer.adam.learning_rate>0.05", "bc"),
    ("changed>2020-01-01", "abc"), ("changed<2020-01-01", ""), ("psnr>0", "ab"), ("name=other", "c"),
  ])
  func chooses(condition: String, kept: String) throws {
    var table = try table()
    try table.keep([RunFilter(condition)])
    #expect(names(table) == kept)
  }

  @Test func allConditionsHold() throws {
    var table = try table()
    try table.keep([RunFilter("loss>0"), RunFilter("loss<0.4")])
    #expect(names(table) == "b")
  }

  @Test func mistakesAreNamed() throws {
    var table = try table()
    for text in ["loss", "=3", "loss<", "", "loss 3"] {
      expectSentence(["The condition", "such as recipe=vae"], .usage) { _ = try RunFilter(text) }
    }
    expectSentence(["\"lss\"", "did you mean \"loss\"?"], .usage) { _ = try table.column("lss") }
    expectSentence(["did you mean \"optimizer.adam.learning_rate\"?"], .usage) {
      _ = try table.column("optimizer.adam.learning_rat")
    }
    expectSentence(["\"completely-else\"", "known are run, kind,"], .usage) {
      _ = try table.column("completely-else")
    }
    expectSentence(["loss<small", "give a number"], .usage) { try table.keep([RunFilter("loss<small")]) }
    expectSentence(["\"no-such-thing\""], .usage) { try table.sort(by: "no-such-thing") }
  }

  @Test func usualColumnsAreThoseThatSaySomething() throws {
    let table = try table()
    #expect(
      try table.usualColumns(sortedBy: "run").map(\.heading) == [
        "run", "state", "recipe", "data", "epochs", "loss", "psnr", "seconds", "digest",
      ])
    let cells = try table.usualColumns(sortedBy: "run").map { $0.text(of: table.runs[0]) }
    #expect(
      cells.dropFirst() == ["finished", "small-a", "small-a", "12", "0.5", "20", "1.5", "abcdef012345"])
    #expect(try table.usualColumns(sortedBy: "run").last?.text(of: table.runs[2]) == "–")
    #expect(
      try table.usualColumns(sortedBy: "optimizer.adam.learning_rate").map(\.heading).prefix(3) == [
        "run", "optimizer.adam.learning_rate", "state",
      ])
  }
}
