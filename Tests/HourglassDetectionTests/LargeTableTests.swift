import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import HourglassFiles
import HourglassTestSupport
import Testing

/// Runs over a table with more rows than may be in memory.
struct LargeTableTests {
  private let scratch = ScratchFolder()

  private static let (count, inMemory) = (5000, 2000)

  /// Every hundredth row, counted from 1.
  private static func isBroken(_ row: Int) -> Bool { row.isMultiple(of: 100) }

  /// The rows that are drawn with the seed of `detection`, counted from 1: they depend on the seed and their number alone.
  private func drawn() throws -> Set<Int> {
    let path = try scratch.write("x\n" + (0..<Self.count).map { "\($0 % 17)\n" }.joined(), "drawn.csv")
    let scan = try TableScan(
      TableSource(path), format: TableFormat(), limit: nil, sampleSize: { _ in Self.inMemory }, seed: 4)
    return Set(scan.rows.map { Int($0) + 1 })
  }

  /// Writes rows of numbers that follow from one another; in those that are broken `y` does not.
  ///
  /// - Parameters:
  ///   - label: of a row, counted from 1; without it there is no such column.
  ///   - change: may change the cells of a row by the names of the columns.
  private func table(
    label: ((Int) -> String)? = nil, change: (Int, inout [String: String]) -> Void = { _, _ in }
  ) throws -> String {
    var numbers = TestNumbers(8)
    let names = ["name", "x", "y", "z", "shop", "same"] + (label == nil ? [] : ["state"])
    var text = names.joined(separator: ",") + "\n"
    for row in 1...Self.count {
      let (x, noise) = (numbers.double(), numbers.doubles(2, in: -0.05...0.05))
      var cells = [
        "name": "row \(row)", "x": "\(x)", "y": "\((Self.isBroken(row) ? -30 : 3) + 2 * x + noise[0])",
        "z": "\(x * x + noise[1])", "shop": x > 0 ? "north" : "south", "same": "7",
        "state": label?(row) ?? "",
      ]
      change(row, &cells)
      text += names.map { cells[$0] ?? "" }.joined(separator: ",") + "\n"
    }
    return try scratch.write(text, "rows.csv")
  }

  private func labelled() throws -> String { try table { Self.isBroken($0) ? "broken" : "ok" } }

  private func detection(
    _ path: String, label: String? = nil, threads: Int = 1, inMemory: Int? = inMemory, run: String = "run"
  ) -> TableDetection {
    var options = DetectorOptions(seed: 4)
    (options.epochs, options.threads) = (3, threads)
    var detection = TableDetection(
      path: path, options: options, folder: DetectionFolder("\(scratch.path)/\(run)"))
    (detection.labelColumn, detection.rowsInMemory) = (label, inMemory)
    return detection
  }

  private struct Written: Decodable {
    var rows, sampledRows, learntRows, testAnomalies: Int
  }

