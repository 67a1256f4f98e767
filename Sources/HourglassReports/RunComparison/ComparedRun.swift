import HourglassBase
import HourglassFiles
import HourglassNN
import HourglassRuns

/// One of the runs that are compared.
package struct ComparedRun: Sendable {
  package let summary: RunSummary
  /// Of a training run.
  let history: [EpochRecord]
  /// SHA-256 of the samples it trains on; nil where its folder does not say.
  let dataDigest: String?

  package var path: String { summary.path }

  /// - Parameter path: the run's folder.
  /// - Throws: `HourglassError`: environment when there is no run or it cannot be read, badData when it is damaged.
  package init(_ path: String) throws {
    let folder = RunFolder(path)
    guard let names = try FileEntry.names(in: folder.path),
      let summary = RunSummary.read(folder.path, names: Set(names))
    else {
      throw HourglassError(
        .environment, "There is no run in \(folder.path)", .text("give the folder of a run"))
    }
    if let complaint = summary.complaint { throw HourglassError(.badData, complaint) }
    self.summary = summary
    history = summary.kind == .training ? try RunHistory.read(folder) : []
    dataDigest = summary.kind == .training ? try folder.dataDigest : nil
  }
}
