import HourglassBase
import HourglassFiles

/// The folder of a detection run and the files in it.
public struct DetectionFolder: Sendable {
  public let path: String

  public init(_ path: String) { self.path = Folder(path).path }

  public var model: String { "\(path)/model.safetensors" }
  public var report: String { "\(path)/report.html" }
  package var result: String { "\(path)/result.json" }
  package var scores: String { "\(path)/scores.csv" }
  var figures: String { "\(path)/figures" }
  package var lock: String { "\(path)/.lock" }

  private static let names: Set<String> = [
    "model.safetensors", "report.html", "result.json", "scores.csv", "figures",
  ]

  /// The model file that a run folder or a `.safetensors` file stands for.
  ///
  /// - Throws: `HourglassError` (environment) when there is none.
  package static func model(of run: String) throws -> String {
    if run.ends(with: ".safetensors"), try !Folder(run).exists { return run }
    let folder = DetectionFolder(run)
    guard try FileEntry.exists(folder.model) else {
      throw HourglassError(
        .environment,
        "There is no detector in \(run)", .text("give the folder of one, or its model.safetensors"),
        .make(.detector))
    }
    return folder.model
  }

  /// Makes the folder before the work that fills it, so that nobody waits for what cannot be written; when the work
  /// fails, a folder without files goes away again.
  ///
  /// - Throws: `HourglassError`: usage when it holds files of someone else or a detector, environment when it cannot be made or
  ///   another process is fitting a detector into it; what `work` throws.
  func filled(_ work: () throws -> DetectionResult) throws -> DetectionResult {
    try Folder(path).create()
    // Before looking: another process may just begin to fill it.
    let lock = try FileLock(lock, of: path, work: "fitting a detector into")
    do {
      try prepare()
      var result = try work()
      if let note = lock.note { result.notes.append(note) }
      lock.release()
      return result
    } catch {
      lock.release()
      for folder in [figures, path] { Folder(folder).removeIfEmpty() }
      throw error
    }
  }

  private func prepare() throws {
    let inner = try (FileEntry.names(in: figures) ?? []).map { "\(figures)/\($0)" }
    try Self.checkIsFree(
      path, holding: Self.names, links: Self.names.sorted().map { "\(path)/\($0)" } + inner)
    try Folder(figures).create()
  }

  /// Checks that a folder may take a detector: it holds no files but those that an attempt which was broken off has left.
  ///
  /// - Parameters:
  ///   - names: of the files that are written into it.
  ///   - links: files that may be links, which nothing is written through.
  /// - Throws: `HourglassError` (usage) when it holds files of someone else, links or a detector.
  package static func checkIsFree(_ path: String, holding names: Set<String>, links: [String]) throws {
    let files = try FileEntry.names(in: path) ?? []
    if let other = files.first(where: { !$0.isHiddenName && !names.contains($0) }) {
      throw HourglassError(
        .usage,
        "\(path) holds other files, such as \(shortened(other)); a run needs a folder of its own",
        .choose(.output))
    }
    guard try !FileEntry.exists(DetectionFolder(path).model) else {
      throw HourglassError(
        .usage, "\(path) already holds a detector, which would be lost", .choose(.output))
    }
    // Replaced by name, they would be followed to files of someone else.
    for file in links where try FileEntry.isLink(file) {
      throw HourglassError(
        .usage, "\(file) is a link to another place, which would be written to", .text("remove the link"),
        .choose(.output))
    }
  }
}
