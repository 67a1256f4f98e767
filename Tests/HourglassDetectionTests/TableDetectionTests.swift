import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import HourglassFiles
import HourglassTestSupport
import Testing

/// Whole runs over a table: what they write, and whether it is right.
struct TableDetectionTests {
  private let scratch = ScratchFolder()

  private static let names = ["figures", "model.safetensors", "report.html", "result.json", "scores.csv"]

  /// Every tenth row, counted from 1.
  private static func isBroken(_ row: Int) -> Bool { row.isMultiple(of: 10) }

  /// Writes 300 rows of numbers that follow from one another; in those that are broken `y` does not.
  ///
  /// - Parameter label: of a row, counted from 1; without it there is no such column.
  private func table(label: ((Int) -> String)? = nil) throws -> String {
    var numbers = TestNumbers(8)
    var text = "x,y,z,w\(label == nil ? "" : ",state")\n"
    for row in 1...300 {
      let (x, noise) = (numbers.double(), numbers.doubles(3, in: -0.05...0.05))
      let y = (Self.isBroken(row) ? -30 : 3) + 2 * x + noise[0]
      text += "\(x),\(y),\(x * x + noise[1]),\(1 - x + noise[2])\(label.map { "," + $0(row) } ?? "")\n"
    }
    return try scratch.write(text, "rows.csv")
  }

  /// Of 300 rows, counted from 1, those that are measured with the seed of `detection`.
  private static let testRows: Set<Int> = {
    var random = RandomNumbers(seed: 4, purpose: .splitting)
    return Set(random.permutation(300).dropFirst(180).map { Int($0) + 1 })
  }()

  private func labelled() throws -> String { try table { Self.isBroken($0) ? "broken" : "ok" } }

  private func detection(
    _ path: String, label: String? = nil, _ change: (inout DetectorOptions) -> Void = { _ in }
  ) -> TableDetection {
    var options = DetectorOptions(seed: 4)
    (options.epochs, options.threads) = (20, 1)
    change(&options)
    var detection = TableDetection(
      path: path, options: options, folder: DetectionFolder("\(scratch.path)/run"))
    detection.labelColumn = label
    return detection
  }

  @Test func figuresAreThoseOfTheScoresFile() async throws {
    let result = try await detection(labelled(), label: "state").run()
    #expect(scratch.names(in: "run") == Self.names)
    let file = try ScoresFile("run/scores.csv", in: scratch)
    #expect(file.header.prefix(5) == ["row", "score", "alert", "anomaly", "column1"])
    // All rows in order, with the label they have in the table; two fifths are measured.
    #expect(file.rows == Array(1...300) && result.testRows == 120)
    #expect(file.lines.allSatisfy { $0.isAnomaly == Self.isBroken($0.row) })
    var measured = file
    measured.lines = file.lines.filter { Self.testRows.contains($0.row) }

    #expect(result.alerts == file.alerts.count && !file.alerts.isEmpty)
    #expect(file.alertsLieAbove(result.threshold))
    let area = try #require(result.metrics["roc_auc"])
    #expect(area == 1 && abs(area - measured.areaUnderROC) < 1e-9)
    let (precision, recall) = measured.precisionAndRecall
    #expect(result.metrics["precision"] == precision)
    #expect(result.metrics["recall"] == recall && recall == 1)
    let f1 = try #require(result.metrics["f1"])
    #expect(abs(f1 - 2 * precision * recall / (precision + recall)) < 1e-12)
    #expect(file.alerts.allSatisfy { $0.isAnomaly == false || $0.reason == "y" })
  }

  /// The other files hold the same run.
  @Test func filesAgree() async throws {
    let path = try labelled()
    let result = try await detection(path, label: "state").run()
    #expect(
      String(decoding: try scratch.read("run/result.json"), as: UTF8.self) == (try result.json()) + "\n")
    let page = String(decoding: try scratch.read("run/report.html"), as: UTF8.self)
    #expect(page.contains("<html") && page.contains("ROC-AUC"))
    #expect(scratch.names(in: "run/figures").contains { $0.hasSuffix(".svg") })

