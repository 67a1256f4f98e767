import HourglassBase
import HourglassDrawing

extension ThresholdRule {
  /// The fewest held-out scores above a threshold by which the share of alerts is known to a third or so: the count of
  /// those above it varies by its root.
  private static let fewestAbove = 10.0

  /// From how many held-out scores the threshold comes, and, where few of them lie above it, that the share of alerts
  /// is hardly known; one sentence.
  func note(heldOut count: Int) -> String {
    let fact = "The threshold \(text) comes from \(ReportText.count(count, "held-out score"))"
    guard let share = shareOfAlerts, share > 0, Double(count) * share < Self.fewestAbove else {
      return "\(fact)."
    }
    let above = max(1, Int(saturating: (Double(count) * share).rounded()))
    return
      "\(fact), about \(above) of which \(above == 1 ? "lies" : "lie") above it: so few that the share of alerts among "
      + "new samples will swing around \(ReportText.significant(100 * share, 3)) %; more samples to train on make it "
      + "steadier."
  }
}

extension DetectionSplit.Parts {
  /// Checks that enough is left to train on.
  ///
  /// - Parameters:
  ///   - unknowable: samples that are in no part, since too little is known of them.
  ///   - noun: what a sample is called.
  /// - Throws: `HourglassError` (badData) when there is too little, with how the samples were divided.
  func checkTraining(unknowable: Int = 0, noun: String) throws(HourglassError) {
    do {
      try AnomalyDetector.checkCount(training.count)
    } catch {
      let all = training.count + leftOut.count + test.count + unknowable
      let others = [
        (leftOut.count, "\(leftOut.count == 1 ? "anomaly" : "anomalies") left out of training"),
        (unknowable, "of which too little is known"), (test.count, "to measure on"),
      ].filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }
      let parts = (["\(grouped(training.count)) to train on"] + others.dropLast()).joined(separator: ", ")
      let last = others.last.map { " and \($0)" } ?? ""
      throw HourglassError(
        error.code,
        "The \(ReportText.count(all, noun)) were divided into \(parts)\(last), so "
          + "\(error.fact.prefix(1).lowercased())\(error.fact.dropFirst())", remedies: error.remedies)
    }
  }

  /// What a person should know of the labels, one sentence each.
  ///
  /// - Parameters:
  ///   - labels: of all rows.
  ///   - noun: what a row is called.
  func notes(_ labels: [Bool?], noun: String) -> [String] {
    var notes: [String] = []
    func unknown(_ rows: [UInt32]) -> Int { rows.count { labels[Int($0)] == nil } }
    let (trained, tested) = (unknown(training), unknown(test))
    if trained + tested > 0 {
      notes.append(
        "\(ReportText.count(trained + tested, noun)) without a label: \(grouped(trained)) trained on as normal, "
          + "\(grouped(tested)) scored but not measured.")
    }
    let anomalies = labels.count { $0 == true }
    let known = labels.count { $0 != nil }
    if anomalies * 2 > known {
      let share = ReportText.significant(100 * Double(anomalies) / Double(known), 3)
      notes.append(
        "\(share) % of the \(noun)s with a label are anomalies, and only \(ReportText.count(training.count, noun)) "
          + "\(training.count == 1 ? "is" : "are") left to learn from what is normal; check which labels mean an anomaly."
      )
    }
    return notes
  }
}
