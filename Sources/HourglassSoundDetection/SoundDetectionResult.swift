import HourglassBase
import HourglassDrawing
import HourglassFiles

/// What a finished fit to recordings comes to: the last line of `hourglass detect fit --json`, and `result.json`.
public struct SoundDetectionResult: Codable, Sendable {
  /// How well one way of scoring tells anomalies.
  package struct Line: Codable, Sendable {
    package var key: String
    package var title: String
    package var rocAUC: Double?
    package var partialAUC: Double?
    var seconds: Double?

    enum CodingKeys: String, CodingKey {
      case key, title, seconds
      case rocAUC = "roc_auc"
      case partialAUC = "partial_auc"
    }
  }

  package var run: String
  package var data: String
  package var kind = "sound"
  package var network: String
  package var score: String
  public var threshold: Double
  package var thresholdRule: String
  /// With anomalies: `roc_auc`, `partial_auc`, `precision` and `recall`.
  public var metrics: [String: Double]
  package var own: [Line]
  package var simple: [Line]
  public var verdict: String
  package var trainingRecordings: Int
  package var testRecordings: Int
  package var testAnomalies: Int
  package var alerts: Int
  package var parameters: Int
  package var seconds: Double
  package var seed: UInt64
  package var weightsSHA256: String
  public var notes: [String]

  enum CodingKeys: String, CodingKey {
    case run, data, kind, network, score, threshold, metrics, own, simple, verdict, alerts, parameters,
      seconds, seed, notes
    case thresholdRule = "threshold_rule"
    case trainingRecordings = "training_recordings"
    case testRecordings = "test_recordings"
    case testAnomalies = "test_anomalies"
    case weightsSHA256 = "weights_sha256"
  }

  init(
    _ detection: SoundDetection, _ detector: SoundDetector, _ held: [SoundDetection.Recording],
    own: [SoundMethod], simple: [SoundMethod], training: Int, seconds: Double, notes: [String]
  ) {
    func line(_ method: SoundMethod) -> Line {
      Line(
        key: method.key, title: method.title, rocAUC: method.quality?.areaUnderROC,
        partialAUC: method.quality?.partialArea, seconds: method.seconds)
    }
    (run, data, network) = (detection.run, detection.data, detection.network.rawValue)
    (score, threshold, thresholdRule) = (detector.score.rawValue, detector.threshold, detector.thresholdRule)
    (self.own, self.simple) = (own.map(line), simple.map(line))
    (trainingRecordings, testRecordings) = (training, held.count)
    testAnomalies = held.count(where: \.isAnomaly)
    let isAlert = own[0].scores.map { $0 > detector.threshold }
    alerts = isAlert.count { $0 }
    metrics = [:]
    if let quality = own[0].quality {
      let hits = zip(held, isAlert).count { $0.isAnomaly && $1 }
      metrics = [
        "roc_auc": quality.areaUnderROC, "partial_auc": quality.partialArea,
        "precision": alerts > 0 ? Double(hits) / Double(alerts) : 0,
        "recall": Double(hits) / Double(max(testAnomalies, 1)),
      ]
    }
    verdict = Self.verdict(own[0], simple)
    parameters = detector.model.parameters.entries.reduce(0) { $0 + $1.shape.count }
    (self.seconds, seed, self.notes) = (seconds, detection.seed, notes)
    weightsSHA256 = detector.model.weightsDigest
  }

  /// Which wins, in a sentence.
  private static func verdict(_ own: SoundMethod, _ simple: [SoundMethod]) -> String {
    let rivals = simple.compactMap { method in method.quality.map { (method.title, $0) } }
    guard let quality = own.quality, let best = rivals.max(by: { $0.1.areaUnderROC < $1.1.areaUnderROC })
    else {
      return
        "Nothing is known of anomalies, so nothing says how well they are found: put some recordings into a folder anomaly "
        + "to learn it."
    }
    func text(_ quality: SoundQuality) -> String {
      "ROC-AUC \(ReportText.fixed(quality.areaUnderROC, 3)), partial \(ReportText.fixed(quality.partialArea, 3))"
    }
    let difference = quality.areaUnderROC - best.1.areaUnderROC
    let (mine, other) = (text(quality), "\(best.0) (\(text(best.1)))")
    if abs(difference) < 0.01 {
      return "The autoencoder (\(mine)) is as good as the best simple method, \(other)."
    }
    return difference > 0
      ? "The autoencoder (\(mine)) beats the best simple method, \(other)."
      : "The best simple method, \(other), beats the autoencoder (\(mine)): use it, or try the other network or score."
  }

  /// One line of JSON.
  public func json() throws -> String { try jsonLine() }
}

/// Scores of recordings as a table.
package enum SoundScores {
  /// - Parameter lines: a recording's name, its score, whether it is an alert, and whether it is an anomaly; nil leaves that column out.
  /// - Throws: `HourglassError` (environment) when it cannot be written.
  package static func write(
    _ lines: [(name: String, score: Double, isAlert: Bool, isAnomaly: Bool?)], to path: String
  ) throws {
    let hasLabels = lines.contains { $0.isAnomaly != nil }
    var text = "file,score,alert\(hasLabels ? ",anomaly" : "")\n"
    for line in lines {
      text += "\(line.name.tableCell),\(line.score),\(line.isAlert ? 1 : 0)"
      if hasLabels { text += line.isAnomaly.map { $0 ? ",1" : ",0" } ?? "," }
      text += "\n"
    }
    try AtomicFile.write(text, to: path)
  }
}
