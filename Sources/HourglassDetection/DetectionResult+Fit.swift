import HourglassBase
import HourglassDrawing
import HourglassEngine
import HourglassModels

extension DetectionResult {
  /// - Parameters:
  ///   - detector: the one that was measured.
  ///   - kept: the one that is saved.
  init(
    _ detector: AnomalyDetector, kept: AnomalyDetector, _ outcome: DetectionOutcome,
    _ options: DetectorOptions, run: String,
    data: String,
    split: String, rows: Int
  ) throws {
    var notes = detector.notes(options) + [outcome.alertDoubt].compactMap(\.self)
    if detector.trainingCount > SimpleDetector.referenceLimit {
      notes.append(
        "k nearest neighbours looks at \(grouped(SimpleDetector.referenceLimit)) training samples, drawn at random."
      )
    }
    // Of few samples those that are not among them were held out.
    if detector.trainingCount > options.referenceLimit {
      notes.append(
        "The nearest are sought among \(grouped(detector.neighbourDistance.points.count)) training samples, drawn at random."
      )
    }
    self.init(
      run: run, data: data, metrics: outcome.metrics, baselines: outcome.baselines, verdict: outcome.verdict,
      scoring: detector.scoring.rawValue, threshold: detector.threshold.value,
      thresholdRule: detector.threshold.rule.text, thresholdChosenOn: detector.threshold.chosenOn,
      split: split,
      rows: rows, scoredRows: outcome.labels.count, trainingRows: detector.trainingCount,
      testRows: outcome.labels.count,
      testAnomalies: outcome.anomalies, alerts: outcome.alerts, columns: 0,
      features: kept.model.model.inputShape.count, code: try kept.model.model.codeShape.count,
      parameters: try kept.model.model.parameterCount(), epochs: 0, secondsReading: 0, seconds: 0,
      secondsScoring: 0, seed: options.seed, threads: options.threads ?? WorkerTeam.coreCount,
      instructionSet: try KernelSet.selected().name, weightsSHA256: kept.model.weightsDigest, notes: notes
    )
  }
}
