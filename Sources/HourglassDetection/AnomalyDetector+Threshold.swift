import HourglassBase
import HourglassDrawing

extension AnomalyDetector.Threshold {
  /// Chooses by a rule.
  ///
  /// - Parameters:
  ///   - normal: values of samples that are taken as normal, which `heldOut` brought onto one scale.
  ///   - anomalous: those of known anomalies.
  ///   - normalCount: samples that are taken as normal, scored or not.
  ///   - unit: what the logarithm of a square grows by for each 1 of a value.
  init(
    _ rule: ThresholdRule, normal: [Double], anomalous: [Double], normalCount: Int, heldOut: HeldOutScores,
    unit: Double
  ) {
    self.init(rule: rule, value: 0, chosenOn: Self.words(heldOut, of: normalCount))
    if let share = rule.shareOfAlerts, share > 0, !rule.countsAnomalies || anomalous.isEmpty,
      Double(normal.count + 1) * share < 1 - 1e-9
    {
      value = heldOut.bound(normal, exceededBy: share, unit: unit)
      let percent = ReportText.significant(100 * share, 3)
      chosenOn += ", as the bound of a prediction by Student's t distribution"
      doubt =
        "\(ReportText.count(normal.count, "training sample")) are too few to see which score \(percent) % of ordinary samples "
        + "exceed (that takes \(grouped(Int(saturating: (1 / share - 1).rounded(.up))))); the threshold \(rule.text) is the "
        + "score that \(percent) % exceed if scores are normally distributed (Student's t)."
      return
    }
    let weight = Double(normal.count) / Double(normalCount)
    // Of the anomalies as many as belong to these normal samples, evenly from the lowest score to the highest.
    let sorted = anomalous.sorted()
    let share = Int((Double(sorted.count) * weight).rounded())
    let fitting = (0..<share).map { sorted[min(Int((Double($0) + 0.5) / weight), sorted.count - 1)] }
    value = rule.threshold(
      ThresholdRule.Evidence(
        normal: normal, anomalous: anomalous, anomalyWeight: weight, mixed: normal + fitting))
    if rule.countsAnomalies, !anomalous.isEmpty {
      chosenOn += " and \(ReportText.count(anomalous.count, "anomaly")) of the training part, in proportion"
    }
    if normal.count < Self.fewestToTrust {
      doubt =
        "The threshold \(rule.text) was chosen on \(ReportText.count(normal.count, "training sample")) only and may be far off; "
        + "give more."
    }
  }

  /// With fewer samples the spread of scores is hardly known.
  private static let fewestToTrust = 20

  private static func words(_ heldOut: HeldOutScores, of count: Int) -> String {
    heldOut.parts.count == 1
      ? "\(grouped(heldOut.count)) held-out rows of the training part"
      : "\(grouped(count)) training rows, each scored by the one of \(grouped(heldOut.parts.count)) models that did not learn it"
  }
}

extension AnomalyDetector {
  /// What a person should know of a fit to few samples, one sentence each.
  func notes(_ options: DetectorOptions) -> [String] {
    let scored =
      scoring == options.scoring
      ? nil
      : "The score is the error of the reconstruction alone: of fewer than \(Self.fewestToCompare) training samples "
        + "(there are \(trainingCount)) distances to training samples say too little."
    return [scored, threshold.doubt].compactMap(\.self)
  }
}

extension ThresholdRule {
  /// Whether known anomalies are among the samples it goes by.
  fileprivate var countsAnomalies: Bool {
    switch self {
    case .bestF1, .cost, .contamination, .alertsPerThousand: true
    case .percentile, .medianDeviations, .interquartileRanges: false
    }
  }
}
