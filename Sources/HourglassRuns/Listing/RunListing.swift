import HourglassBase
import HourglassFiles

/// All runs in a folder and in the folders below it.
package struct RunListing: Sendable {
  /// By their paths.
  package private(set) var runs: [RunSummary] = []
  /// Which folders could not be looked at, one sentence each.
  package private(set) var notes: [String] = []

  private var walk = FolderWalk()

  /// Reads the runs. Hidden folders are passed over, as is what lies within a run.
  ///
  /// - Parameter folder: of runs, or of one run; paths of the runs begin with it.
  /// - Throws: `HourglassError` (environment) when there is no such folder, it cannot be listed or holds more than
  ///   `FolderWalk.Limits.entries`.
  package init(below folder: String) throws {
    let top = Folder(folder).path
    guard let names = try FileEntry.names(in: top) else {
      throw HourglassError(
        .environment,
        try FileEntry.exists(top)
          ? "\(top) is a file, but must be a folder of runs" : "There is no folder \(top)",
        .text("give the folder that your runs are in"))
    }
    try visit(top, names, depth: 0)
  }

  private mutating func visit(_ path: String, _ names: [String], depth: Int) throws {
    guard try walk.enter(path, depth: depth) else { return }
    try walk.count(names.count, in: path)
    if let run = RunSummary.read(path, names: Set(names)) {
      runs.append(run)
      return
    }
    for name in names where !name.isHiddenName {
      let inner = path == "/" ? "/\(name)" : "\(path)/\(name)"
      guard let names = listed(inner) else { continue }
      guard depth < FolderWalk.Limits.depth else {
        notes.append(
          "\(inner) lies more than \(FolderWalk.Limits.depth) folders deep, and was not looked into.")
        continue
      }
      try visit(inner, names, depth: depth + 1)
    }
  }

  /// - Returns: the names in a folder; nil where there is none, or it cannot be listed, which is noted.
  private mutating func listed(_ path: String) -> [String]? {
    do {
      return try FileEntry.at(path) == .folder ? FileEntry.names(in: path) : nil
    } catch {
      notes.append((error as? HourglassError)?.message ?? error.localizedDescription)
      return nil
    }
  }
}
