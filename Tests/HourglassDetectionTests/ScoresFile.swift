import HourglassTestSupport
import Testing

/// A `scores.csv` as a stranger reads it, and figures counted from nothing else.
struct ScoresFile {
  struct Line: Equatable {
    /// From 1.
    var row: Int
    var score: Float
    var isAlert: Bool
    /// nil where the file does not say.
    var isAnomaly: Bool?
    /// The column that departs most.
    var reason: String?
  }

  var header: [String]
  var lines: [Line]

  init(_ name: String, in scratch: ScratchFolder) throws {
    let text = String(decoding: try scratch.read(name), as: UTF8.self)
    let cells = text.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let header = try #require(cells.first)
    self.header = header
    lines = try cells.dropFirst().map { line in
      func cell(_ name: String) -> String? {
        header.firstIndex(of: name).map { line[$0] }.flatMap { $0.isEmpty ? nil : $0 }
      }
      return Line(
        row: try #require(cell("row").flatMap { Int($0) }),
        score: try #require(cell("score").flatMap { Float($0) }),
        isAlert: cell("alert") == "1", isAnomaly: cell("anomaly").map { $0 == "1" }, reason: cell("column1"))
    }
  }

  var rows: [Int] { lines.map(\.row) }
  var alerts: [Line] { lines.filter(\.isAlert) }

  /// The share of pairs of an anomaly and another in which the anomaly scores higher; equal ones count half.
  var areaUnderROC: Double {
    let anomalies = lines.filter { $0.isAnomaly == true }
    let others = lines.filter { $0.isAnomaly == false }
    var halves = 0
    for anomaly in anomalies {
      for other in others {
        if anomaly.score > other.score { halves += 2 } else if anomaly.score == other.score { halves += 1 }
      }
    }
    return Double(halves) / Double(2 * anomalies.count * others.count)
  }

  /// The share of alerts that are anomalies, and of anomalies that are alerts.
  var precisionAndRecall: (precision: Double, recall: Double) {
    let found = Double(alerts.count { $0.isAnomaly == true })
    return (
      found / Double(alerts.count), found / Double(lines.count { $0.isAnomaly == true })
    )
  }

  /// Whether alerts are those above the threshold; scores are rounded to 32 bits, which keeps their order.
  func alertsLieAbove(_ threshold: Double) -> Bool {
    lines.allSatisfy { $0.isAlert ? $0.score >= Float(threshold) : $0.score <= Float(threshold) }
  }
}
