import HourglassBase
import HourglassDetection
import HourglassTestSupport
import Testing

/// Scores of new samples lie on the scale of the threshold, however few samples a detector is fitted to.
struct FewSamplesTests {
  private static let counts = [3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 24, 25, 36, 50, 100, 200, 300]

  private static func seeds(of count: Int) -> ClosedRange<UInt64> { count < 25 ? 1...3 : 1...1 }

  /// The middle of several detectors' figures, since a handful of samples may by chance be no usual ones.
  private static func median(_ figures: [Double]) -> Double { figures.sorted()[figures.count / 2] }

  @Test(arguments: [FewSamplesFixture.table, .series], counts)
  func rowsAreOnOneScale(_ kind: FewSamplesFixture, _ count: Int) async throws {
    try await expectOneScale(kind, count)
  }

  /// Images take longer.
  @Test(arguments: [3, 5, 8, 10, 16, 36]) func imagesAreOnOneScale(_ count: Int) async throws {
    try await expectOneScale(.images, count)
  }

  private func expectOneScale(_ kind: FewSamplesFixture, _ count: Int) async throws {
    var (middles, falseAlerts, found): ([Double], [Double], [Int]) = ([], [], [])
    for seed in Self.seeds(of: count) {
      let (detector, ordinary, odd) = try await kind.fit(count, seed: seed)
      let threshold = detector.threshold.value
      middles.append(Self.median(ordinary))
      falseAlerts.append(Double(ordinary.count { $0 > threshold }))
      found.append(odd.count { $0 > threshold })
    }
    #expect(abs(Self.median(middles)) < (count < 8 ? 2 : 1), "medians \(middles)")
    #expect(Self.median(falseAlerts) <= 4, "\(falseAlerts) of 40 alerts are false")
    // Of fewer than six nobody can say how ordinary samples vary; see the next test.
    if count >= 6 { #expect(found.allSatisfy { $0 == 5 }, "\(found) of 5 found") }
  }

  /// Where a threshold cannot be known, that is said with the count, and so is what it was chosen by.
  @Test(arguments: [3, 10, 98]) func anUnknowableThresholdIsTold(_ count: Int) async throws {
    let result = try await run(count)
    let note = try #require(result.notes.first { $0.contains("too few to see") })
    #expect(
      note.hasPrefix(
        "\(count) training samples are too few to see which score 1 % of ordinary samples exceed"))
    #expect(note.contains("that takes 99") && note.contains("Student's t"))
    #expect(result.notes.contains { $0.contains("reconstruction alone") } == (count < 25))
    #expect(result.scoring == (count < 25 ? "reconstruction" : "combined"))
  }

  @Test func aThresholdThatCanBeKnownIsNotDoubted() async throws {
    let known = try await run(99)
    #expect(!known.notes.contains { $0.contains("too few") || $0.contains("far off") }, "\(known.notes)")
    let few = try await run(12) { $0.threshold = .medianDeviations(3.5) }
    #expect(few.notes.contains { $0.contains("mad:3.5 was chosen on 12 training samples only") })
    // That has the count already.
    #expect(!few.notes.contains { $0.contains("held-out scores") })
  }

  /// From how many scores a threshold comes is told, and that a share of few of them swings.
  @Test(
    arguments: zip(
      [ThresholdRule.percentile(99), .alertsPerThousand(50), .percentile(80), .medianDeviations(3.5)],
      [
        ", about 1 of which lies above it: so few that the share of alerts among new samples will swing around 1 %; ",
        ", about 5 of which lie above it: so few that the share of alerts among new samples will swing around 5 %; ",
        ".", ".",
      ]))
  func whatAThresholdComesFromIsTold(_ rule: ThresholdRule, _ end: String) async throws {
    let notes = try await run(99) { $0.threshold = rule }.notes.filter { $0.contains("held-out scores") }
    let start = "The threshold \(rule.text) comes from 99 held-out scores\(end)"
    #expect(notes.count == 1 && notes[0].hasPrefix(start), "\(notes)")
    #expect(end != "." || notes[0] == start)
  }

  /// What was asked for is not replaced.
  @Test func distancesToNeighboursCanBeAskedFor() async throws {
    let result = try await run(12) { $0.scoring = .neighbours }
    #expect(result.scoring == "neighbours" && !result.notes.contains { $0.contains("alone") })
  }

  @Test(arguments: [0, 1, 2]) func tooFewAreRefused(_ count: Int) async throws {
    let table = DetectorFixture.table(50)
    let options = DetectorFixture.options()
    await expectAsyncSentence(["\(count) normal sample", "at least 3"], .badData) {
      _ = try await AnomalyDetector.fit(table, rows: (0..<UInt32(count)).map { 5 + $0 }, options: options)
    }
  }

  /// Fits to so many samples of a set with as many others, all ordinary.
  private func run(_ count: Int, _ change: (inout DetectorOptions) -> Void = { _ in }) async throws
    -> DetectionResult
  {
    let scratch = ScratchFolder()
    var options = FewSamplesFixture.table.options(seed: 1)
    options.epochs = 5
    change(&options)
    let table = DetectorFixture.table(2 * count)
    var text = "x,y,z\n"
    for row in 0..<2 * count {
      text += (0..<3).map { "\(table.columns[$0].values[row])" }.joined(separator: ",") + "\n"
    }
    var detection = TableDetection(
      path: try scratch.write(text, "rows.csv"), options: options,
      folder: DetectionFolder("\(scratch.path)/run"))
    detection.split.trainingShare = 0.5
    return try await detection.run()
  }

  /// Upper quantiles from Abramowitz and Stegun 1964, table 26.10.
  @Test func quantilesOfStudentsDistribution() {
    let known: [(share: Double, freedom: Int, quantile: Double)] = [
      (0.01, 1, 31.821), (0.01, 2, 6.965), (0.01, 3, 4.541), (0.01, 7, 2.998), (0.05, 30, 1.697),
      (0.005, 60, 2.660), (0.1, 12, 1.356),
    ]
    for (share, freedom, quantile) in known {
      let found = StudentDistribution.quantile(exceededBy: share, freedom: freedom)
      #expect(abs(found - quantile) < 6e-4, "\(share), \(freedom)")
    }
  }
}
