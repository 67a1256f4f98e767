import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import HourglassEngine
import HourglassTestSupport
import Testing

/// Several processes, here threads, score as one does, and the first writes.
struct ScoringInProcessesTests {
  private let scratch = ScratchFolder()

  /// What is written and told by `processes`; by one without others when nil.
  private func scored(
    _ detector: AnomalyDetector, table: String, processes: Int?
  ) throws -> (file: [UInt8], summary: ScoringSummary) {
    let out = "\(scratch.path)/scores-\(processes ?? 0).csv"
    @Sendable func write(_ group: (any ProcessGroup)?) throws -> ScoringSummary {
      var scoring = try TableScoring(detector: detector, path: table)
      (scoring.threads, scoring.processes) = (1, group)
      return try scoring.write(to: out)
    }
    let summary: ScoringSummary
    if let processes {
      let results = LocalProcesses.run(processes) { process -> ScoringSummary? in
        guard process.rank == 0 else {
          try TableScoring.scoreForFirst(detector, contributors: 3, threads: 1, processes: process)
          return nil
        }
        return try write(process)
      }
      for result in results.dropFirst() { #expect(try result.get() == nil) }
      summary = try #require(try results[0].get())
    } else {
      summary = try write(nil)
    }
    return (try scratch.read(URL(filePath: out).lastPathComponent), summary)
  }

  private func lines(_ count: Int, broken: Set<Int>) -> [String] {
    let table = DetectorFixture.table(count, broken: broken)
    return (0..<count).map { row in table.columns.map { $0.text(row: row) }.joined(separator: ";") }
  }

  @Test func tablesAreScoredAsByOne() async throws {
    let detector = try await AnomalyDetector.fit(
      DetectorFixture.table(400), options: DetectorFixture.options())
    // More rows than one block has, with alerts in each.
    let broken = Set(stride(from: 7, to: 13_000, by: 900))
    let table = "\(scratch.path)/table.csv"
    try (["x;y;z;sign"] + lines(13_000, broken: broken)).joined(separator: "\n").write(
      toFile: table, atomically: true, encoding: .utf8)
    let expected = try scored(detector, table: table, processes: nil)
    #expect(expected.summary.rows == 13_000 && expected.summary.alerts >= broken.count)
    for processes in 1...4 {
      let found = try scored(detector, table: table, processes: processes)
      #expect(found.file == expected.file, "\(processes) processes")
      #expect(found.summary.topAlerts == expected.summary.topAlerts)
      #expect(found.summary.notes == expected.summary.notes && found.summary.rows == expected.summary.rows)
    }
  }

  /// A number far down says how all are written, so that the table is read once more.
  @Test func tablesThatAreReadTwiceAreScoredAsByOne() async throws {
    let detector = try await AnomalyDetector.fit(
      DetectorFixture.table(400), options: DetectorFixture.options())
    let table = "\(scratch.path)/late.csv"
    let begun = (0..<9_000).map { "\($0 % 3);1.234;1;low" }
    try (["x;y;z;sign"] + begun + ["0,5;1,5;1;low"]).joined(separator: "\n").write(
      toFile: table, atomically: true, encoding: .utf8)
    let expected = try scored(detector, table: table, processes: nil)
    #expect(String(decoding: expected.file, as: UTF8.self).contains("y is 1234"))
    for processes in 2...3 {
      #expect(try scored(detector, table: table, processes: processes).file == expected.file)
    }
  }

  @Test func aDamagedTableEndsAll() async throws {
    let detector = try await AnomalyDetector.fit(
      DetectorFixture.table(400), options: DetectorFixture.options())
    let table = "\(scratch.path)/damaged.csv"
    try (["x;y;z;sign"] + lines(9_000, broken: []) + ["1;2"]).joined(separator: "\n").write(
      toFile: table, atomically: true, encoding: .utf8)
    let results = LocalProcesses.run(3) { process in
      guard process.rank == 0 else {
        return try TableScoring.scoreForFirst(detector, contributors: 3, threads: 1, processes: process)
      }
      var scoring = try TableScoring(detector: detector, path: table)
      (scoring.threads, scoring.processes) = (1, process)
      _ = try scoring.write(to: "\(scratch.path)/none.csv")
    }
    expectSentence(["damaged.csv has 2 cells"], .badData) { try results[0].get() }
    for other in 1...2 {
      expectSentence(["process 0 (on node0) has left"], .environment) { try results[other].get() }
    }
    #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/none.csv"))
  }

  @Test func imagesAreScoredAsByOne() async throws {
    let set = try DataSet(
      name: "shapes", training: ImageFixture.images(90, seed: 1, isBlock: ImageFixture.isBlock),
      test: ImageFixture.images(700, seed: 2, isBlock: ImageFixture.isBlock))
    let detector = try await AnomalyDetector.fit(
      images: set.training, rows: (0..<90).filter { !ImageFixture.isBlock(Int($0)) },
      options: ImageFixture.options())
    func scores(_ name: String) throws -> [UInt8] { try scratch.read(name) }
    _ = try ImageScoring(detector: detector, images: set, threads: 1).write(to: "\(scratch.path)/one.csv")
    for processes in 1...4 {
      let results = LocalProcesses.run(processes) { process in
        var scoring = ImageScoring(detector: detector, images: set, threads: 1)
        scoring.processes = process
        guard process.rank == 0 else { return try scoring.scoreForFirst() }
        _ = try scoring.write(to: "\(scratch.path)/several.csv")
      }
      for result in results { try result.get() }
      #expect(try scores("several.csv") == scores("one.csv"), "\(processes) processes")
    }
  }
}
