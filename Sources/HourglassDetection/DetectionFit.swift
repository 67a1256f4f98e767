import HourglassBase
import HourglassDatabases
import HourglassDrawing
import HourglassFiles
import HourglassNN
import HourglassPictures

/// A detector fitted for a run folder, and how it fares on the test samples: what runs over tables and over images share.
struct DetectionFit {
  let detector: AnomalyDetector
  /// The test samples and others, as the detector takes them.
  let test: EncodedRows
  /// Of few samples: detectors of the models that did not learn those to train on, with the rows that each may score.
  let heldOut: [HeldOutDetector]
  /// The one that is written.
  var kept: AnomalyDetector
  /// Of a table: the scores of all rows, in order, with reasons.
  var lines: [AnomalyScore] = []
  /// Places in `parts.test` of samples that are alerts whatever their score.
  let flagged: Set<Int>
  /// Of the test samples.
  let scores: AnomalyScores
  let outcome: DetectionOutcome
  private let options: DetectorOptions
  private let parts: DetectionSplit.Parts
  var epochs: Int
  var seconds: Double
  private let secondsScoring: Double

  /// - Parameters:
  ///   - begun: when the work began that counts as fitting.
  ///   - test: what `parts.test` is of; the samples that it is fitted to when nil.
  ///   - labels: whether each of `parts.test` is an anomaly; nil where that is not known.
  ///   - noun: what a sample is called.
  ///   - complete: gives the detector what it keeps beside the model.
  ///   - raise: what alerts go by, from that of the model alone, one for each of `parts.test`, and the places there of
  ///     samples that are alerts whatever their score.
  init(
    _ samples: FittingSamples, options: DetectorOptions, begun: ContinuousClock.Instant,
    parts: DetectionSplit.Parts, test: EncodedRows? = nil, labels: [Bool?],
    noun: String, complete: (inout AnomalyDetector) -> Void = { _ in },
    raise: (AnomalyDetector, [Double]) -> (values: [Double], flagged: Set<Int>) = { ($1, []) },
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
    let fitted = try AnomalyDetector.fitted(samples, options: options) { event in
      if case .epoch(let record) = event { epochs = record.epoch }
      try report(.training(event))
    }
    var detector = fitted.detector
    let data = try samples.data(of: detector)
    let test = test ?? data
    complete(&detector)
    let seconds = (clock.now - begun) / .seconds(1)
    try report(.stage("scoring \(ReportText.count(parts.test.count, noun))"))
    let mark = clock.now
    var scores = try detector.scores(test, rows: parts.test, threads: options.threads) {
      try report(.progress($0))
    }
    (scores.values, flagged) = raise(detector, scores.values)
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
    (kept, heldOut) = (detector, fitted.heldOut)
    (self.detector, self.test, self.scores) = (detector, test, scores)
    (self.options, self.parts) = (options, parts)
    (self.epochs, self.seconds, self.secondsScoring) = (epochs, seconds, secondsScoring)
  }

  /// - Parameters:
  ///   - data: what it was fitted to.
  ///   - rows: samples altogether.
  func result(run: String, data: String, rows: Int) throws -> DetectionResult {
    var result = try DetectionResult(
      detector, kept: kept, outcome, options, run: run, data: data, split: parts.description, rows: rows)
    (result.seconds, result.secondsScoring, result.epochs) = (seconds, secondsScoring, epochs)
    // A doubt of the threshold has the count itself.
    if detector.threshold.doubt == nil {
      let heldOut = AnomalyDetector.heldOutCount(samples: parts.training.count)
      result.notes.append(detector.threshold.rule.note(heldOut: heldOut))
    }
    guard !lines.isEmpty else { return result }
    (result.scoredRows, result.alerts) = (lines.count { !$0.value.isNaN }, lines.count(where: \.isAlert))
    return result
  }

  /// The alerts among the scores of all rows of a table.
  ///
  /// - Parameters:
  ///   - truth: whether each row is an anomaly.
  ///   - names: of all rows, where a column has some.
  func topAlerts(_ truth: [Bool?], names: [String]) -> TopAlerts {
    var top = TopAlerts()
    for score in lines where score.isAlert {
      top.add(score, truth: truth[score.row], name: names.isEmpty ? "" : names[score.row])
    }
    return top
  }

  /// Writes the files of the run, the detector last: a folder without one is filled again after a failure. The table begins before
  /// them, so that one that is refused leaves no run, and is committed after them, so that there are no scores without a detector.
  ///
  /// - Parameters:
  ///   - truth: whether each sample that `parts.test` is of is an anomaly.
  ///   - contributors: columns that are named for each alert.
  ///   - files: of the samples, where they have some.
  ///   - names: of all rows of a table, where a column has some.
  ///   - pictures: a sheet for the report.
  ///   - into: a new table for the scores, beside the file of them.
  ///   - progress: told of scores now and then; what it throws ends the work, and there is no table.
  func write(
    _ result: DetectionResult, to folder: DetectionFolder, truth: [Bool?], contributors: Int,
    files: [String] = [], names: [String] = [], pictures: Picture? = nil, into: DatabaseAddress? = nil,
    nextStep: String? = nil, progress: WorkProgress.Report = { _ in }
  ) throws {
    let lines =
      lines.isEmpty
      ? AnomalyScore.lines(scores.values, rows: parts.test, threshold: detector.threshold.value) : lines
    let table = try into.map {
      try ScoreTable.begun(
        lines, truth: truth, contributors: contributors, names: names, in: $0, progress: progress)
    }
    try ScoreTable.write(
      lines, truth: truth, contributors: contributors, files: files, names: names, to: folder.scores,
      progress: progress)
    try writeRest(
      result, to: folder, top: topAlerts(truth, names: names), hasLabels: truth.contains { $0 != nil },
      hasNames: !names.isEmpty, pictures: pictures, nextStep: nextStep)
    try table?.commit()
  }

  /// Writes the files beside the scores.
  func writeRest(
    _ result: DetectionResult, to folder: DetectionFolder, top: TopAlerts, hasLabels: Bool, hasNames: Bool,
    pictures: Picture? = nil, nextStep: String?
  ) throws {
    try DetectionReport(
      result: result, outcome: outcome, detector: kept, highestOrdinary: detector.highestOrdinary, top: top,
      hasLabels: hasLabels, hasNames: hasNames, pictures: pictures, nextStep: nextStep
    ).write(to: folder)
    try AtomicFile.write(try result.json() + "\n", to: folder.result)
    try kept.write(to: folder.model)
  }
}
