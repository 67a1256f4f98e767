import HourglassBase
import HourglassDrawing

/// How the score is chosen above which a sample is an alert.
public enum ThresholdRule: Sendable, Hashable {
  /// This percentage of normal samples lies below, 0...100.
  case percentile(Double)
  /// So many median absolute deviations (scaled to a normal distribution's standard deviation) above the median.
  case medianDeviations(Double)
  /// So many interquartile ranges above the third quartile (Tukey 1977).
  case interquartileRanges(Double)
  /// This share of all samples is expected to be anomalous, 0...0.5; chosen on the samples that are scored first.
  case contamination(Double)
  /// The best F1 on labelled samples.
  case bestF1
  /// The lowest sum of these costs on labelled samples.
  case cost(falsePositive: Double, falseNegative: Double)
  /// So many alerts for each thousand samples, 0...1000.
  case alertsPerThousand(Double)

  /// Whether it needs labels.
  package var needsLabels: Bool {
    switch self {
    case .bestF1, .cost: true
    case .percentile, .medianDeviations, .interquartileRanges, .contamination, .alertsPerThousand: false
    }
  }

  /// Reads `percentile:99`, `mad:3.5`, `iqr:1.5`, `contamination:0.02`, `best-f1`, `cost:FP,FN` or `alerts:5`.
  ///
  /// - Throws: `HourglassError` (usage).
  package init(_ text: String) throws(HourglassError) {
    let parts = text.parts(at: ":", cuts: 1)
    let numbers = parts.count == 2 ? parts[1].parts(at: ",").map { Double($0) ?? .nan } : []
    func number(_ range: ClosedRange<Double>) throws(HourglassError) -> Double {
      guard numbers.count == 1, range.contains(numbers[0]) else {
        throw HourglassError(
          .usage,
          "The threshold is \"\(shortened(text))\", but \(parts[0]) takes one number from "
            + "\(ReportText.significant(range.lowerBound, 7)) to \(ReportText.significant(range.upperBound, 7)), such as \(parts[0]):\(Self.example(parts[0]))."
        )
      }
      return numbers[0]
    }
    switch parts.first ?? "" {
    case "percentile": self = .percentile(try number(0...100))
    case "mad": self = .medianDeviations(try number(0...1e6))
    case "iqr": self = .interquartileRanges(try number(0...1e6))
    case "contamination": self = .contamination(try number(0...0.5))
    case "alerts": self = .alertsPerThousand(try number(0...1000))
    case "best-f1" where parts.count == 1: self = .bestF1
    case "cost":
      guard numbers.count == 2, numbers.allSatisfy({ $0 >= 0 && $0 <= 1e12 }) else {
        throw HourglassError(
          .usage,
          "The threshold is \"\(shortened(text))\", but cost takes what a false alert and a missed anomaly cost, such as "
            + "cost:1,50.")
      }
      self = .cost(falsePositive: numbers[0], falseNegative: numbers[1])
    default:
      throw HourglassError(
        .usage,
        "The threshold is \"\(shortened(text))\"; choose percentile:99, mad:3.5, iqr:1.5, contamination:0.02, best-f1, "
          + "cost:1,50 or alerts:5.")
    }
  }

  private static func example(_ name: String) -> String {
    ["percentile": "99", "mad": "3.5", "iqr": "1.5", "contamination": "0.02", "alerts": "5"][name] ?? "1"
  }

  /// The inverse of reading.
  package var text: String {
    switch self {
    case .percentile(let value): "percentile:\(ReportText.significant(value, 6))"
    case .medianDeviations(let value): "mad:\(ReportText.significant(value, 6))"
    case .interquartileRanges(let value): "iqr:\(ReportText.significant(value, 6))"
    case .contamination(let value): "contamination:\(ReportText.significant(value, 6))"
    case .bestF1: "best-f1"
    case .cost(let alert, let miss):
      "cost:\(ReportText.significant(alert, 6)),\(ReportText.significant(miss, 6))"
    case .alertsPerThousand(let value): "alerts:\(ReportText.significant(value, 6))"
    }
  }

