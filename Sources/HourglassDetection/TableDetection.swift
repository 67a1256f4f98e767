import HourglassBase
import HourglassData
import HourglassDrawing
import HourglassEngine
import HourglassFiles
import HourglassNN

/// What a detection run tells while it works.
public enum DetectionEvent: Sendable {
  /// Something begins.
  case stage(String)
  /// Where more than one model is trained, with the epochs of all counted together.
  case training(TrainingEvent)
  /// How far other work has come, such as scoring.
  case progress(WorkProgress)
}

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

/// Fits a detector to a CSV file, measures it and writes a run folder.
public struct TableDetection: Sendable {
  var path: String
  public var format = TableFormat()
  /// Only the first rows.
  public var limit: Int?
  /// The column that tells anomalies.
  public var labelColumn: String?
  /// The labels that mean an anomaly, where that is not plain.
  public var anomalyLabels: Set<String> = []
  public var split = DetectionSplit()
  var options: DetectorOptions
  var folder: DetectionFolder

  /// Columns that are named for each alert.
  private static let contributors = 3

  public init(path: String, options: DetectorOptions, folder: DetectionFolder) {
    self.path = path
    self.options = options
    self.folder = folder
  }

  /// Runs on threads of its own. A task that is cancelled ends it, and nothing is written.
  ///
  /// - Parameter report: told of what goes on, on the working thread; what it throws ends the run.
  /// - Throws: `HourglassError`; `CancellationError` when the task is cancelled; what `report` throws.
  public func run(
    _ report: @escaping @Sendable (DetectionEvent) throws -> Void = { _ in }
  ) async throws -> DetectionResult {
    try await onOwnThread { cancellation in
      try runNow(cancellation) { event in
        try cancellation.check()
        try report(event)
      }
    }
  }

  private func runNow(
    _ cancellation: Cancellation, _ report: (DetectionEvent) throws -> Void
  ) throws -> DetectionResult {
    try options.check()
    let clock = ContinuousClock()
    try report(.stage("reading \(path)"))
    let begun = clock.now
    let table = try Table.read(path: path, format: format, limit: limit)
    let secondsReading = (clock.now - begun) / .seconds(1)
    var options = options
    var labels: AnomalyLabels?
    var truth = [Bool?](repeating: nil, count: table.rowCount)
    if let labelColumn {
      let found = try AnomalyLabels(column: labelColumn, anomalies: anomalyLabels, in: table)
      truth = found.labels(in: table) ?? truth
      options.ignoring.insert(labelColumn)
      labels = found
    }
    for name in options.ignoring.sorted() where table[name] == nil && name != labelColumn {
      guard !table.notes.contains(where: { $0.contains(name.quotedForMessage) }) else { continue }
      throw HourglassError(
        .usage,
        "\(path) has no column \(name.quotedForMessage) to ignore"
          + suggestion(name, among: table.columns.map(\.name)))
    }
    let parts = try split.parts(truth, seed: options.seed)
    return try folder.filled {
      try fit(table, labels, truth, parts, options, secondsReading: secondsReading, cancellation, report)
    }
  }

