import HourglassBase
import HourglassData
import HourglassDatabases
import HourglassDrawing
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

/// Fits a detector to a CSV file, or to a table or a query of a database, measures it and writes a run folder.
public struct TableDetection: Sendable {
  var path: String
  /// What the table is called instead of its path, such as where it comes from when its file is gone afterwards.
  package var title: String?
  public var format = TableFormat()
  /// Only the first rows.
  public var limit: Int?
  /// Rows that are held in memory, from 2,000: a table with more is fitted from a sample of so many, and the network of the detector that
  /// is saved from all, which are read as they are needed. As memory allows when nil.
  public var rowsInMemory: Int?
  /// The column that tells anomalies.
  public var labelColumn: String?
  /// The labels that mean an anomaly, where that is not plain.
  public var anomalyLabels: Set<String> = []
  public var split = DetectionSplit()
  /// The column that names rows, which is no feature; found out, where texts are all different, when nil.
  public var identifier: String?
  /// A new table for the scores, beside the run folder's file of them.
  package var into: DatabaseAddress?
  /// What the report says can be done with the detector.
  package var nextStep: String?
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
    _ cancellation: Cancellation, _ report: @escaping (DetectionEvent) throws -> Void
  ) throws -> DetectionResult {
    try options.check()
    let room = TableRoom(rows: rowsInMemory)
    try room.check()
    let clock = ContinuousClock()
    try report(.stage("reading \(shownPath)"))
    let begun = clock.now
    let reading: WorkProgress.Report = { try report(.progress($0)) }
    let source = try TableSource(path).kept(limit: limit, progress: reading)
    let (table, scan) = try read(source, room, report)
    let secondsReading = (clock.now - begun) / .seconds(1)
    var options = options
    var labels: AnomalyLabels?
    var truth = [Bool?](repeating: nil, count: table.rowCount)
    if let labelColumn {
      let found =
        try scan.map { try AnomalyLabels(column: labelColumn, anomalies: anomalyLabels, in: $0) }
        ?? AnomalyLabels(column: labelColumn, anomalies: anomalyLabels, in: table)
      truth = found.labels(in: table) ?? truth
      options.ignoring.insert(labelColumn)
      labels = found
    }
    let names = try rowNames(of: table, scan, source, reading)
    if let names { options.ignoring.insert(names.column) }
    for name in options.ignoring.sorted()
    where table[name] == nil && name != labelColumn && name != names?.column {
      guard !table.notes.contains(where: { $0.contains(name.quotedForMessage) }) else { continue }
      throw HourglassError(
        .usage,
        "\(source.title) has no column \(name.quotedForMessage) to ignore"
          + suggestion(name, among: table.columns.map(\.name)))
    }
    // Whether the table can be made shows before the work, not after it.
    _ = try into?.newTable(of: ScoreColumns(hasLabels: labels != nil, hasNames: names != nil).columns)
    let large = scan.map {
      LargeTable(
        scan: $0, labels: labels, identifier: names?.column, title: shownPath, threads: options.threads)
    }
    let parts = try split.parts(truth, noun: Self.noun(large), seed: options.seed)
    return try folder.filled {
      try fit(
        table, large, labels, truth, names, parts, options, secondsReading: secondsReading, cancellation,
        report)
    }
  }

  /// The table, or a sample of one that is too large for memory.
  private func read(
    _ source: TableSource, _ room: TableRoom, _ report: (DetectionEvent) throws -> Void
  ) throws -> (Table, TableScan?) {
    let reading: WorkProgress.Report = { try report(.progress($0)) }
    if let table = try Table.read(
      source, format: format, limit: limit, mostRows: room.mostRows, progress: reading)
    {
      return (table, nil)
    }
    try report(
      .stage("the table has more rows than are held in memory: all are looked at, and some are drawn"))
    let scan = try TableScan(
      source, format: format, limit: limit, sampleSize: room.sampleSize, seed: options.seed,
      counting: labelColumn, progress: reading)
    guard scan.rowCount > room.mostRows(columns: scan.columnNames.count) else {
      // There seemed to be more.
      return (try Table.read(source, format: format, limit: limit, progress: reading), nil)
    }
    return (scan.sample, scan)
  }

  /// What one of the rows in memory is called.
  private static func noun(_ large: LargeTable?) -> String { large == nil ? "row" : "sampled row" }

  /// What people are told that the table is; of a database without a password.
  private var shownPath: String { title ?? (try? TableSource(path).title) ?? "" }

  private func rowNames(
    of table: Table, _ scan: TableScan?, _ source: TableSource, _ progress: WorkProgress.Report
  ) throws -> RowNames? {
    if let identifier {
      guard identifier != labelColumn else {
        throw HourglassError(
          .usage,
          "Column \(identifier.quotedForMessage) is said to hold both the labels and the names of rows; name another for one of them."
        )
      }
      if let scan { return try RowNames(in: identifier, of: scan) }
      return try RowNames(in: identifier, source, format: format, limit: limit, progress: progress)
    }
    let excluding = options.ignoring.union([labelColumn].compactMap(\.self))
    if let scan {
      return try RowNames.found(in: scan, format: format, excluding: excluding, progress: progress)
    }
    return try RowNames.found(
      in: table, source, format: format, limit: limit, excluding: excluding, progress: progress)
  }

  private func fit(
    _ table: Table, _ large: LargeTable?, _ labels: AnomalyLabels?, _ truth: [Bool?], _ names: RowNames?,
    _ parts: DetectionSplit.Parts, _ options: DetectorOptions, secondsReading: Double,
    _ cancellation: Cancellation,
    _ report: @escaping (DetectionEvent) throws -> Void
  ) throws -> DetectionResult {
    let begun = ContinuousClock().now
    let noun = Self.noun(large)
    try parts.checkTraining(noun: noun)
    let isClean = labels != nil && !split.keepsAnomalies
    let encoding = try TableEncoding(
      of: table, rows: parts.training, scaling: options.scaling, ignoring: options.ignoring,
      isClean: isClean, threads: options.threads)
    // Of such a row nobody can say whether it is normal.
    let unknowable = encoding.unknowableRows(in: table)
    let parts = parts.without(Set(unknowable.map { UInt32($0) }))
    try parts.checkTraining(unknowable: unknowable.count, noun: noun)
    let sampled = large.map { "\(grouped(table.rowCount)) of \(grouped($0.scan.rowCount))" }
    try report(
      .stage(
        "\(sampled ?? grouped(table.rowCount)) rows, \(ReportText.count(encoding.columnNames.count, "column")) as "
          + "\(ReportText.count(encoding.featureCount, "number")); \(parts.description)"))
    var fit = try DetectionFit(
      FittingSamples(
        data: try encoding.encodedRows(table), table: table, input: .table(encoding),
        training: parts.training,
        anomalies: parts.leftOut, isClean: isClean, isMixed: !isClean,
        isLabelled: isClean && Self.areLabelled(parts.training, truth)),
      options: options, begun: begun, parts: parts, labels: parts.test.map { truth[Int($0)] },
      noun: noun,
      raise: { detector, values in Self.raised(values, of: parts.test, in: table, by: detector) },
      report: report
    )
    var crossing = CrossFitting(
      table: table, options: options, parts: parts, keepsAnomalies: split.keepsAnomalies,
      isClean: isClean, contributors: Self.contributors,
      measured: fit.detector, heldOut: fit.heldOut,
      anomalies: Set(truth.indices.filter { truth[$0] == true }.map { UInt32($0) }))
    if let large {
      crossing.more = { [folder, split] encoding, heldOut in
        try report(.stage("encoding all rows for the network of the detector that is saved"))
        return try large.encoded(
          by: encoding, keepsAnomalies: split.keepsAnomalies, without: heldOut, in: folder.path
        ) { try report(.progress($0)) }
      }
    }
    let kept = try cross(crossing, &fit, unknowable: unknowable, report)
    (fit.kept.labels, fit.kept.identifier) = (labels, names?.column)
    var result = try fit.result(
      run: folder.path, data: shownPath, rows: large?.scan.rowCount ?? table.rowCount)
    result.secondsReading = secondsReading
    result.columns = kept.columnNames.count
    (result.howScored, result.identifier) = (crossing.description, names?.column)
    if labels == nil {
      result.likelyLabels = kept.columnNames.compactMap { name in
        table[name].flatMap(AnomalyLabels.likely).map {
          DetectionResult.LikelyLabels(column: name, texts: $0)
        }
      }
    }
    result.notes =
      table.notes + identifierNote(names) + kept.notes + kept.sentinelNotes(in: table)
      + Self.unscoredNote(fit.lines, unknowable.count)
      + Self.unknowableNote(unknowable.count) + keptThresholdNote(fit)
      + Self.departureNotes(encoding, parts.test, table)
      + (labels.map { ["Labels: \($0.description)."] + parts.notes(truth, noun: noun) } ?? []) + result.notes
    if let title { result.notes = result.notes.map { $0.replacing(path, with: title) } }
    // Since the last report much may have been done.
    try cancellation.check()
    if let large { return try write(result, fit, large, report) }
    result.topAlerts = fit.topAlerts(truth, names: names?.texts ?? []).lines
    try fit.write(
      result, to: folder, truth: truth, contributors: Self.contributors, names: names?.texts ?? [],
      into: into, nextStep: nextStep, progress: { try report(.progress($0)) })
    return result
  }

  /// Scores the rows outside the sample, and writes the files of the run as `DetectionFit.write` does.
  private func write(
    _ result: DetectionResult, _ fit: DetectionFit, _ large: LargeTable,
    _ report: (DetectionEvent) throws -> Void
  ) throws -> DetectionResult {
    let begun = ContinuousClock.now
    let rows = large.scan.rowCount
    try report(.stage("scoring the \(grouped(rows - large.scan.sample.rowCount)) rows outside the sample"))
    let columns = ScoreColumns(
      hasLabels: large.labels != nil, hasNames: large.identifier != nil, contributors: Self.contributors)
    let table = try into?.newTable(of: columns.columns)
    var tally = LargeTable.Tally()
    try AtomicFile.write(to: folder.scores) { file in
      var writer = ScoreTable.Writer(columns)
      tally = try large.score(by: fit.detector, sample: fit.lines, columns) { cells in
        writer.append(cells)
        try table?.append(cells)
      } progress: {
        try file.write(writer.take())
        try report(.progress($0))
      }
      try file.write(writer.take())
    }
    var result = result
    let learnt = fit.kept.trainingCount
    (result.sampledRows, result.learntRows) = (large.scan.sample.rowCount, learnt)
    (result.scoredRows, result.alerts, result.topAlerts) = (tally.scored, tally.alerts, tally.top.lines)
    result.howScored = [large.description(learnt: learnt, seed: options.seed), result.howScored]
      .compactMap(\.self).joined(separator: " ")
    result.notes += tally.notes(try fit.detector.encoding, rows: rows)
    result.secondsScoring += (ContinuousClock.now - begun) / .seconds(1)
    try fit.writeRest(
      result, to: folder, top: tally.top, hasLabels: columns.hasLabels, hasNames: columns.hasNames,
      nextStep: nextStep)
    try table?.commit()
    return result
  }

  /// Whether nearly all of some rows have labels.
  private static func areLabelled(_ rows: [UInt32], _ truth: [Bool?]) -> Bool {
    100 * rows.count { truth[Int($0)] == nil } <= rows.count
  }

  /// What alerts go by, and the places of rows that are alerts whatever their score.
  ///
  /// - Parameter values: one for each of `rows`, of the model alone.
  private static func raised(
    _ values: [Double], of rows: [UInt32], in table: Table, by detector: AnomalyDetector
  ) -> (values: [Double], flagged: Set<Int>) {
    guard case .table(let encoding) = detector.input else { return (values, []) }
    let breaks = encoding.breaks(in: table)
    let odd = Set(encoding.constants.flatMap { $0.departures(in: table) }).union(breaks.keys)
    return (
      zip(rows, values).map { detector.raised($1, by: breaks[Int($0), default: []]) },
      Set(rows.indices.filter { odd.contains(Int(rows[$0])) })
    )
  }

  /// Scores all rows, and fits the detector that is kept.
  ///
  /// - Returns: how the detector that is kept encodes rows.
  private func cross(
    _ crossing: CrossFitting, _ fit: inout DetectionFit, unknowable: [Int],
    _ report: (DetectionEvent) throws -> Void
  ) throws -> TableEncoding {
    let begun = ContinuousClock.now
    let test = crossing.parts.test
    try report(.stage("scoring the rows of the training part too, by detectors that did not learn them"))
    let alerts = try fit.detector.score(
      fit.test, rows: fit.outcome.alertRows(test, flagged: fit.flagged), of: crossing.table,
      contributors: Self.contributors, threads: options.threads)
    let known = Dictionary(alerts.map { ($0.row, $0) }, uniquingKeysWith: { first, _ in first })
    let table = crossing.table
    let measured = AnomalyScore.lines(
      fit.scores.values, rows: test, threshold: fit.detector.threshold.value
    ).map { line in
      var line = line
      line.row = table.place(of: line.row)
      return known[line.row] ?? line
    }
    let others = try crossing.scores(report)
    let unscored = unknowable.map {
      AnomalyScore(row: table.place(of: $0), value: .nan, isAlert: false, contributions: [])
    }
    fit.lines = (measured + others + unscored).sorted { $0.row < $1.row }
    try report(
      .stage("fitting the detector that is saved to all rows\(crossing.more == nil ? "" : " of the sample")"))
    var epochs = 0
    let kept = try crossing.kept { event in
      if case .epoch(let record) = event { epochs = record.epoch }
      if case .batch = event { try report(.training(event)) }
    }
    (fit.kept, fit.epochs) = (kept.detector, epochs)
    fit.seconds += (ContinuousClock.now - begun) / .seconds(1)
    return kept.encoding
  }

  private func identifierNote(_ names: RowNames?) -> [String] {
    guard let names else { return [] }
    let title = names.column.quotedForMessage
    return [
      identifier == nil
        ? "Column \(title) holds texts that are all different; it is taken as the name of each row, and is no feature."
        : "Column \(title) names the rows, and is no feature."
    ]
  }

  private func keptThresholdNote(_ fit: DetectionFit) -> [String] {
    let (kept, measured) = (fit.kept.threshold.value, fit.detector.threshold.value)
    guard kept != measured else { return [] }
    return [
      "The detector that is saved has a scale and a threshold of its own, \(ReportText.significant(kept)), since those of the "
        + "few rows of the training part do not fit it."
    ]
  }

  private static func unscoredNote(_ lines: [AnomalyScore], _ unknowable: Int) -> [String] {
    let count = lines.count { $0.value.isNaN } - unknowable
    guard count > 0 else { return [] }
    return [
      "\(ReportText.count(count, "row")) of the training part \(count == 1 ? "has" : "have") no score: without \(count == 1 ? "it" : "them") "
        + "nothing is left to learn from."
    ]
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
  private static func departureNotes(
    _ encoding: TableEncoding, _ test: [UInt32], _ table: Table
  ) -> [String] {
    let tested = Set(test)
    return encoding.constants.compactMap { constant in
      let count = constant.departures(in: table).count { tested.contains(UInt32($0)) }
      guard count > 0 else { return nil }
      return
        "Column \(constant.name.quotedForMessage) is \(constant.text.quotedForMessage) in all of the training part, and another in "
        + "\(ReportText.count(count, "test row")), which \(count == 1 ? "is an alert" : "are alerts") for that."
    }
  }
}
