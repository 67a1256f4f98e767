import HourglassBase
import HourglassData
import HourglassDetection
import HourglassTestSupport
import Testing

/// Where most samples are alerts, rather the data are others.
struct AlertShareTests {
  private let scratch = ScratchFolder()

  private func detector() async throws -> AnomalyDetector {
    let set = try ImageFixture.set()
    return try await AnomalyDetector.fit(
      images: set.training, rows: (0..<90).filter { !ImageFixture.isBlock(Int($0)) }, normalClass: "ramp",
      options: ImageFixture.options())
  }

  private func notes(_ samples: SampleArray, labels: [Int] = []) async throws -> [String] {
    let set = try DataSet(
      name: "others", training: samples, trainingLabels: labels,
      classNames: labels.isEmpty ? nil : ImageFixture.classes)
    return try await ImageScoring(detector: detector(), images: set, threads: 1)
      .write(to: "\(scratch.path)/scores.csv").notes
  }

  @Test func imagesOfAnotherRangeAreDoubted() async throws {
    let bytes = ImageFixture.images(4, seed: 5) { _ in false }.floats.map { 1 - $0 }
    let negatives = SampleArray(trustedFloats: bytes, count: 4, shape: [1, 8, 8])
    let note = try #require(try await notes(negatives).first)
    #expect(note.hasPrefix("4 of 4 images are alerts.") && note.contains("range, size or kind"))
    // One may well be an anomaly, and labels know better.
    #expect(
      try await notes(SampleArray(trustedFloats: Array(bytes.prefix(64)), count: 1, shape: [1, 8, 8])).isEmpty
    )
    #expect(try await notes(negatives, labels: [1, 1, 1, 1]).isEmpty)
    let normal = try #require(try await notes(negatives, labels: [0, 0, 0, 1]).first)
    #expect(normal.hasPrefix("3 of 3 normal images are alerts."))
  }

  @Test func ordinaryImagesAreNotDoubted() async throws {
    #expect(try await notes(ImageFixture.images(12, seed: 5) { _ in false }).isEmpty)
  }

  @Test func rowsOfAnotherUnitAreDoubted() async throws {
    let detector = try await AnomalyDetector.fit(
      DetectorFixture.table(200), options: DetectorFixture.options())
    func notes(_ factor: Double) throws -> [String] {
      let table = DetectorFixture.table(50)
      var text = table.columns.map(\.name).joined(separator: ",") + "\n"
      for row in 0..<50 {
        let numbers = (0..<3).map { "\(factor * table.columns[$0].values[row])" }
        text += (numbers + [table.columns[3].text(row: row)]).joined(separator: ",") + "\n"
      }
      return try TableScoring(detector: detector, path: try scratch.write(text, "rows.csv"))
        .write(to: "\(scratch.path)/scores.csv").notes
    }
    #expect(try notes(1000).contains { $0.contains("rows are alerts. So many are seldom anomalies") })
    #expect(try !notes(1).contains { $0.contains("seldom anomalies") })
  }
}