  private func fit(
    _ table: Table, _ labels: AnomalyLabels?, _ truth: [Bool?], _ parts: DetectionSplit.Parts,
    _ options: DetectorOptions, secondsReading: Double, _ cancellation: Cancellation,
    _ report: (DetectionEvent) throws -> Void
  ) throws -> DetectionResult {
    let begun = ContinuousClock().now
    let allTest = parts.test
    try AnomalyDetector.checkCount(parts.training.count)
    let encoding = try TableEncoding(
      of: table, rows: parts.training, scaling: options.scaling, ignoring: options.ignoring,
      threads: options.threads)
    // Of such a row nobody can say whether it is normal.
    let unknowable = encoding.unknowableRows(in: table)
    let parts = parts.without(Set(unknowable.map { UInt32($0) }))
    let unscored = Set(allTest).subtracting(parts.test).sorted()
    let odd = Set(encoding.constants.flatMap { $0.departures(in: table) })
    let flagged = Set(parts.test.indices.filter { odd.contains(Int(parts.test[$0])) })
    try report(
      .stage(
        "\(grouped(table.rowCount)) rows, \(ReportText.count(encoding.columnNames.count, "column")) as "
          + "\(ReportText.count(encoding.featureCount, "number")); \(parts.description)"))
    let fit = try DetectionFit(
      FittingSamples(
        data: try encoding.encodedRows(table), table: table, input: .table(encoding),
        training: parts.training,
        anomalies: parts.leftOut, isClean: labels != nil && !split.keepsAnomalies),
      options: options, begun: begun, parts: parts, labels: parts.test.map { truth[Int($0)] },
      flagged: flagged, noun: "row",
      complete: { $0.labels = labels }, report: report
    )
    let alerts = try fit.detector.score(
      fit.test, rows: fit.outcome.alertRows(parts.test, flagged: flagged), of: table,
      contributors: Self.contributors,
      threads: options.threads)
    var result = try fit.result(run: folder.path, data: path, rows: table.rowCount)
    result.secondsReading = secondsReading
    result.columns = encoding.columnNames.count
    result.notes =
      table.notes + encoding.notes + Self.unknowableNote(unknowable.count)
      + Self.departureNotes(encoding, parts.test, table)
      + (labels.map { ["Labels: \($0.description)."] + parts.notes(truth) } ?? []) + result.notes
    // Since the last report much may have been done.
    try cancellation.check()
    try fit.write(
      result, to: folder, unscored: unscored, truth: truth, alerts: alerts, contributors: Self.contributors)
    return result
  }
}

extension TableDetection {
  private static func unknowableNote(_ count: Int) -> [String] {
    guard count > 0 else { return [] }
    let (verb, they) = count == 1 ? ("is", "it is") : ("are", "they are")
    return [
      "Of \(ReportText.count(count, "row")) fewer than a third of the columns \(verb) known; \(they) neither trained on nor measured, "
        + "and \(count == 1 ? "has" : "have") no score."
    ]
  }

  /// That columns which were constant in training are not so among the test rows.
  private static func departureNotes(_ encoding: TableEncoding, _ test: [UInt32], _ table: Table) -> [String]
  {
    let tested = Set(test)
    return encoding.constants.compactMap { constant in
      let count = constant.departures(in: table).count { tested.contains(UInt32($0)) }
      guard count > 0 else { return nil }
      return
        "Column \(constant.name.quotedForMessage) is \(constant.text.quotedForMessage) in all of training, and another in "
        + "\(ReportText.count(count, "test row")), which \(count == 1 ? "is an alert" : "are alerts") for that."
    }
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

extension DetectionOutcome {
  /// The rows above the threshold, and those at the places that are flagged, in order.
  func alertRows(_ rows: [UInt32], flagged: Set<Int>) -> [UInt32] {
    guard let scores = own.first?.scores else { return [] }
    return rows.indices.filter { scores[$0] > threshold || flagged.contains($0) }.map { rows[$0] }
  }
}

extension DetectionResult {
  init(
    _ detector: AnomalyDetector, _ outcome: DetectionOutcome, _ options: DetectorOptions, run: String,
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
        "The distance of codes is taken to \(grouped(detector.references.count)) training samples, drawn at random."
      )
    }
    self.init(
      run: run, data: data, metrics: outcome.metrics, baselines: outcome.baselines, verdict: outcome.verdict,
      scoring: detector.scoring.rawValue, threshold: detector.threshold.value,
      thresholdRule: detector.threshold.rule.text, thresholdChosenOn: detector.threshold.chosenOn,
      split: split,
      rows: rows, trainingRows: detector.trainingCount, testRows: outcome.labels.count,
      testAnomalies: outcome.anomalies, alerts: outcome.alerts, columns: 0,
      features: detector.model.model.inputShape.count, code: try detector.model.model.codeShape.count,
      parameters: try detector.model.model.parameterCount(), epochs: 0, secondsReading: 0, seconds: 0,
      secondsScoring: 0, seed: options.seed, threads: options.threads ?? WorkerTeam.coreCount,
      instructionSet: try KernelSet.selected().name, weightsSHA256: detector.model.weightsDigest, notes: notes
    )
  }
}
