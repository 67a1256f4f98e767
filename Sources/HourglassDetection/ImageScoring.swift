import HourglassBase
import HourglassData
import HourglassDrawing
import HourglassEngine

/// Scores images.
package struct ImageScoring: Sendable {
  var detector: AnomalyDetector
  var images: DataSet
  /// Only the first images.
  var limit: Int?
  var threads: Int?
  /// Where a sheet of the highest and the lowest scores goes, see `HeatMaps`; a PNG or JPEG file.
  package var figure: String?
  /// That score together with this one, each with the same images; the first writes.
  package var processes: (any ProcessGroup)?

  package init(detector: AnomalyDetector, images: DataSet, limit: Int? = nil, threads: Int? = nil) {
    self.detector = detector
    self.images = images
    self.limit = limit
    self.threads = threads
  }

  /// The images that are scored, with numbers that mean what those of the fit meant: of the test part, or all where there is none.
  ///
  /// - Returns: also what a person should know of them.
  /// - Throws: `HourglassError` (badData) when the images hold numbers that cannot be meant.
  package func scored() throws(HourglassError) -> (samples: any SampleSource, note: String?) {
    try detector.matched(
      (images.hasTest ? images.test : images.training).prefix(limit ?? .max), named: images.name)
  }

  /// Scores images for the first process, which writes them.
  ///
  /// - Throws: `HourglassError` as `write`, and when another process is lost.
  package func scoreForFirst() throws {
    _ = try detector.scores(scored().samples, threads: threads, processes: processes)
  }

  /// Writes `row,score,alert`, and `file` where images are files, of the test part, or of all images where there is none.
  ///
  /// - Parameter progress: told now and then; what it throws ends the work, and nothing is written.
  /// - Throws: `HourglassError`: usage when the detector takes tables or images of another shape, badData when the images
  ///   hold numbers that cannot be meant, environment when the scores cannot be written.
  package func write(to out: String, progress: WorkProgress.Report = { _ in }) throws -> ScoringSummary {
    guard case .images(let normalClass) = detector.input else {
      throw HourglassError(.usage, "The detector was fitted to a table, not to images; give a CSV file.")
    }
    let begun = ContinuousClock.now
    let (samples, note) = try scored()
    let numbers = images.hasTest ? images.testLabels : images.trainingLabels
    let truth = ImageDetection.truth(of: numbers, in: images, normalClass: normalClass)
    let scores = try detector.scores(
      samples, threads: threads, processes: processes, progress: progress)
    var summary = ScoringSummary(threshold: detector.threshold.value)
    let lines = AnomalyScore.lines(
      scores.values, rows: (0..<UInt32(samples.count)).map { $0 }, threshold: detector.threshold.value)
    for score in lines { summary.add(score, truth: truth.isEmpty ? nil : truth[score.row]) }
    let rows = (0..<UInt32(samples.count)).map { $0 }
    if let figure {
      guard
        let sheet = try HeatMaps.sheet(
          samples, rows: rows, scores: scores.values, detector: detector, threads: threads)
      else {
        throw HourglassError(
          .usage, "Images of shape \(samples.shape) cannot be shown", .leaveOut(.figure))
      }
      try sheet.write(to: figure)
    }
    try ScoreTable.write(
      lines, truth: truth.isEmpty ? Array(repeating: nil, count: samples.count) : truth, contributors: 0,
      files: images.hasTest ? images.testNames : images.trainingNames, to: out)
    summary.measure()
    summary.notes = [note, summary.alertDoubt(noun: "image")].compactMap(\.self)
    summary.seconds = (ContinuousClock.now - begun) / .seconds(1)
    return summary
  }
}
