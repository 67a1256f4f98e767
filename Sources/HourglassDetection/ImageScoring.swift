import HourglassBase
import HourglassData
import HourglassDrawing

/// Scores images.
package struct ImageScoring: Sendable {
  var detector: AnomalyDetector
  var images: DataSet
  /// Only the first images.
  var limit: Int?
  var threads: Int?
  /// Where a sheet of the highest and the lowest scores goes, see `HeatMaps`; a PNG or JPEG file.
  package var figure: String?

  package init(detector: AnomalyDetector, images: DataSet, limit: Int? = nil, threads: Int? = nil) {
    self.detector = detector
    self.images = images
    self.limit = limit
    self.threads = threads
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
    let (samples, note) = try detector.matched(
      (images.hasTest ? images.test : images.training).prefix(limit ?? .max), named: images.name)
    let numbers = images.hasTest ? images.testLabels : images.trainingLabels
    let truth = ImageDetection.truth(of: numbers, in: images, normalClass: normalClass)
    let scores = try detector.scores(samples, threads: threads, progress: progress)
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
