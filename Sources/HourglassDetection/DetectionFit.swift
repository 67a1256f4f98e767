import HourglassBase
import HourglassDrawing
import HourglassFiles
import HourglassNN
import HourglassPictures

/// A detector fitted for a run folder, and how it fares on the test samples: what runs over tables and over images share.
struct DetectionFit {
  let detector: AnomalyDetector
  /// The test samples and others, as the detector takes them.
  let test: EncodedRows
  /// Of the test samples.
  let scores: AnomalyScores
  let outcome: DetectionOutcome
  private let options: DetectorOptions
  private let parts: DetectionSplit.Parts
  private let epochs: Int
  private let seconds: Double
  private let secondsScoring: Double

  /// - Parameters:
  ///   - begun: when the work began that counts as fitting.
  ///   - test: what `parts.test` is of; the samples that it is fitted to when nil.
  ///   - labels: whether each of `parts.test` is an anomaly; nil where that is not known.
  ///   - flagged: places in `parts.test` of samples that are alerts whatever their score.
  ///   - noun: what a sample is called.
  ///   - complete: gives the detector what it keeps beside the model.
  init(
    _ samples: FittingSamples, options: DetectorOptions, begun: ContinuousClock.Instant,
    parts: DetectionSplit.Parts, test: EncodedRows? = nil, labels: [Bool?],
    flagged: Set<Int> = [], noun: String, complete: (inout AnomalyDetector) -> Void,
    report: (DetectionEvent) throws -> Void
  ) throws {
    let clock = ContinuousClock()
    var epochs = 0
    let models = AnomalyDetector.modelCount(samples: samples.training.count)
    if models > 1 {
      try report(
        .stage(
          "training \(grouped(models)) models, each without a part of the \(ReportText.count(samples.training.count, noun))"
        ))
    }
    var detector = try AnomalyDetector.fit(samples, options: options) { event in
      if case .epoch(let record) = event { epochs = record.epoch }
      try report(.training(event))
    }
    let data = try samples.data(of: detector)
    let test = test ?? data
    complete(&detector)
    let seconds = (clock.now - begun) / .seconds(1)
    try report(.stage("scoring \(ReportText.count(parts.test.count, noun))"))
    let mark = clock.now
    let scores = try detector.scores(test, rows: parts.test, threads: options.threads) {
      try report(.progress($0))
    }
    let secondsScoring = (clock.now - mark) / .seconds(1)
    outcome = try DetectionOutcome(
      scores, detector: detector, labels: labels, flagged: flagged, noun: noun,
      seconds: seconds + secondsScoring,
      task: SimpleDetector.Task(
        training: data.samples, trainingRows: parts.training, test: test.samples,
        testRows: parts.test, code: try detector.model.model.codeShape.count,
        neighbours: options.neighbours ?? SimpleDetector.neighbours, seed: options.seed,
        threads: options.threads)
    ) { try report(.stage($0)) }
    (self.detector, self.test, self.scores) = (detector, test, scores)
    (self.options, self.parts) = (options, parts)
    (self.epochs, self.seconds, self.secondsScoring) = (epochs, seconds, secondsScoring)
  }

  /// - Parameters:
  ///   - data: what it was fitted to.
  ///   - rows: samples altogether.
  func result(run: String, data: String, rows: Int) throws -> DetectionResult {
    var result = try DetectionResult(
      detector, outcome, options, run: run, data: data, split: parts.description, rows: rows)
    (result.seconds, result.secondsScoring, result.epochs) = (seconds, secondsScoring, epochs)
    return result
  }

  /// Writes the files of the run, the detector last: a folder without one is filled again after a failure.
  ///
  /// - Parameters:
  ///   - unscored: samples without a score, ascending.
  ///   - truth: whether each sample that `parts.test` is of is an anomaly.
  ///   - alerts: what stands out in each sample above the threshold, where that is known.
  ///   - contributors: columns that are named for each.
  ///   - files: of the samples, where they have some.
  ///   - pictures: a sheet for the report.
  func write(
    _ result: DetectionResult, to folder: DetectionFolder, unscored: [UInt32] = [], truth: [Bool?],
    alerts: [AnomalyScore] = [],
    contributors: Int, files: [String] = [], pictures: Picture? = nil
  ) throws {
    try ScoreTable.write(
      scores, rows: parts.test, unscored: unscored, truth: truth, alerts: alerts,
      threshold: detector.threshold.value,
      contributors: contributors, files: files, to: folder.scores)
    try DetectionReport(
      result: result, outcome: outcome, detector: detector, alerts: alerts, rows: parts.test,
      pictures: pictures
    ).write(to: folder)
    try AtomicFile.write(try result.json() + "\n", to: folder.result)
    try detector.write(to: folder.model)
  }
}
