import HourglassBase
import HourglassDetection
import HourglassTestSupport
import Testing

/// Expected thresholds are worked out by hand; a quantile between two scores is on the line between them.
struct ThresholdRuleTests {
  private func expect(
    _ rule: ThresholdRule, _ evidence: ThresholdRule.Evidence, is expected: Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let found = rule.threshold(evidence)
    #expect(
      abs(found - expected) <= 1e-12 * max(abs(expected), 1), "\(found), not \(expected)",
      sourceLocation: sourceLocation)
  }

  // MARK: - As text

  @Test(
    arguments: [
      ("percentile:99", .percentile(99)), ("mad:3.5", .medianDeviations(3.5)),
      ("iqr:1.5", .interquartileRanges(1.5)), ("contamination:0.02", .contamination(0.02)),
      ("best-f1", .bestF1), ("cost:1,50", .cost(falsePositive: 1, falseNegative: 50)),
      ("alerts:5", .alertsPerThousand(5)),
    ] as [(String, ThresholdRule)])
  func textsAreReadAndWritten(text: String, rule: ThresholdRule) throws {
    #expect(try ThresholdRule(text) == rule && rule.text == text)
  }

  @Test(arguments: [
    "", "percentile", "percentile:", "percentile:101", "percentile:x", "mad:-1", "contamination:0.7",
    "best-f1:2", "cost:1", "cost:1,-2", "cost:1,2,3", "alerts:1001", "nonsense:1", "percentile:nan",
  ])
  func badTexts(text: String) {
    expectSentence(["The threshold is \"\(text)\""], .usage) { _ = try ThresholdRule(text) }
  }

  @Test(arguments: [
    ("percentile:101", "from 0 to 100, such as percentile:99"), ("contamination:1", "from 0 to 0.5"),
    ("cost:1", "what a false alert and a missed anomaly cost"), ("other", "choose percentile:99, mad:3.5"),
  ])
  func badTextsAreExplained(text: String, words: String) {
    expectSentence([words], .usage) { _ = try ThresholdRule(text) }
  }

  @Test func someNeedLabels() throws {
    let texts = ["percentile:99", "mad:3", "iqr:1", "contamination:0.1", "alerts:5", "best-f1", "cost:1,2"]
    #expect(try texts.filter { try ThresholdRule($0).needsLabels } == ["best-f1", "cost:1,2"])
  }

  // MARK: - On normal samples

  @Test(arguments: [(0, 10), (25, 17.5), (50, 25), (90, 37), (100, 40)] as [(Double, Double)])
  func percentile(percentage: Double, expected: Double) {
    expect(.percentile(percentage), .init(normal: [30, 10, 40, 20]), is: expected)
  }

  /// The median is 4; from it the scores are 3, 2, 0, 5 and 96 away, in the middle 3.
  @Test(arguments: [(0, 4), (1, 8.4478), (2, 12.8956)] as [(Double, Double)])
  func medianDeviations(count: Double, expected: Double) {
    expect(.medianDeviations(count), .init(normal: [100, 1, 2, 9, 4]), is: expected)
  }

  /// Quarters at 2.75 and 6.25, 3.5 apart.
  @Test(arguments: [(0, 6.25), (1.5, 11.5), (3, 16.75)] as [(Double, Double)])
  func interquartileRanges(count: Double, expected: Double) {
    expect(.interquartileRanges(count), .init(normal: [8, 7, 6, 5, 4, 3, 2, 1]), is: expected)
  }

  // MARK: - On samples as they come

  @Test func contaminationLeavesItsShareAbove() {
    expect(.contamination(0.25), .init(normal: [5, 3, 1, 4, 2]), is: 4)
    expect(.contamination(0.25), .init(normal: [5, 3, 1, 4, 2], mixed: [50, 10, 20, 40, 30]), is: 40)
    expect(.contamination(0.5), .init(normal: [0], mixed: [1, 2]), is: 1.5)
  }

  @Test func alertsPerThousandLeaveTheirNumberAbove() {
    expect(.alertsPerThousand(200), .init(normal: [6, 5, 4, 3, 2, 1]), is: 5)
    expect(.alertsPerThousand(1000), .init(normal: [6, 5, 4, 3, 2, 1]), is: 1)
    expect(.alertsPerThousand(500), .init(normal: [6], mixed: [0, 10]), is: 5)
  }

  @Test(arguments: [ThresholdRule.contamination(0), .alertsPerThousand(0)])
  func noAlertsAtAll(rule: ThresholdRule) {
    expect(rule, .init(normal: [2, 3, 1]), is: 3 + 3e-6)
    expect(rule, .init(normal: [1], anomalous: [9], mixed: [4]), is: 9 + 9e-6)
    expect(rule, .init(normal: [1], mixed: [40]), is: 40 + 40e-6)
    // Near 0 and below it the step is of a fixed size, and upwards.
    expect(rule, .init(normal: [0, -1]), is: 1e-6)
    expect(rule, .init(normal: [-5, -2]), is: -2 + 2e-6)
  }

  // MARK: - On labelled samples

  /// Anomalies at 7 and 9, others up to 6 and one at 8: two hits among three alerts, F1 = 4/5.
  @Test func bestF1() {
    expect(.bestF1, .init(normal: [1, 2, 3, 4, 5, 6, 8], anomalous: [7, 9]), is: 6.5)
  }

  /// Above 6.5 one of two anomalies is found, F1 = 2/3; all with the score 5 would be two hits and two false alerts,
  /// F1 = 4/6 as well. The fewer alerts stay.
  @Test func bestF1OfTies() {
    expect(.bestF1, .init(normal: [1, 5, 5], anomalous: [5, 8]), is: 6.5)
  }

  /// Where each anomaly stands for ten, finding both is worth the two false alerts: F1 = 40/42.
  @Test func bestF1WithWeights() {
    expect(.bestF1, .init(normal: [1, 5, 5], anomalous: [5, 8], anomalyWeight: 10), is: 3)
  }

  /// Alerts for all: one hit, two false, F1 = 1/2.
  @Test func bestF1WhereTheAnomalyScoresLowest() {
    expect(.bestF1, .init(normal: [5, 6], anomalous: [1]), is: 1 - 1e-6)
  }

  /// Seven normal samples up to 8, anomalies at 7 and 9.
  @Test(arguments: [(10, 1, 8.5), (1, 10, 6.5), (1, 0, 9)] as [(Double, Double, Double)])
  func cost(alert: Double, miss: Double, expected: Double) {
    expect(
      .cost(falsePositive: alert, falseNegative: miss),
      .init(normal: [1, 2, 3, 4, 5, 6, 8], anomalous: [7, 9]), is: expected)
  }

  /// Misses at 5 cost 5 where each anomaly stands for five: more than the two false alerts there.
  @Test(arguments: [(1, 6.5), (5, 3)] as [(Double, Double)])
  func costWithWeights(weight: Double, expected: Double) {
    expect(
      .cost(falsePositive: 1, falseNegative: 1),
      .init(normal: [1, 5, 5], anomalous: [5, 8], anomalyWeight: weight), is: expected)
  }

  /// Nothing is above the highest score.
  @Test(arguments: [ThresholdRule.bestF1, .cost(falsePositive: 1, falseNegative: 5)])
  func withoutAnomaliesNothingIsAnAlert(rule: ThresholdRule) {
    expect(rule, .init(normal: [2, 3, 1]), is: 3)
  }

  // MARK: - Scores that do not differ

  @Test(
    arguments: [
      .percentile(99), .medianDeviations(3), .interquartileRanges(1.5), .contamination(0.1),
      .alertsPerThousand(5),
    ] as [ThresholdRule])
  func equalScores(rule: ThresholdRule) {
    expect(rule, .init(normal: [7, 7, 7, 7]), is: 7)
    expect(rule, .init(normal: [7]), is: 7)
    expect(rule, .init(normal: [0]), is: 0)
  }

  /// All or none: all are F1 = 1/2, and cost two false alerts.
  @Test func equalScoresWithLabels() {
    let evidence = ThresholdRule.Evidence(normal: [4, 4], anomalous: [4])
    expect(.bestF1, evidence, is: 4 - 4e-6)
    expect(.cost(falsePositive: 1, falseNegative: 1), evidence, is: 4)
    expect(.cost(falsePositive: 1, falseNegative: 5), evidence, is: 4 - 4e-6)
  }

  // MARK: - Many scores

  /// Of 0, 1, ..., 100 every figure is known, in whatever order they come.
  @Test func orderDoesNotMatter() {
    let scores = (0...100).map(Double.init)
    var numbers = TestNumbers(1)
    let evidence = ThresholdRule.Evidence(normal: scores.shuffled(using: &numbers))
    expect(.percentile(99), evidence, is: 99)
    expect(.contamination(0.1), evidence, is: 90)
    expect(.alertsPerThousand(50), evidence, is: 95)
    expect(.interquartileRanges(1.5), evidence, is: 75 + 1.5 * 50)
    expect(.medianDeviations(2), evidence, is: 50 + 2 * 1.4826 * 25)
  }
}
