import HourglassBase
import HourglassData
import HourglassDrawing
import HourglassNN

/// Scores the rows of a table by detectors that did not learn them, and fits the one that is kept to all rows.
///
/// The rows that were measured have their scores from the detector that was fitted to the training part. Where that is small,
/// several models were trained on it, and each row of it is scored by the one that did not learn it. Otherwise they are
/// scored in two halves, each by a detector that was fitted to all rows but that half. All are calibrated in the same way, by
/// rows that they did not learn (0 is usual, and a tenth of the ordinary rows lies above 1), so that one threshold serves.
struct CrossFitting {
  var table: Table
  var options: DetectorOptions
  /// Of the measured detector: unknowable rows are in none of them.
  var parts: DetectionSplit.Parts
  var keepsAnomalies: Bool
  /// Whether known anomalies were left out of training.
  var isClean: Bool
  var contributors: Int
  /// What all detectors take over from the measured one.
  var measured: AnomalyDetector
  /// Of a small training part: detectors on the scale of the measured one, with the rows that each did not learn.
  var heldOut: [HeldOutDetector]
  /// Known ones in any part.
  var anomalies: Set<UInt32>
  /// Where `table` is a sample of a larger one: gives all rows that the kept model learns, encoded, but for those of the sample that
  /// are held out from it.
  var more: ((_ encoding: TableEncoding, _ heldOut: [UInt32]) throws -> any SampleSource)?

  /// In how many parts the rows are scored that the measured detector learnt, where no others can score them.
  private static let parts = 2

  /// All rows that may be learnt.
  private var normal: [UInt32] {
    let anomalies = keepsAnomalies ? [] : anomalies
    return (parts.training + parts.test).filter { !anomalies.contains($0) }.sorted()
  }

  /// How a detector is fitted to these rows.
  private func samples(_ rows: [UInt32], anomalies: [UInt32] = [], isMixed: Bool) throws -> FittingSamples {
    let encoding = try TableEncoding(
      of: table, rows: rows, scaling: options.scaling, ignoring: options.ignoring,
      isClean: isClean, threads: options.threads)
    return FittingSamples(
      data: try encoding.encodedRows(table), table: table, input: .table(encoding), training: rows,
      anomalies: anomalies, isClean: isClean, isMixed: isMixed)
  }

  /// The detector that is kept, fitted to all rows that may be learnt.
  ///
  /// It takes over the threshold. But how far the scores of few rows reach says little of those of others: where the training
  /// part is small, and its own held-out rows are more, it chooses a threshold by these, and its scale is stretched for that
  /// to have the value of the measured one. So it does where nothing labels the rows: those that it will score are others, which
  /// it compares with these as with ordinary ones, so its scores are of another kind.
  func kept(_ progress: (TrainingEvent) throws -> Void) throws -> (
    detector: AnomalyDetector, encoding: TableEncoding
  ) {
    let heldOutCounts = [normal, parts.training].map { AnomalyDetector.heldOutCount(samples: $0.count) }
    let isMixed = keepsAnomalies
    let chooses = !heldOut.isEmpty && heldOutCounts[0] > heldOutCounts[1] || !isClean && !isMixed
    let known = keepsAnomalies ? [] : (parts.leftOut + parts.test.filter(anomalies.contains)).sorted()
    var samples = try samples(normal, anomalies: chooses ? known : [], isMixed: isMixed)
    guard case .table(let encoding) = samples.input else { preconditionFailure("rows of no table") }
    if let more { samples.more = { try more(encoding, $0) } }
    var options = options
    // The kind of score that was measured.
    (options.scoring, options.combination) = (measured.scoring, measured.combination)
    // Else its own is not used.
    if !chooses { options.threshold = .percentile(99) }
    var detector = try AnomalyDetector.fit(samples, options: options, progress: progress)
    detector.combinationPrecisions = measured.combinationPrecisions
    if chooses {
      detector.stretch(toThreshold: measured.threshold.value)
    } else {
      (detector.threshold, detector.highestOrdinary) = (measured.threshold, measured.highestOrdinary)
    }
    return (detector, encoding)
  }

