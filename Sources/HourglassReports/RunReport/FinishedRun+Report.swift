import HourglassBase
import HourglassFiles
import HourglassPictures
import HourglassRuns

extension FinishedRun {
  /// Draws the figures and writes the page, on threads of its own, not on Swift's cooperative pool.
  ///
  /// - Parameters:
  ///   - commandAgain: what makes the run again, for the page to show; nil where nobody types one.
  ///   - progress: told after each figure, on the working thread; what it throws ends the work before the page is written.
  /// - Throws: `HourglassError` (environment) when a file cannot be written; `CancellationError` when the task is
  ///   cancelled; what `progress` throws.
  public func writeReport(
    commandAgain: String? = nil, progress: @escaping @Sendable (WorkProgress) throws -> Void = { _ in }
  ) async throws {
    try await onOwnThread(telling: progress) { tell in
      try writeReport(commandAgain: commandAgain, progress: tell)
    }
  }

  /// The same on the calling thread: what `TrainingRun.run(present:)` is given, which calls it on the training thread, to
  /// show a run in its folder.
  ///
  /// - Parameter progress: told after each figure; what it throws ends the work before the page is written.
  public func writeReport(
    commandAgain: String? = nil, progress: WorkProgress.Report = { _ in }
  ) throws {
    let figures = try RunFigures(trained, data: data, samples: samples)
    for (index, figure) in figures.all.enumerated() {
      try PNG.write(figure.picture, to: "\(folder.figures)/\(figure.file)")
      try progress(WorkProgress("drawing", done: index + 1, of: figures.all.count, "figures"))
    }
    let page = try RunReport(
      recipe: recipe, result: result, history: history, figures: figures, commandAgain: commandAgain
    ).html()
    try AtomicFile.write(page, to: folder.report)
  }
}
