import HourglassBase
import HourglassDrawing

/// Which rows are trained on and which measured.
public struct DetectionSplit: Sendable {
  public enum Order: String, Sendable, CaseIterable {
    case random
    /// The first rows are trained on, the later ones measured.
    case time
  }

  public var order = Order.random
  /// Of all rows that are trained on, but for anomalies; 0.05...0.95.
  public var trainingShare = 0.6
  /// Whether known anomalies are trained on too.
  public var keepsAnomalies = false

  public init() {}

  /// Rows by their part.
  struct Parts {
    var training: [UInt32]
    /// Anomalies that would have been trained on.
    var leftOut: [UInt32]
    var test: [UInt32]
    var description: String
  }

  /// - Parameters:
  ///   - labels: whether each row is an anomaly; nil where that is not known.
  ///   - noun: what a row is called.
  func parts(_ labels: [Bool?], noun: String = "row", seed: UInt64) throws(HourglassError) -> Parts {
    guard 0.05...0.95 ~= trainingShare else {
      throw HourglassError(
        .usage, "The share of \(noun)s to train on is \(trainingShare), but must be from 0.05 to 0.95.")
    }
    let count = Int((Double(labels.count) * trainingShare).rounded(.down))
    guard count > 0, count < labels.count else {
      throw HourglassError(
        .badData,
        "There \(labels.count == 1 ? "is" : "are") \(ReportText.count(labels.count, noun)), too few to train on some and "
          + "measure on others; give more \(noun)s.")
    }
    let order: [UInt32]
    switch self.order {
    case .random:
      var random = RandomNumbers(seed: seed, purpose: .splitting)
      order = random.permutation(labels.count)
    case .time: order = (0..<UInt32(labels.count)).map { $0 }
    }
    let first = order[..<count].sorted()
    let leftOut = keepsAnomalies ? [] : first.filter { labels[Int($0)] == true }
    let training = keepsAnomalies ? first : first.filter { labels[Int($0)] != true }
    let test = order[count...].sorted()
    let share = ReportText.significant(100 * trainingShare, 3)
    let how =
      self.order == .random
      ? "\(share) % of the \(noun)s, drawn at random with seed \(seed)"
      : "the first \(share) % of the \(noun)s"
    let hasLabels = labels.contains { $0 != nil }
    let exception =
      !hasLabels
      ? ""
      : keepsAnomalies
        ? ", their anomalies included"
        : ", their \(ReportText.count(leftOut.count, "anomaly")) left out"
    return Parts(
      training: training, leftOut: leftOut, test: test,
      description:
        "Trained on \(how)\(exception) (\(ReportText.count(training.count, noun))); measured on all other "
        + "\(ReportText.count(test.count, noun)).")
  }
}

extension DetectionSplit.Parts {
  /// Without some rows.
  func without(_ rows: Set<UInt32>) -> Self {
    guard !rows.isEmpty else { return self }
    var parts = self
    parts.training.removeAll(where: rows.contains)
    parts.leftOut.removeAll(where: rows.contains)
    parts.test.removeAll(where: rows.contains)
    return parts
  }
}
