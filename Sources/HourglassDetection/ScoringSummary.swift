import HourglassBase
import HourglassDrawing

/// What scoring a file came to.
package struct ScoringSummary: Sendable {
  package var rows = 0
  package var alerts = 0
  package var threshold: Double
  package var seconds = 0.0
  /// Of `rows`, those of which too little is known for a score.
  var unscored = 0
  /// Where labels are known: `roc_auc` and `average_precision` if there are both kinds, `precision`, `recall`, `f1`.
  package var metrics: [String: Double] = [:]
  /// What a person should know, one sentence each.
  package var notes: [String] = []

  private var share = AlertShare()

  /// Scores of rows with a label.
  private var scores: [Double] = []
  private var truth: [Bool] = []

  init(threshold: Double) { self.threshold = threshold }

  /// How often each column is the first reason for an alert.
  private var reasons: [String: Int] = [:]

  /// The alerts with the highest scores, in words.
  package var topAlerts: [String] { top.lines }
  private var top = TopAlerts()

  mutating func add(_ score: AnomalyScore, truth: Bool?, name: String = "") {
    rows += 1
    if score.isAlert {
      alerts += 1
      top.add(score, name: name)
    }
    share.add(isAlert: score.isAlert, isAnomaly: truth)
    if let reason = score.contributions.first { reasons[reason.column, default: 0] += 1 }
    guard !score.value.isNaN else {
      unscored += 1
      return
    }
    if let truth {
      scores.append(score.value)
      self.truth.append(truth)
    }
  }

  /// The fewest alerts of which one column can be said to explain most.
  private static let fewestExplained = 10

  /// That one column is the first reason for most alerts, of which there are many; nil where none is.
  var commonReason: String? {
    guard alerts >= Self.fewestExplained, alerts * 20 > rows,
      let (column, count) = reasons.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
      count * 10 > alerts * 6
    else { return nil }
    return
      "Column \(column.quotedForMessage) is the first reason for \(grouped(count)) of \(ReportText.count(alerts, "alert")); "
      + "if its values only grow with time, or are written in another way than in training, fit again without it."
  }

  /// That most samples are alerts where they should not be; nil where they are not.
  func alertDoubt(noun: String) -> String? { share.doubt(known: truth.count, noun: noun) }

  mutating func measure() {
    guard truth.contains(true) else { return }
    let quality = AlertQuality(scores: scores, isAnomaly: truth, threshold: threshold)
    metrics = ["precision": quality.precision, "recall": quality.recall, "f1": quality.f1]
    guard let ranking = RankingQuality(scores: scores, isAnomaly: truth) else { return }
    metrics["roc_auc"] = ranking.areaUnderROC
    metrics["average_precision"] = ranking.averagePrecision
  }
}
