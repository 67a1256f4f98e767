import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import HourglassTestSupport
import Testing

/// Whole runs over images: what they write, and whether it is right.
struct ImageDetectionTests {
  private let scratch = ScratchFolder()

  private static let names = ["figures", "model.safetensors", "report.html", "result.json", "scores.csv"]

  private func detection(
    _ set: DataSet, normal: String? = "ramp", _ change: (inout DetectorOptions) -> Void = { _ in }
  ) -> ImageDetection {
    var options = ImageFixture.options()
    change(&options)
    return ImageDetection(
      data: set, normalClass: normal, options: options, folder: DetectionFolder("\(scratch.path)/run"))
  }

  @Test func figuresAreThoseOfTheScoresFile() async throws {
    let result = try await detection(ImageFixture.set()).run()
    #expect(scratch.names(in: "run") == Self.names)
    #expect(scratch.exists("run/figures/heat-maps.png"))
    let file = try ScoresFile("run/scores.csv", in: scratch)
    #expect(file.header == ["row", "score", "alert", "anomaly"])
    #expect(file.rows == Array(1...40) && result.testRows == 40)
    #expect(file.lines.allSatisfy { $0.isAnomaly == ImageFixture.isBlock($0.row - 1) })

    #expect(result.alerts == file.alerts.count && file.alertsLieAbove(result.threshold))
    let area = try #require(result.metrics["roc_auc"])
    #expect(area == 1 && abs(area - file.areaUnderROC) < 1e-9)
    let (precision, recall) = file.precisionAndRecall
    #expect(result.metrics["precision"] == precision)
    #expect(result.metrics["recall"] == recall && recall == 1)
    #expect(
      String(decoding: try scratch.read("run/result.json"), as: UTF8.self) == (try result.json()) + "\n")

    // The model file holds the detector that scored, fitted to the ramps only.
    let detector = try AnomalyDetector.read(from: URL(filePath: "\(scratch.path)/run/model.safetensors"))
    #expect(detector.trainingCount == 60 && detector.threshold.value == result.threshold)
    let values = try detector.scores(ImageFixture.set().test, threads: 1).values
    #expect(zip(file.lines, values).allSatisfy { abs(Double($0.score) - $1) < 1e-4 })
  }

  /// The class that is normal may be any, and be given by its number.
  @Test func theOtherClassIsNormal() async throws {
    let result = try await detection(ImageFixture.set(), normal: "1").run()
    let file = try ScoresFile("run/scores.csv", in: scratch)
    #expect(file.lines.allSatisfy { $0.isAnomaly == !ImageFixture.isBlock($0.row - 1) })
    #expect(result.metrics["roc_auc"] == 1)
  }

  /// As of tables: the first images of each part only.
  @Test func aLimitHolds() async throws {
    var limited = try detection(ImageFixture.set())
    limited.limit = 30
    let result = try await limited.run()
    let file = try ScoresFile("run/scores.csv", in: scratch)
    #expect(file.rows == Array(1...30) && result.testRows == 30)
    let detector = try AnomalyDetector.read(from: URL(filePath: "\(scratch.path)/run/model.safetensors"))
    #expect(detector.trainingCount == 20)
  }

  @Test func withoutATestPartImagesAreSplit() async throws {
    let result = try await detection(ImageFixture.set(test: nil)).run()
    let file = try ScoresFile("run/scores.csv", in: scratch)
    #expect(file.rows.count == 36 && file.rows == Set(file.rows).sorted() && result.testRows == 36)
    #expect(file.rows != Array(55...90), "the last images instead of some at random")
    #expect(file.lines.allSatisfy { $0.isAnomaly == ImageFixture.isBlock($0.row - 1) })
    #expect(result.alerts == file.alerts.count && result.metrics["roc_auc"] == 1)
    let detector = try AnomalyDetector.read(from: URL(filePath: "\(scratch.path)/run/model.safetensors"))
    let training = (1...90).filter { !file.rows.contains($0) && !ImageFixture.isBlock($0 - 1) }
    #expect(detector.trainingCount == training.count)
  }

  /// Of images without classes nothing is measured.
  @Test func withoutClassesNothingIsMeasured() async throws {
    let result = try await detection(ImageFixture.set(labelled: false), normal: nil).run()
    #expect(result.metrics.isEmpty && result.verdict.hasPrefix("Without labels nobody can say"))
    let file = try ScoresFile("run/scores.csv", in: scratch)
    #expect(file.header == ["row", "score", "alert"] && file.rows == Array(1...40))
    #expect(result.alerts == file.alerts.count)
  }

  @Test func whatIsWrongIsRefusedInASentence() async throws {
    let (set, plain) = (try ImageFixture.set(), try ImageFixture.set(labelled: false))
    func expectRefusal(_ words: [String], _ code: HourglassError.Code, _ detection: ImageDetection) async {
      await expectAsyncSentence(words, code) { _ = try await detection.run() }
      #expect(!scratch.exists("run"), "\(words)")
    }
    await expectRefusal(["shapes have classes", "ramp"], .usage, detection(set, normal: nil))
    await expectRefusal(["shapes have no classes"], .usage, detection(plain))
    await expectRefusal(["shapes has no class \"ramb\"", "ramp"], .usage, detection(set, normal: "ramb"))
    await expectRefusal(["code is 0"], .usage, detection(set) { $0.code = 0 })
    let vectors = try DataSet(
      name: "vectors",
      training: SampleArray(trustedFloats: Array(repeating: 0.5, count: 80), count: 10, shape: [8]))
    await expectRefusal(["vectors", "no images"], .usage, detection(vectors, normal: nil))
  }

  @Test func aRunIsNotOverwritten() async throws {
    let set = try ImageFixture.set()
    _ = try await detection(set).run()
    let files = Self.names.filter { $0 != "figures" }
    let before = try files.map { try scratch.read("run/\($0)") }
    await expectAsyncSentence(["already holds a detector"], .usage) {
      _ = try await detection(set, normal: "block").run()
    }
    #expect(
      try files.map { try scratch.read("run/\($0)") } == before && scratch.names(in: "run") == Self.names)
  }

  /// Whether it fails while it trains or later.
  @Test(arguments: [false, true]) func aFailedRunLeavesNothing(_ isLate: Bool) async throws {
    struct Stop: Error {}
    let set = try ImageFixture.set()
    await #expect(throws: Stop.self) {
      try await detection(set).run { event in
        switch event {
        case .training: if !isLate { throw Stop() }
        case .stage(let name): if name.hasPrefix("comparing") { throw Stop() }
        case .progress: break
        }
      }
    }
    #expect(scratch.names().isEmpty)
  }
}
