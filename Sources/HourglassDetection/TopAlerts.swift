import HourglassBase
import HourglassDrawing

/// The alerts with the highest scores of many, in words.
struct TopAlerts {
  private var kept: [(score: AnomalyScore, name: String)] = []

  private static let count = 5

  mutating func add(_ score: AnomalyScore, name: String) {
    guard !score.reason.isEmpty else { return }
    kept.append((score, name))
    guard kept.count > 20 * Self.count else { return }
    kept = Array(sorted.prefix(Self.count))
  }

  private var sorted: [(score: AnomalyScore, name: String)] {
    kept.sorted { AnomalyScore.isOdder($0.score, $1.score) }
  }

  /// One line each, such as "row 17, score 8.31: total is 180.2, amount + vat gives 113.9".
  var lines: [String] {
    sorted.prefix(Self.count).map { score, name in
      let title = name.isEmpty ? "" : " (\(name.quotedForMessage))"
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
