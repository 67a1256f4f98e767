import HourglassBase
import HourglassData
import HourglassDatabases
import HourglassDrawing
import HourglassFiles

/// A table that is larger than memory, of which a detection run has a sample: its other rows pass by block by block.
struct LargeTable {
  var scan: TableScan
  var labels: AnomalyLabels?
  /// The column that names rows.
  var identifier: String?
  /// Of the table, for messages.
  var title: String
  var threads: Int?

  /// Rows of a block, at most.
  private static let rowsAtOnce = 8192

  // MARK: - Learning

  /// Rows that the network of the detector that is kept learns, as numbers in a file that nobody else sees.
  ///
  /// - Parameters:
  ///   - keepsAnomalies: whether known anomalies are learnt too.
  ///   - heldOut: rows that are not learnt, as places in the sample.
  ///   - folder: where the file is.
  func encoded(
    by encoding: TableEncoding, keepsAnomalies: Bool, without heldOut: [UInt32], in folder: String,
    _ progress: WorkProgress.Report
  ) throws -> FileSamples {
    let spool = try SampleSpool(
      shape: [encoding.featureCount], for: "the encoded rows of \(title)", in: folder)
    var left = Set(heldOut.map { scan.rows[Int($0)] })
    let blocks = try scan.blocks()
    let width = encoding.featureCount
    var done = 0
    while let block = try blocks.next(Self.rowsAtOnce) {
      let truth = keepsAnomalies ? nil : labels?.labels(in: block)
      var isLearnt = truth?.map { $0 != true } ?? Array(repeating: true, count: block.rowCount)
      for row in encoding.unknowableRows(in: block) { isLearnt[row] = false }
      for row in isLearnt.indices where left.remove(UInt32(block.firstRow + row)) != nil {
        isLearnt[row] = false
      }
      let encoded = try encoding.encode(block)
      try withExtendedLifetime(encoded) {
        guard let numbers = encoded.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
        for run in Self.runs(of: isLearnt) {
          try spool.append(
            UnsafeBufferPointer(start: numbers + run.lowerBound * width, count: run.count * width))
        }
      }
      done += block.rowCount
      try progress(WorkProgress("encoding", done: done, of: scan.rowCount, "rows"))
    }
    return spool.samples()
  }

  /// Where true ones lie side by side.
  private static func runs(of flags: [Bool]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for place in flags.indices where flags[place] {
      if let last = runs.last, last.upperBound == place {
        runs[runs.count - 1] = last.lowerBound..<place + 1
      } else {
        runs.append(place..<place + 1)
      }
    }
    return runs
  }

  // MARK: - Scoring

  /// What the scores of all rows come to.
  struct Tally {
    /// Rows with a score, and alerts among all.
    var scored = 0
    var alerts = 0
    var top = TopAlerts()
    /// Of rows with a label.
    var quality = AlertQuality()
    var anomalies = 0
    /// By column, rows outside the sample that have another value than the one it had in training.
    var departures: [String: Int] = [:]
    /// Rows of which too little is known.
    var unknowable = 0
  }

  /// Scores the rows outside the sample by a detector that did not learn them, and gives all rows in order.
  ///
  /// - Parameters:
  ///   - lines: of the sample, in order.
  ///   - columns: of the table of scores.
  ///   - write: takes the cells of a row.
  func score(
    by detector: AnomalyDetector, sample lines: [AnomalyScore], _ columns: ScoreColumns,
    write: ([DatabaseValue]) throws -> Void, progress: WorkProgress.Report
  ) throws -> Tally {
    var tally = Tally()
    let encoding = try detector.encoding
    let blocks = try scan.blocks(names: identifier)
    var known = lines[...]
    var done = 0
    while let block = try blocks.next(Self.rowsAtOnce) {
      let places = block.firstRow..<block.firstRow + block.rowCount
      let drawn = known.prefix { places.contains($0.row) }
      known = known.dropFirst(drawn.count)
      let isDrawn = Set(drawn.map { $0.row - block.firstRow })
      let others = (0..<block.rowCount).filter { !isDrawn.contains($0) }.map { UInt32($0) }
      for constant in encoding.constants {
        let count = constant.departures(in: block).count { !isDrawn.contains($0) }
        if count > 0 { tally.departures[constant.name, default: 0] += count }
      }
      tally.unknowable += encoding.unknowableRows(in: block).count { !isDrawn.contains($0) }
      let scores = try detector.score(
        encoding.encodedRows(block), rows: others, of: block, contributors: columns.contributors,
        threads: threads)
      let truth = labels?.labels(in: block)
      for score in (drawn + scores).sorted(by: { $0.row < $1.row }) {
        let place = score.row - block.firstRow
        let name = identifier == nil ? "" : blocks.names[place]
        tally.add(score, truth: truth?[place], name: name)
        try write(columns.cells(score, truth: truth?[place], name: name))
      }
      done += block.rowCount
      try progress(WorkProgress("scoring", done: done, of: scan.rowCount, "rows"))
    }
    return tally
  }

  // MARK: - Notes

  /// What was learnt from what, in three sentences.
  ///
  /// - Parameter learnt: rows that the network of the detector that is kept learnt.
  func description(learnt: Int, seed: UInt64) -> String {
    let (all, drawn) = (grouped(scan.rowCount), grouped(scan.sample.rowCount))
    let others = scan.rowCount - scan.sample.rowCount
    return
      "Of the table's \(all) rows \(drawn) were drawn at random with seed \(seed) and held in memory: from these come scaling of "
      + "columns, relations, threshold, comparison and figures. The other \(ReportText.count(others, "row")) were learnt by no detector that "
      + "scored rows, and were scored by the one fitted to the sample's training part. The network of the detector that is saved "
      + "learnt from \(ReportText.count(learnt, "row"))."
  }
}

extension LargeTable.Tally {
  mutating func add(_ score: AnomalyScore, truth: Bool?, name: String) {
    if !score.value.isNaN { scored += 1 }
    if score.isAlert {
      alerts += 1
      top.add(score, truth: truth, name: name)
    }
    guard let truth else { return }
    if truth { anomalies += 1 }
    quality.add(isAlert: score.isAlert, isAnomaly: truth)
  }

  /// What all rows show beside the sample, one sentence each.
  func notes(_ encoding: TableEncoding, rows: Int) -> [String] {
    var notes: [String] = []
    if unknowable > 0 {
      notes.append(
        "Of \(ReportText.count(unknowable, "row")) outside the sample fewer than a third of the columns \(unknowable == 1 ? "is" : "are") "
          + "known, and \(unknowable == 1 ? "it has" : "they have") no score.")
    }
    for constant in encoding.constants {
      guard let count = departures[constant.name] else { continue }
      notes.append(
        "Column \(constant.name.quotedForMessage) is \(constant.text.quotedForMessage) in all of the sample's training part, and "
          + "another in \(ReportText.count(count, "row")) outside the sample, which \(count == 1 ? "is an alert" : "are alerts") for that."
      )
    }
    if anomalies > 0 {
      notes.append(
        "Of the \(ReportText.count(anomalies, "known anomaly")) among all \(grouped(rows)) rows \(grouped(quality.truePositives)) "
          + "\(quality.truePositives == 1 ? "is an alert" : "are alerts"), beside \(ReportText.count(quality.falsePositives, "alert")) on other labelled "
          + "rows; the figures are of the sample's test rows.")
    }
    return notes
  }
}
