import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import HourglassTestSupport
import Testing

/// All rows of a table are scored, each by a detector that did not learn it.
struct CrossFittingTests {
  private let scratch = ScratchFolder()

  /// Rows of numbers that follow from one another; that of row 50, from 1, does not.
  ///
  /// - Parameter name: of a row, counted from 1.
  private func table(_ count: Int, name: (Int) -> String) throws -> String {
    var numbers = TestNumbers(8)
    var text = "x,who,y,z,w\n"
    for row in 1...count {
      let (x, noise) = (numbers.double(), numbers.doubles(3, in: -0.05...0.05))
      let y = (row == 50 ? -30 : 3) + 2 * x + noise[0]
      text += "\(x),\(name(row)),\(y),\(x * x + noise[1]),\(1 - x + noise[2])\n"
    }
    return try scratch.write(text, "rows.csv")
  }

  private func detection(
    _ path: String, run: String = "run", threads: Int = 1, _ change: (inout TableDetection) -> Void = { _ in }
  ) -> TableDetection {
    var options = DetectorOptions(seed: 4)
    (options.epochs, options.threads) = (20, threads)
    var detection = TableDetection(
      path: path, options: options, folder: DetectionFolder("\(scratch.path)/\(run)"))
    change(&detection)
    return detection
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try scratch.read(name), as: UTF8.self)
  }

  @Test func everyRowHasItsScoreAndItsName() async throws {
    let path = try table(300) { "K-\($0 * 7919 % 1009)" }
    let result = try await detection(path).run()
    let file = try ScoresFile("run/scores.csv", in: scratch)
    #expect(file.header.prefix(4) == ["row", "id", "score", "alert"] && file.header.last == "reason")
    #expect(file.rows == Array(1...300) && result.alerts == file.alerts.count)
    #expect(file.alertsLieAbove(result.threshold))
    let lines = try text("run/scores.csv").split(separator: "\n").dropFirst()
    #expect(lines.enumerated().allSatisfy { $1.hasPrefix("\($0 + 1),K-\(($0 + 1) * 7919 % 1009),") })
    #expect(file.lines.max { $0.score < $1.score }?.row == 50)
    #expect(result.notes.contains { $0.hasPrefix("Column \"who\" holds texts that are all different") })
    #expect(try text("run/report.html").contains("K-\(50 * 7919 % 1009)"))

    // The detector that is kept has learnt all rows, but its threshold has the same value, and it knows the names.
    let detector = try AnomalyDetector.read(path: "\(scratch.path)/run/model.safetensors")
    #expect(detector.trainingCount == 300 && detector.threshold.value == result.threshold)
    #expect(try !detector.encoding.columnNames.contains("who"))
    let summary = try TableScoring(detector: detector, path: path).write(to: "\(scratch.path)/again.csv")
    #expect(try text("again.csv").contains("\n50,K-\(50 * 7919 % 1009),"))
    #expect(summary.topAlerts.first?.hasPrefix("row 50 (\"K-\(50 * 7919 % 1009)\"), score ") == true)
    // A file without them has numbers only, which is told.
    let bare = try scratch.write("x,y,z,w\n0.5,4,0.25,0.5\n", "bare.csv")
    let unnamed = try TableScoring(detector: detector, path: bare).write(
      to: "\(scratch.path)/bare-scores.csv")
    #expect(unnamed.notes.contains { $0.contains("no column \"who\", which named the rows of the fit") })
    #expect(try text("bare-scores.csv").hasPrefix("row,score,"))
    // It knows by heart what it has learnt; those scores are not these.
    let learnt = try ScoresFile("again.csv", in: scratch)
    #expect(zip(learnt.lines, file.lines).count { $0.score != $1.score } > 290)
  }

  /// Ordinary rows of three numbers that depend on two.
  private func ordinary(_ count: Int, seed: UInt64, _ name: String = "rows.csv") throws -> String {
    var numbers = TestNumbers(seed)
    var text = "a,b,c\n"
    for _ in 0..<count {
      let (x, y) = (numbers.double(in: -2...2), numbers.double(in: -1...1))
      text += "\(x + 0.1 * y),\(x * x - y),\(y)\n"
    }
    return try scratch.write(text, name)
  }

  /// Ordinary rows are alerts about as often as the threshold says, wherever they stand.
  @Test func oneThresholdServes() async throws {
    let path = try ordinary(2000, seed: 3)
    let result = try await detection(path) { $0.split.order = .time }.run()
    let file = try ScoresFile("run/scores.csv", in: scratch)
    #expect(file.rows == Array(1...2000) && result.alerts == file.alerts.count)
    // 1 % are 20.
    #expect(2...70 ~= file.alerts.count, "\(file.alerts.count)")
    // The training part, and what the measured detector scored.
    let parts = [file.lines.prefix(1200), file.lines.suffix(800)].map { $0.map(\.score).sorted() }
    let medians = parts.map { $0[$0.count / 2] }
    let tenths = parts.map { $0[$0.count * 9 / 10] }
    #expect(abs(medians[0] - medians[1]) < 0.3 && abs(tenths[0] - tenths[1]) < 0.4)
    #expect(medians.allSatisfy { abs($0) < 0.4 } && tenths.allSatisfy { 0.3...1.6 ~= $0 })
  }

  /// The rows of a small training part are scored by the models that were trained for the threshold, on the scale of the first.
  @Test func oneThresholdServesSmallTables() async throws {
    let path = try ordinary(500, seed: 3)
    let result = try await detection(path) { $0.split.order = .time }.run()
    let file = try ScoresFile("run/scores.csv", in: scratch)
    #expect(file.rows == Array(1...500) && result.alerts == file.alerts.count)
    #expect(file.alerts.count <= 25, "\(file.alerts.count)")
    let medians = [file.lines.prefix(300), file.lines.suffix(200)].map {
      $0.map(\.score).sorted()[$0.count / 2]
    }
    #expect(abs(medians[0] - medians[1]) < 0.5 && medians.allSatisfy { abs($0) < 0.6 }, "\(medians)")
    #expect(result.howScored?.contains("by the one of its 5 models that did not learn them") == true)

    // Rows that are new to the detector that is kept lie on its scale, and are seldom alerts.
    let detector = try AnomalyDetector.read(path: "\(scratch.path)/run/model.safetensors")
    #expect(detector.trainingCount == 500 && detector.threshold.value == result.threshold)
    let others = try detector.score(Table.read(path: ordinary(400, seed: 8, "new.csv")), threads: 1)
    #expect(others.count(where: \.isAlert) <= 20)
    #expect(abs(others.map(\.value).sorted()[200]) < 0.6)
  }

  /// A threshold that needs labels is chosen for the detector that is kept, too.
  @Test func aThresholdByLabelsIsChosenForSmallTables() async throws {
    var numbers = TestNumbers(5)
    var text = "x,y,state\n"
    for row in 0..<200 {
      let x = numbers.double()
      text += "\(x),\(row % 10 == 0 ? -20 : 2 * x + numbers.double(in: -0.05...0.05)),"
      text += row % 10 == 0 ? "bad\n" : "ok\n"
    }
    let path = try scratch.write(text, "rows.csv")
    var options = DetectorOptions(seed: 4)
    (options.epochs, options.threads, options.threshold) = (20, 1, .bestF1)
    var detection = TableDetection(
      path: path, options: options, folder: DetectionFolder("\(scratch.path)/run"))
    detection.labelColumn = "state"
    _ = try await detection.run()
    let file = try ScoresFile("run/scores.csv", in: scratch)
    #expect(file.lines.allSatisfy { $0.isAnomaly == false || $0.isAlert })
    let detector = try AnomalyDetector.read(path: "\(scratch.path)/run/model.safetensors")
    let scores = try detector.score(Table.read(path: path), threads: 1)
    #expect(scores.indices.allSatisfy { $0 % 10 != 0 || scores[$0].isAlert })
    #expect(scores.count(where: \.isAlert) <= 24)
  }

  @Test func threadsDoNotMatter() async throws {
    let path = try table(120) { _ in "a" }
    _ = try await detection(path).run()
    _ = try await detection(path, run: "other", threads: 3).run()
    for name in ["scores.csv", "model.safetensors"] {
      #expect(try scratch.read("run/\(name)") == scratch.read("other/\(name)"))
    }
  }

  /// A column that is named is taken as it is; texts that come again name nothing by themselves.
  @Test func identifiersThatAreNamed() async throws {
    let numbered = try table(120) { "\(5000 + $0 * $0 % 997 / 2).50" }
    let result = try await detection(numbered) { $0.identifier = "who" }.run()
    #expect(result.notes.contains("Column \"who\" names the rows, and is no feature."))
    #expect(try text("run/scores.csv").contains("\n7,5024.50,"))
    let detector = try AnomalyDetector.read(path: "\(scratch.path)/run/model.safetensors")
    #expect(try detector.encoding.columnNames == ["x", "y", "z", "w"])
    let repeated = try table(120) { $0 % 2 == 0 ? "even" : "odd" }
    _ = try await detection(repeated, run: "plain").run()
    #expect(try ScoresFile("plain/scores.csv", in: scratch).header.prefix(2) == ["row", "score"])
    await expectAsyncSentence(["no column \"whom\" to name rows by", "\"who\""], .usage) {
      _ = try await detection(repeated, run: "none") { $0.identifier = "whom" }.run()
    }
  }

  /// Of the smallest tables all rows have a score, anomalies of the training part among them.
  @Test func rowsOfTheSmallestTablesAreScored() async throws {
    var text = "x,y,state\n"
    for row in 0..<10 { text += "\(row * row),\(row % 3),\(row < 3 ? "ok" : "bad")\n" }
    let path = try scratch.write(text, "rows.csv")
    let result = try await detection(path) {
      $0.labelColumn = "state"
      $0.split.order = .time
    }.run()
    #expect(try rowsWithoutScore() == 0)
    #expect(!result.notes.contains { $0.contains("no score") })
  }

  /// Rows without which nothing varies have no score, and that is told.
  @Test func whatCannotBeScoredIsTold() async throws {
    var text = "x,state\n"
    for row in 0..<1100 { text += row < 1045 ? "\(row == 0 ? 1 : 0),ok\n" : "\(row % 7),bad\n" }
    let path = try scratch.write(text, "rows.csv")
    let result = try await detection(path) {
      $0.labelColumn = "state"
      ($0.split.order, $0.split.trainingShare) = (.time, 0.95)
    }.run()
    // Half of them.
    let count = try rowsWithoutScore()
    #expect(522...523 ~= count)
    #expect(result.notes.contains { $0.hasPrefix("\(count) rows of the training part have no score") })
  }

  private func rowsWithoutScore() throws -> Int {
    try text("run/scores.csv").split(separator: "\n").dropFirst().count {
      $0.split(separator: ",", omittingEmptySubsequences: false)[1].isEmpty
    }
  }
}
