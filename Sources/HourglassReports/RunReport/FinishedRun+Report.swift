import HourglassFiles
import HourglassPictures
import HourglassRuns

extension FinishedRun {
  /// Draws the figures and writes the page: what `TrainingRun.run(present:)` is given to show a run in its folder.
  ///
  /// - Parameter commandAgain: what makes the run again, for the page to show; nil where nobody types one.
  /// - Throws: `HourglassError` (environment) when a file cannot be written.
  public func writeReport(commandAgain: String? = nil) throws {
    let figures = try RunFigures(trained, data: data, samples: samples)
    for figure in figures.all { try PNG.write(figure.picture, to: "\(folder.figures)/\(figure.file)") }
    let page = try RunReport(
      recipe: recipe, result: result, history: history, figures: figures, commandAgain: commandAgain
    ).html()
    try AtomicFile.write(page, to: folder.report)
  }
}
