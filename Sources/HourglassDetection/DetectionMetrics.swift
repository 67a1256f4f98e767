/// How well scores tell anomalies from the rest; nothing here depends on the order of equal scores.
package struct RankingQuality: Sendable {
  /// The area under the ROC curve: the probability that an anomaly scores higher than another sample, where equal
  /// scores count half.
  package let areaUnderROC: Double
  /// Average precision: the sum over recalls reached of precision times the recall gained, as in scikit-learn.
  package let averagePrecision: Double
  /// False and true positive rates at falling thresholds, from (0, 0) to (1, 1).
  package let roc: [(falsePositiveRate: Double, truePositiveRate: Double)]
  /// At falling thresholds.
  let precisionRecall: [(recall: Double, precision: Double)]

  /// - Parameters:
  ///   - scores: higher is more anomalous; finite.
  ///   - isAnomaly: one for each score.
  /// - Returns: nil when all samples are anomalies, or none is.
  package init?(scores: [Double], isAnomaly: [Bool]) {
    precondition(scores.count == isAnomaly.count, "RankingQuality: one label for each score")
    let positives = isAnomaly.count { $0 }
    let negatives = scores.count - positives
    guard positives > 0, negatives > 0 else { return nil }
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    var (hits, alarms, area, precision) = (0, 0, 0.0, 0.0)
    var roc = [(falsePositiveRate: 0.0, truePositiveRate: 0.0)]
    var curve: [(recall: Double, precision: Double)] = []
    var place = 0
    while place < order.count {
      let (hitsBefore, alarmsBefore, score) = (hits, alarms, scores[order[place]])
      while place < order.count, scores[order[place]] == score {
        if isAnomaly[order[place]] { hits += 1 } else { alarms += 1 }
        place += 1
      }
      area += Double(alarms - alarmsBefore) * Double(hits + hitsBefore) / 2
      let share = Double(hits) / Double(hits + alarms)
      precision += Double(hits - hitsBefore) * share
      roc.append((Double(alarms) / Double(negatives), Double(hits) / Double(positives)))
      curve.append((Double(hits) / Double(positives), share))
    }
    areaUnderROC = area / Double(positives) / Double(negatives)
    averagePrecision = precision / Double(positives)
    self.roc = roc
    precisionRecall = curve
  }
}

/// Alerts beside the truth.
package struct AlertQuality: Sendable, Equatable {
  package var truePositives = 0
  package var falsePositives = 0
  package var falseNegatives = 0
  var trueNegatives = 0

  package init(scores: [Double], isAnomaly: [Bool], threshold: Double) {
    for (score, isAnomaly) in zip(scores, isAnomaly) { add(isAlert: score > threshold, isAnomaly: isAnomaly) }
  }

  package init() {}

  mutating func add(isAlert: Bool, isAnomaly: Bool) {
    switch (isAlert, isAnomaly) {
    case (true, true): truePositives += 1
    case (true, false): falsePositives += 1
    case (false, true): falseNegatives += 1
    case (false, false): trueNegatives += 1
    }
  }

  /// The share of alerts that are anomalies; 0 without alerts.
  package var precision: Double { Self.share(truePositives, of: truePositives + falsePositives) }
  /// The share of anomalies that are alerts; 0 without anomalies.
  package var recall: Double { Self.share(truePositives, of: truePositives + falseNegatives) }
  /// The harmonic mean of precision and recall.
  package var f1: Double {
    Self.share(2 * truePositives, of: 2 * truePositives + falsePositives + falseNegatives)
  }

  private static func share(_ part: Int, of whole: Int) -> Double {
    whole == 0 ? 0 : Double(part) / Double(whole)
  }
}

/// Spearman's rank correlation: whether two detectors put samples in the same order, 1 if they do.
func rankCorrelation(_ first: [Double], _ second: [Double]) -> Double {
  let (a, b) = (ranks(first), ranks(second))
  let mean = Double(a.count - 1) / 2
  var (products, firstSquares, secondSquares) = (0.0, 0.0, 0.0)
  for (x, y) in zip(a, b) {
    products += (x - mean) * (y - mean)
    firstSquares += (x - mean) * (x - mean)
    secondSquares += (y - mean) * (y - mean)
  }
  let scale = (firstSquares * secondSquares).squareRoot()
  return scale > 0 ? products / scale : 0
}

/// Places from 0 in rising order; equal values share their mean place.
private func ranks(_ values: [Double]) -> [Double] {
  let order = values.indices.sorted { values[$0] < values[$1] }
  var ranks = [Double](repeating: 0, count: values.count)
  var place = 0
  while place < order.count {
    var end = place + 1
    while end < order.count, values[order[end]] == values[order[place]] { end += 1 }
    for index in order[place..<end] { ranks[index] = Double(place + end - 1) / 2 }
    place = end
  }
  return ranks
}

/// The value below which this share of sorted values lies, between two of them in proportion.
func quantile(_ sorted: [Double], _ share: Double) -> Double {
  precondition(!sorted.isEmpty, "quantile of nothing")
  let place = share * Double(sorted.count - 1)
  let low = min(max(Int(saturating: place.rounded(.down)), 0), sorted.count - 1)
  let high = min(low + 1, sorted.count - 1)
  return sorted[low] + (sorted[high] - sorted[low]) * min(max(place - Double(low), 0), 1)
}
