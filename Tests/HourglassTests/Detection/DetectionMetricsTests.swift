import Hourglass
import Testing

/// Expected numbers are worked out by hand or by counting all pairs.
struct DetectionMetricsTests {
  @Test func areaIsTheShareOfPairsInOrder() throws {
    var random = RandomNumbers(seed: 3, purpose: .sampling)
    let scores = (0..<200).map { _ in Double(random.index(below: 25)) }
    let labels = (0..<200).map { _ in random.uniform() < 0.2 }
    let quality = try #require(RankingQuality(scores: scores, isAnomaly: labels))
    var (pairs, ordered) = (0.0, 0.0)
    for (high, isHigh) in zip(scores, labels) where isHigh {
      for (low, isLow) in zip(scores, labels) where !isLow {
        pairs += 1
        ordered += high > low ? 1 : high == low ? 0.5 : 0
      }
    }
    #expect(abs(quality.areaUnderROC - ordered / pairs) < 1e-12)
    #expect(quality.roc.first?.truePositiveRate == 0 && quality.roc.last?.falsePositiveRate == 1)
  }

  /// Ranks 1, 3 and 4 of five are anomalies: (1/1 + 2/3 + 3/4) / 3.
  @Test func averagePrecision() throws {
    let quality = try #require(
      RankingQuality(scores: [0.9, 0.8, 0.7, 0.6, 0.5], isAnomaly: [true, false, true, true, false]))
    #expect(abs(quality.averagePrecision - (1 + 2.0 / 3 + 3.0 / 4) / 3) < 1e-12)
    #expect(abs(quality.areaUnderROC - 4.0 / 6) < 1e-12)
    #expect(RankingQuality(scores: [1, 2], isAnomaly: [true, true]) == nil)
  }

  @Test func alertQuality() {
    let quality = AlertQuality(
      scores: [5, 4, 3, 2, 1], isAnomaly: [true, false, true, false, true], threshold: 2.5)
    #expect(quality.truePositives == 2 && quality.falsePositives == 1 && quality.falseNegatives == 1)
    #expect(quality.precision == 2.0 / 3 && quality.recall == 2.0 / 3 && quality.f1 == 4.0 / 6)
    #expect(AlertQuality().precision == 0 && AlertQuality().f1 == 0)
  }
}

struct ThresholdRuleTests {
  @Test(arguments: [
    "percentile:99", "mad:3.5", "iqr:1.5", "contamination:0.02", "best-f1", "cost:1,50", "alerts:5",
  ])
  func textsComeBack(text: String) throws {
    #expect(try ThresholdRule(text).text == text)
  }

  @Test(arguments: [
    "", "percentile", "percentile:", "percentile:101", "percentile:x", "mad:-1", "contamination:0.7",
    "best-f1:2", "cost:1",
    "cost:1,-2", "cost:1,2,3", "alerts:1001", "nonsense:1", "percentile:nan",
  ])
  func badTexts(text: String) {
    #expect(throws: HourglassError.self) { try ThresholdRule(text) }
  }

  /// Of 0, 1, ..., 100 every figure is known.
  @Test func thresholds() throws {
    let scores = (0...100).map(Double.init)
    let evidence = ThresholdRule.Evidence(normal: scores.shuffled())
    #expect(ThresholdRule.percentile(99).threshold(evidence) == 99)
    #expect(ThresholdRule.contamination(0.1).threshold(evidence) == 90)
    #expect(ThresholdRule.alertsPerThousand(50).threshold(evidence) == 95)
    #expect(ThresholdRule.interquartileRanges(1.5).threshold(evidence) == 75 + 1.5 * 50)
    #expect(ThresholdRule.medianDeviations(2).threshold(evidence) == 50 + 2 * 1.4826 * 25)
    let mixed = ThresholdRule.Evidence(normal: scores, mixed: scores.map { $0 * 10 })
    #expect(ThresholdRule.contamination(0.1).threshold(mixed) == 900)
    for rule in [ThresholdRule.alertsPerThousand(0), .contamination(0)] {
      #expect(rule.threshold(evidence) > 100 && rule.threshold(mixed) > 1000)
    }
  }

  @Test func thresholdsWithLabels() throws {
    // Anomalies at 7 and 9, others up to 6 and one at 8: two alerts among three are best, F1 = 4/5.
    let evidence = ThresholdRule.Evidence(normal: [1, 2, 3, 4, 5, 6, 8], anomalous: [7, 9])
    #expect(ThresholdRule.bestF1.threshold(evidence) == 6.5)
    // A false alert that costs ten misses is not worth it.
    #expect(ThresholdRule.cost(falsePositive: 10, falseNegative: 1).threshold(evidence) == 8.5)
    #expect(ThresholdRule.cost(falsePositive: 1, falseNegative: 10).threshold(evidence) == 6.5)
    // Where missing costs nothing, nothing is an alert.
    #expect(ThresholdRule.cost(falsePositive: 1, falseNegative: 0).threshold(evidence) == 9)
  }
}
