import HourglassBase
import HourglassDrawing

extension DetectionSplit.Parts {
  /// What a person should know of the labels, one sentence each.
  ///
  /// - Parameter labels: of all rows.
  func notes(_ labels: [Bool?]) -> [String] {
    var notes: [String] = []
    func unknown(_ rows: [UInt32]) -> Int { rows.count { labels[Int($0)] == nil } }
    let (trained, tested) = (unknown(training), unknown(test))
    if trained + tested > 0 {
      notes.append(
        "\(ReportText.count(trained + tested, "row")) without a label: \(grouped(trained)) trained on as normal, "
          + "\(grouped(tested)) scored but not measured.")
    }
    let anomalies = labels.count { $0 == true }
    let known = labels.count { $0 != nil }
    if anomalies * 2 > known {
      let share = ReportText.significant(100 * Double(anomalies) / Double(known), 3)
      notes.append(
        "\(share) % of the rows with a label are anomalies, and only \(ReportText.count(training.count, "row")) "
          + "\(training.count == 1 ? "is" : "are") left to learn from what is normal; check which labels mean an anomaly."
      )
    }
    return notes
  }
}