  /// The share of ordinary samples that are to lie above the threshold, 0...1; nil where the rule says something else.
  var shareOfAlerts: Double? {
    switch self {
    case .percentile(let percentage): 1 - percentage / 100
    case .contamination(let share): share
    case .alertsPerThousand(let count): count / 1000
    case .medianDeviations, .interquartileRanges, .bestF1, .cost: nil
    }
  }

  /// What the rule is chosen on.
  package struct Evidence {
    /// Scores of samples taken as normal; at least one.
    package var normal: [Double]
    /// Scores of known anomalies, for the rules that need labels.
    package var anomalous: [Double] = []
    /// How many samples of the whole each of the anomalous stands for: labelled parts are seldom in proportion.
    package var anomalyWeight = 1.0
    /// Scores of samples as they come, for a target number of alerts.
    package var mixed: [Double] = []

    package init(
      normal: [Double], anomalous: [Double] = [], anomalyWeight: Double = 1, mixed: [Double] = []
    ) {
      self.normal = normal
      self.anomalous = anomalous
      self.anomalyWeight = anomalyWeight
      self.mixed = mixed
    }
  }

  /// The threshold: samples with a higher score are alerts.
  package func threshold(_ evidence: Evidence) -> Double {
    let normal = evidence.normal.sorted()
    switch self {
    case .percentile(let percentage):
      return quantile(normal, percentage / 100)
    case .medianDeviations(let count):
      let median = quantile(normal, 0.5)
      let deviations = normal.map { abs($0 - median) }.sorted()
      return median + count * 1.4826 * quantile(deviations, 0.5)
    case .interquartileRanges(let count):
      let (low, high) = (quantile(normal, 0.25), quantile(normal, 0.75))
      return high + count * (high - low)
    // No alert at all among the samples it is chosen on.
    case .contamination(0), .alertsPerThousand(0):
      let largest = (normal + evidence.anomalous + evidence.mixed).max() ?? 0
      return largest + max(abs(largest), 1) * 1e-6
    case .contamination(let share):
      return quantile(evidence.mixed.isEmpty ? normal : evidence.mixed.sorted(), 1 - share)
    case .alertsPerThousand(let count):
      return quantile(evidence.mixed.isEmpty ? normal : evidence.mixed.sorted(), 1 - count / 1000)
    case .bestF1:
      return Self.best(normal, evidence) { hits, alarms, misses in
        -2 * hits / max(2 * hits + alarms + misses, .leastNormalMagnitude)
      }
    case .cost(let alert, let miss):
      return Self.best(normal, evidence) { _, alarms, misses in alert * alarms + miss * misses }
    }
  }

  /// The threshold of the least cost; between two scores, in the middle.
  private static func best(
    _ normal: [Double], _ evidence: Evidence,
    _ cost: (_ hits: Double, _ alarms: Double, _ misses: Double) -> Double
  ) -> Double {
    let all = (normal.map { ($0, false) } + evidence.anomalous.map { ($0, true) }).sorted { $0.0 > $1.0 }
    let (weight, total) = (evidence.anomalyWeight, Double(evidence.anomalous.count))
    var (hits, alarms) = (0.0, 0.0)
    // Above the highest score nothing is an alert.
    var (least, chosen) = (cost(0, 0, weight * total), all[0].0)
    var place = 0
    while place < all.count {
      let score = all[place].0
      while place < all.count, all[place].0 == score {
        if all[place].1 { hits += weight } else { alarms += 1 }
        place += 1
      }
      let found = cost(hits, alarms, weight * total - hits)
      if found < least {
        least = found
        chosen = place < all.count ? (score + all[place].0) / 2 : score - max(abs(score), 1) * 1e-6
      }
    }
    return chosen
  }
}