  private func written() throws -> Written {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Written.self, from: Data(scratch.read("run/result.json")))
  }

  @Test func allRowsAreScoredInOrderAndLearnt() async throws {
    let result = try await detection(labelled(), label: "state").run()
    let file = try ScoresFile("run/scores.csv", in: scratch)
    #expect(file.header.prefix(5) == ["row", "id", "score", "alert", "anomaly"])
    #expect(file.rows == Array(1...Self.count))
    #expect(file.lines.allSatisfy { $0.isAnomaly == Self.isBroken($0.row) })
    let text = String(decoding: try scratch.read("run/scores.csv"), as: UTF8.self)
    #expect(
      text.split(separator: "\n").dropFirst().enumerated().allSatisfy { place, line in
        line.hasPrefix("\(place + 1),row \(place + 1),")
      })

    // All that is broken is found, in the sample and outside it.
    #expect(file.lines.allSatisfy { !Self.isBroken($0.row) || $0.isAlert })
    let drawn = try drawn()
    let broken = (1...Self.count).filter(Self.isBroken)
    #expect(broken.contains { drawn.contains($0) } && broken.contains { !drawn.contains($0) })
    #expect(file.alerts.count < 3 * Self.count / 100)
    #expect(result.alerts == file.alerts.count && result.scoredRows == Self.count)
    #expect(result.metrics["roc_auc"] == 1)

    let written = try written()
    // All that are not broken, but for a tenth of those in the sample, by which the detector is calibrated.
    let normal = drawn.count { !Self.isBroken($0) }
    #expect(written.rows == Self.count && written.sampledRows == Self.inMemory)
    #expect(written.learntRows == Self.count - broken.count - normal / 10)
    let detector = try AnomalyDetector.read(from: URL(filePath: "\(scratch.path)/run/model.safetensors"))
    #expect(detector.trainingCount == written.learntRows)
    #expect(
      scratch.names(in: "run") == [
        "figures", "model.safetensors", "report.html", "result.json", "scores.csv",
      ])
    let page = String(decoding: try scratch.read("run/report.html"), as: UTF8.self)
    #expect(page.contains("5,000 rows 2,000 were drawn at random"))
    #expect(
      result.notes.contains { $0.hasPrefix("Of the 50 known anomalies among all 5,000 rows 50 are alerts") })
  }

  /// An alert's row is compared with rows of the table, which are those of the sample.
  @Test func rowsAreComparedWithThoseOfTheTable() async throws {
    _ = try await detection(labelled(), label: "state").run()
    let detector = try AnomalyDetector.read(from: URL(filePath: "\(scratch.path)/run/model.safetensors"))
    let (references, drawn) = (Set(detector.referenceRows.map { Int($0) + 1 }), try self.drawn())
    #expect(!references.isEmpty && references.isSubset(of: drawn))
    #expect(references.contains { $0 > Self.inMemory })
  }

  @Test func threadsChangeNothing() async throws {
    let path = try labelled()
    _ = try await detection(path, label: "state", threads: 1, run: "one").run()
    _ = try await detection(path, label: "state", threads: 3, run: "three").run()
    for name in ["scores.csv", "model.safetensors"] {
      #expect(try scratch.read("one/\(name)") == scratch.read("three/\(name)"), "\(name)")
    }
  }

  /// Of a table that fits nothing is new.
  @Test func aTableThatFitsIsFittedAsAWhole() async throws {
    let path = try labelled()
    let bounded = try await detection(path, label: "state", inMemory: Self.count, run: "bounded").run()
    _ = try await detection(path, label: "state", inMemory: nil, run: "free").run()
    for name in ["scores.csv", "model.safetensors"] {
      #expect(try scratch.read("bounded/\(name)") == scratch.read("free/\(name)"), "\(name)")
    }
    #expect(bounded.sampledRows == nil && bounded.learntRows == nil)
  }

  /// The first 4,096 rows are so short that there seem to be several times as many.
  @Test func aTableThatOnlySeemsTooLongIsFittedAsAWhole() async throws {
    let path = try table(change: { row, cells in
      if row > 4096 { cells["name"] = "row \(row) " + String(repeating: "x", count: 2000) }
    })
    let result = try await detection(path, inMemory: Self.count).run()
    #expect(result.sampledRows == nil && result.scoredRows == Self.count)
  }

  @Test func withoutLabelsAllRowsAreLearnt() async throws {
    let result = try await detection(table()).run()
    let file = try ScoresFile("run/scores.csv", in: scratch)
    #expect(file.rows == Array(1...Self.count) && !file.header.contains("anomaly"))
    #expect(result.learntRows == Self.count - Self.inMemory / 10)
    #expect(result.metrics.isEmpty && result.alerts == file.alerts.count)
  }

  /// What stands in rows alone that were not drawn is not lost.
  @Test func whatOnlyRowsOutsideTheSampleHoldIsSeen() async throws {
    let drawn = try drawn()
    let last = try #require((4000...Self.count).last { !drawn.contains($0) && !Self.isBroken($0) })
    let others = (4000..<last).filter { !drawn.contains($0) && !Self.isBroken($0) }.suffix(2)
    let (text, level) = (others[others.startIndex], others[others.startIndex + 1])
    let path = try table(
      label: { Self.isBroken($0) ? "broken" : "ok" },
      change: { row, cells in
        if row == last { cells["same"] = "8" }
        if row == text { cells["z"] = "lost" }
        if row == level { cells["shop"] = "west" }
      })
    let result = try await detection(path, label: "state").run()
    let file = try ScoresFile("run/scores.csv", in: scratch)
    #expect(file.lines[last - 1].isAlert && file.lines[last - 1].reason == "same")
    #expect(
      result.notes.contains { $0.contains("\"same\" is \"7\"") && $0.contains("1 row outside the sample") })
    #expect(result.notes.contains { $0.contains("\"z\" holds numbers; 1 cell") && $0.contains("\"lost\"") })
    let middle = file.lines.map(\.score).sorted()[Self.count / 2]
    #expect(file.rows == Array(1...Self.count) && file.lines[level - 1].score > middle)
  }

  /// A label that no row of the sample has is known all the same.
  @Test func labelsOutsideTheSampleCount() async throws {
    let drawn = try drawn()
    let rare = try #require((1...Self.count).last { !drawn.contains($0) && Self.isBroken($0) })
    let path = try table { $0 == rare ? "stolen" : Self.isBroken($0) ? "broken" : "ok" }
    var detection = detection(path, label: "state")
    detection.anomalyLabels = ["broken", "stolen"]
    _ = try await detection.run()
    #expect(
      try ScoresFile("run/scores.csv", in: scratch).lines.allSatisfy { $0.isAnomaly == Self.isBroken($0.row) }
    )
  }

  @Test func orderInTimeIsThatOfTheTable() async throws {
    let path = try table { $0 > 3500 && Self.isBroken($0) ? "broken" : "ok" }
    var detection = detection(path, label: "state")
    detection.split.order = .time
    let result = try await detection.run()
    // The anomalies are among the last rows, which are measured.
    let drawn = try drawn()
    #expect(result.metrics["roc_auc"].map { $0 > 0.99 } == true)
    #expect(try written().testAnomalies == drawn.count { $0 > 3500 && Self.isBroken($0) })
  }

  /// Whether it ends while all rows are encoded or while they are scored.
  @Test(arguments: ["encoding all rows", "scoring the 3,000 rows outside"])
  func aRunThatEndsLeavesNothing(_ stage: String) async throws {
    struct Stop: Error {}
    let path = try table()
    await #expect(throws: Stop.self) {
      try await detection(path).run { event in
        if case .stage(let name) = event, name.hasPrefix(stage) { throw Stop() }
      }
    }
    #expect(scratch.names() == ["rows.csv"])
  }

  @Test func tooFewRowsInMemoryAreRefused() async throws {
    let path = try table()
    await expectAsyncSentence(["1,999 rows in memory", "2,000"], .usage) {
      _ = try await detection(path, inMemory: 1999).run()
    }
    #expect(!scratch.exists("run"))
  }
}