    let detector = try AnomalyDetector.read(from: URL(filePath: "\(scratch.path)/run/model.safetensors"))
    #expect(detector.threshold.value == result.threshold)
    // Trained on all rows, but for the broken ones, of which it says the same.
    #expect(detector.trainingCount == 270)
    let file = try ScoresFile("run/scores.csv", in: scratch)
    let scores = try detector.score(Table.read(from: URL(filePath: path)), threads: 1)
    #expect(file.lines.allSatisfy { $0.isAnomaly == false || scores[$0.row - 1].isAlert && $0.isAlert })
  }

  /// Of data without labels nothing is measured, and the verdict says why.
  @Test func withoutLabelsNothingIsMeasured() async throws {
    let result = try await detection(table()).run()
    #expect(result.metrics.isEmpty && result.verdict.hasPrefix("Without labels nobody can say"))
    let file = try ScoresFile("run/scores.csv", in: scratch)
    #expect(!file.header.contains("anomaly") && file.lines.count == 300)
    #expect(result.alerts == file.alerts.count)
    struct Written: Decodable { var baselines: [String: [String: Double]] }
    let baselines = try JSONDecoder().decode(Written.self, from: Data(scratch.read("run/result.json")))
      .baselines
    #expect(baselines.count == 3)
    for (name, figures) in baselines {
      #expect(Set(figures.keys) == ["seconds", "rank_correlation"], "\(name)")
      #expect(figures["rank_correlation"].map { -1...1 ~= $0 } == true, "\(name)")
    }
  }

  /// Neither is anything where all measured rows are of one kind.
  @Test func withoutAnomaliesInTheTestPartNothingIsMeasured() async throws {
    let path = try table { $0 <= 100 && Self.isBroken($0) ? "broken" : "ok" }
    var detection = detection(path, label: "state")
    detection.split.order = .time
    let result = try await detection.run()
    #expect(result.metrics.isEmpty && result.verdict.hasPrefix("The test part has no anomalies"))
    let file = try ScoresFile("run/scores.csv", in: scratch)
    #expect(file.rows == Array(1...300) && result.testRows == 120)
    #expect(file.lines.allSatisfy { $0.isAnomaly == ($0.row <= 100 && Self.isBroken($0.row)) })
  }

  @Test func whatIsWrongIsRefusedInASentence() async throws {
    let (path, unlabelled) = (try labelled(), try scratch.write("x,y\n1,2\n", "one.csv"))
    func expectRefusal(_ words: [String], _ code: HourglassError.Code, _ detection: TableDetection) async {
      await expectAsyncSentence(words, code) { _ = try await detection.run() }
      #expect(!scratch.exists("run"), "\(words)")
    }
    await expectRefusal(["no column \"colour\""], .usage, detection(path, label: "colour"))
    await expectRefusal(
      ["no column \"colour\"", "ignore"], .usage, detection(path) { $0.ignoring = ["colour"] })
    await expectRefusal(["epochs is 0"], .usage, detection(path) { $0.epochs = 0 })
    await expectRefusal(["best-f1", "labelled"], .usage, detection(path) { $0.threshold = .bestF1 })
    await expectRefusal(["too few"], .badData, detection(unlabelled))
    await expectRefusal(["nowhere.csv"], .environment, detection("\(scratch.path)/nowhere.csv"))
    var greedy = detection(path)
    greedy.split.trainingShare = 0.99
    await expectRefusal(["0.99"], .usage, greedy)
    var unknown = detection(path, label: "state")
    unknown.anomalyLabels = ["odd"]
    await expectRefusal(["\"odd\"", "\"state\""], .usage, unknown)
  }

  @Test func aRunIsNotOverwritten() async throws {
    let path = try labelled()
    _ = try await detection(path, label: "state").run()
    let files = Self.names.filter { $0 != "figures" }
    let before = try files.map { try scratch.read("run/\($0)") }
    await expectAsyncSentence(["already holds a detector"], .usage) {
      _ = try await detection(path) { $0.seed = 5 }.run()
    }
    #expect(
      try files.map { try scratch.read("run/\($0)") } == before && scratch.names(in: "run") == Self.names)
  }

  /// The detector comes last, so that what failed before it can be done again.
  @Test(arguments: ["scores.csv", "report.html", "result.json", "model.safetensors"])
  func aFitThatCannotBeWrittenIsFittedAgain(_ name: String) async throws {
    let path = try labelled()
    await expectAsyncSentence([name, systemMessage(EIO)], .environment) {
      try await FileFaults.failing(.rename, at: "\(scratch.path)/run/\(name)", EIO) {
        _ = try await detection(path, label: "state").run()
      }
    }
    #expect(!scratch.exists("run/model.safetensors"))
    _ = try await detection(path, label: "state").run()
    #expect(scratch.names(in: "run") == Self.names)
  }

  @Test func filesOfOthersAreLeftAlone() async throws {
    try scratch.write("mine", "run/notes.txt")
    let path = try labelled()
    await expectAsyncSentence(["other files", "notes.txt"], .usage) { _ = try await detection(path).run() }
    #expect(scratch.names(in: "run") == ["notes.txt"])
  }

  /// Whether it fails while it trains or later.
  @Test(arguments: [false, true]) func aFailedRunLeavesNothing(_ isLate: Bool) async throws {
    struct Stop: Error {}
    let path = try table()
    await #expect(throws: Stop.self) {
      try await detection(path).run { event in
        switch event {
        case .training: if !isLate { throw Stop() }
        case .stage(let name): if name.hasPrefix("comparing") { throw Stop() }
        case .progress: break
        }
      }
    }
    #expect(scratch.names() == ["rows.csv"])
  }
}
