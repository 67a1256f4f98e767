import HourglassBase
import HourglassDetection
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
