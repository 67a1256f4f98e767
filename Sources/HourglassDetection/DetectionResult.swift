import HourglassFiles

/// What a finished detection run comes to: the last line of `hourglass detect fit --json`, and `result.json`.
public struct DetectionResult: Codable, Sendable {
  package var run: String
  /// What it was fitted to.
  package var data: String
  /// With labels: `roc_auc`, `average_precision`, `precision`, `recall` and `f1` at the threshold, and the first two for
  /// every way of scoring.
  public var metrics: [String: Double]
  /// The same for simple detectors on the same split; without labels `rank_correlation` with the autoencoder.
  var baselines: [String: [String: Double]]
  public var verdict: String
  package var scoring: String
  public var threshold: Double
  package var thresholdRule: String
  var thresholdChosenOn: String
  /// What was trained on and what was measured, in words.
  var split: String
  /// Of a table: how all rows got their scores, in words.
  package var howScored: String?
  /// Of a table: the column that names rows.
  var identifier: String?
  var rows: Int
  /// Of a table larger than memory: rows that were drawn from it, and those that the network of the saved detector learnt.
  package var sampledRows: Int?
  package var learntRows: Int?
  /// Rows in `scores.csv` that have a score; alerts are counted among them.
  package var scoredRows: Int
  /// Of the detector that was measured.
  var trainingRows: Int
  package var testRows: Int
  var testAnomalies: Int
  package var alerts: Int
  var columns: Int
  /// Numbers of an encoded row, and of the code.
  var features: Int
  var code: Int
  package var parameters: Int
  package var epochs: Int
  var secondsReading: Double
  /// Fitting: encoding, training, codes and threshold.
  package var seconds: Double
  var secondsScoring: Double
  package var seed: UInt64
  var threads: Int
  var instructionSet: String
  package var weightsSHA256: String
  public var notes: [String]
  /// A column that looks like labels and is a feature.
  package struct LikelyLabels: Codable, Sendable {
    package var column: String
    package var texts: [String]
  }

  /// Of a table without known labels: columns that look like some.
  package var likelyLabels: [LikelyLabels] = []
  /// Of a table: the alerts with the highest scores, in words.
  package var topAlerts: [String] = []

  enum CodingKeys: String, CodingKey {
    case run, data, metrics, baselines, verdict, scoring, threshold, split, rows, alerts, columns, features,
      code
    case parameters, epochs, seconds, seed, threads, notes
    case identifier = "id_column"
    case howScored = "how_scored"
    case sampledRows = "sampled_rows"
    case learntRows = "learnt_rows"
    case scoredRows = "scored_rows"
    case likelyLabels = "likely_labels"
    case topAlerts = "top_alerts"
    case thresholdRule = "threshold_rule"
    case thresholdChosenOn = "threshold_chosen_on"
    case trainingRows = "training_rows"
    case testRows = "test_rows"
    case testAnomalies = "test_anomalies"
    case secondsReading = "seconds_reading"
    case secondsScoring = "seconds_scoring"
    case instructionSet = "instruction_set"
    case weightsSHA256 = "weights_sha256"
  }

  /// One line of JSON.
  public func json() throws -> String { try jsonLine() }

  /// What a finished detection run came to; nil where that is not written.
  ///
  /// - Throws: `HourglassError`: badData when the file is damaged, environment when it cannot be read.
  package static func read(_ folder: DetectionFolder) throws -> DetectionResult? {
    try read(json: folder.result, limit: 16 << 20, remedy: .text("fit the detector again"))
  }
}
