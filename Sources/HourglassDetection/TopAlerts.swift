import HourglassBase
import HourglassDrawing

/// The alerts with the highest scores of many, in words.
struct TopAlerts {
  struct Alert {
    var score: AnomalyScore
    /// Whether its row is an anomaly; nil where that is not known.
    var truth: Bool?
    /// Of its row; empty where it has none.
    var name: String
  }

  private var kept: [Alert] = []

  /// In words, and on pages.
  private static let (linesShown, count) = (5, 20)

  mutating func add(_ score: AnomalyScore, truth: Bool? = nil, name: String) {
    guard !score.reason.isEmpty else { return }
    kept.append(Alert(score: score, truth: truth, name: name))
    guard kept.count > 20 * Self.count else { return }
    kept = alerts
  }

  /// The highest score first.
  var alerts: [Alert] {
    Array(kept.sorted { AnomalyScore.isOdder($0.score, $1.score) }.prefix(Self.count))
  }

  /// One line each, such as "row 17, score 8.31: total is 180.2, amount + vat gives 113.9".
  var lines: [String] {
    alerts.prefix(Self.linesShown).map { alert in
      let score = alert.score
      let title = alert.name.isEmpty ? "" : " (\(alert.name.quotedForMessage))"
      let value = score.value.isNaN ? "no score" : "score \(ReportText.fixed(score.value, 2))"
      return "row \(grouped(score.row + 1))\(title), \(value): \(score.reason)"
    }
  }
}

extension AnomalyScore {
  /// The order of alerts: the highest score first, those without one last, then by row.
  static func isOdder(_ one: AnomalyScore, _ other: AnomalyScore) -> Bool {
    let (a, b) = (
      one.value.isNaN ? -Double.infinity : one.value, other.value.isNaN ? -Double.infinity : other.value
    )
    return a == b ? one.row < other.row : a > b
  }
}