  /// Scores of the rows that the measured detector was fitted to, and of the anomalies that were left out; not a number
  /// where too little would be left to learn from.
  func scores(_ report: (DetectionEvent) throws -> Void) throws -> [AnomalyScore] {
    heldOut.isEmpty ? try scoresOfHalves(report) : try scoresOfHeldOut(report)
  }

  private func scoresOfHeldOut(_ report: (DetectionEvent) throws -> Void) throws -> [AnomalyScore] {
    var scores: [AnomalyScore] = []
    // The left out anomalies none of them has learnt.
    for held in heldOut + [HeldOutDetector(detector: measured, rows: parts.leftOut)] where !held.rows.isEmpty
    {
      scores += try self.scores(of: held.rows, by: held.detector, report)
    }
    return scores
  }

  private func scoresOfHalves(_ report: (DetectionEvent) throws -> Void) throws -> [AnomalyScore] {
    let rows = (parts.training + parts.leftOut).sorted()
    var random = RandomNumbers(seed: options.seed, purpose: .splitting, stream: 2)
    let order = random.permutation(rows.count).map { rows[Int($0)] }
    var options = options
    // Its own threshold is not used.
    (options.threshold, options.scoring) = (.percentile(99), measured.scoring)
    options.combination = measured.combination
    var scores: [AnomalyScore] = []
    for part in 0..<Self.parts {
      let chosen = order.indices.filter { $0 % Self.parts == part }.map { order[$0] }.sorted()
      guard !chosen.isEmpty else { continue }
      let left = Set(chosen)
      do {
        let samples = try samples(normal.filter { !left.contains($0) }, isMixed: !isClean)
        var detector = try AnomalyDetector.fit(samples, options: options) { event in
          if case .batch = event { try report(.training(event)) }
        }
        (detector.threshold, detector.highestOrdinary) = (measured.threshold, measured.highestOrdinary)
        scores += try self.scores(of: chosen, by: detector, report)
      } catch let error as HourglassError {
        guard error.code == .badData else { throw error }
        scores += chosen.map {
          AnomalyScore(row: table.place(of: Int($0)), value: .nan, isAlert: false, contributions: [])
        }
      }
    }
    return scores
  }

  /// - Parameter rows: ascending.
  private func scores(
    of rows: [UInt32], by detector: AnomalyDetector, _ report: (DetectionEvent) throws -> Void
  ) throws -> [AnomalyScore] {
    try detector.score(
      detector.encoding.encodedRows(table), rows: rows, of: table, contributors: contributors,
      threads: options.threads
    ) { try report(.progress($0)) }
  }

  /// How the saved detector differs, after what it is fitted to; empty where it does not.
  private var takenAsOrdinary: String {
    isClean || keepsAnomalies
      ? ""
      : " and takes them as ordinary: how far a new row is from the nearest one counts, while the scores of these rows, among which "
        + "anomalies may lie together, go by the mean over many"
  }

  /// How all rows got their scores, in a sentence or three.
  var description: String {
    let sampled = more == nil ? "" : " of the sample"
    let learnt = (isClean ? "all rows\(sampled) that are no known anomalies" : "all rows\(sampled)")
    let others =
      heldOut.isEmpty
      ? "the others\(sampled) in two halves, each by one fitted to \(learnt) but that half"
      : "those of the training part by the one of its \(grouped(heldOut.count)) models that did not learn them"
        + (parts.leftOut.isEmpty ? "" : ", and anomalies that were left out of it by the first")
    return
      "Every score comes from a detector that had not learnt its row: the \(ReportText.count(parts.test.count, "measured row")) were scored by the "
      + "one fitted to the training part, \(others). The detector that is saved is fitted to \(learnt)\(takenAsOrdinary)."
  }
}
