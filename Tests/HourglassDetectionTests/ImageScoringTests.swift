import HourglassBase
import HourglassData
import HourglassDetection
import HourglassTestSupport
import Testing

/// Scoring images with a detector that was fitted before.
struct ImageScoringTests {
  private let scratch = ScratchFolder()
  private var out: String { "\(scratch.path)/scores.csv" }

  /// - Parameter normal: the class it is told it was fitted to.
  private func detector(normal: String? = "ramp") async throws -> AnomalyDetector {
    let set = try ImageFixture.set()
    return try await AnomalyDetector.fit(
      images: set.training, rows: (0..<90).filter { !ImageFixture.isBlock(Int($0)) }, normalClass: normal,
      options: ImageFixture.options())
  }

  /// The lines are the detector's own scores of the test part.
  @Test func theTestPartIsScored() async throws {
    let (detector, set) = (try await detector(), try ImageFixture.set())
    let summary = try ImageScoring(detector: detector, images: set, threads: 1).write(to: out)
    let file = try ScoresFile("scores.csv", in: scratch)
    #expect(file.header == ["row", "score", "alert", "anomaly"])
    #expect(file.rows == Array(1...40) && summary.rows == 40)
    let values = try detector.scores(set.test, threads: 1).values
    #expect(file.lines.map(\.score) == values.map { Float($0) })
    #expect(file.lines.map(\.isAlert) == values.map { $0 > detector.threshold.value })
    #expect(file.lines.map(\.isAnomaly) == (0..<40).map(ImageFixture.isBlock))
    #expect(summary.alerts == file.alerts.count && summary.threshold == detector.threshold.value)
    let (precision, recall) = file.precisionAndRecall
    #expect(summary.metrics["precision"] == precision && summary.metrics["recall"] == recall && recall == 1)
    #expect(summary.metrics["roc_auc"] == 1 && file.areaUnderROC == 1)
  }

  @Test func withoutATestPartAllAreScored() async throws {
    let (detector, set) = (try await detector(), try ImageFixture.set(test: nil))
    let summary = try ImageScoring(detector: detector, images: set, threads: 1).write(to: out)
    let file = try ScoresFile("scores.csv", in: scratch)
    #expect(file.rows == Array(1...90) && summary.rows == 90)
    #expect(file.lines.map(\.isAnomaly) == (0..<90).map(ImageFixture.isBlock))
    let values = try detector.scores(set.training, threads: 1).values
    #expect(file.lines.map(\.score) == values.map { Float($0) })

    let few = try ImageScoring(detector: detector, images: set, limit: 7, threads: 1).write(to: out)
    #expect(few.rows == 7)
    #expect(try ScoresFile("scores.csv", in: scratch).lines == Array(file.lines.prefix(7)))
  }

  /// Neither classes that the detector does not know, nor none, say what is an anomaly.
  @Test func withoutLabelsNothingIsMeasured() async throws {
    let detector = try await detector()
    let plain = try ImageScoring(detector: detector, images: ImageFixture.set(labelled: false), threads: 1)
      .write(to: out)
    #expect(plain.metrics.isEmpty)
    let file = try ScoresFile("scores.csv", in: scratch)
    #expect(file.header == ["row", "score", "alert"] && plain.alerts == file.alerts.count)

    let unknown = try await self.detector(normal: "circle")
    let other = try ImageScoring(detector: unknown, images: ImageFixture.set(), threads: 1).write(to: out)
    #expect(other.metrics.isEmpty)
    #expect(try ScoresFile("scores.csv", in: scratch).lines == file.lines)
  }

  @Test func drawsTheSheetThatIsAskedFor() async throws {
    var scoring = try await ImageScoring(detector: detector(), images: ImageFixture.set(), threads: 1)
    scoring.figure = "\(scratch.path)/sheet.png"
    _ = try scoring.write(to: out)
    #expect(try scratch.read("sheet.png").prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
  }

  @Test func whatIsWrongWritesNothing() async throws {
    struct Stop: Error {}
    let (detector, set) = (try await detector(), try ImageFixture.set())
    #expect(throws: Stop.self) {
      try ImageScoring(detector: detector, images: set, threads: 1).write(to: out) { _ in throw Stop() }
    }
    let ofTable = try await AnomalyDetector.fit(DetectorFixture.table(50), options: DetectorFixture.options())
    expectSentence(["fitted to a table"], .usage) {
      _ = try ImageScoring(detector: ofTable, images: set, threads: 1).write(to: out)
    }
    let large = try DataSet(
      name: "large",
      training: SampleArray(trustedBytes: Array(repeating: 9, count: 200), count: 2, shape: [1, 10, 10]))
    expectSentence(["10"], .usage) {
      _ = try ImageScoring(detector: detector, images: large, threads: 1).write(to: out)
    }
    #expect(scratch.names().isEmpty)
  }
}
