import HourglassBase
import HourglassFiles

/// The folder of one run and the files in it.
public struct RunFolder: Sendable {
  public let path: String

  public init(_ path: String) {
    self.path = Folder(path).path
  }

  public var recipe: String { "\(path)/recipe.yaml" }
  public var model: String { "\(path)/model.safetensors" }
  public var history: String { "\(path)/history.csv" }
  public var report: String { "\(path)/report.html" }
  public var result: String { "\(path)/result.json" }
  public var figures: String { "\(path)/figures" }
  package var checkpoint: String { "\(path)/checkpoint" }
  var lock: String { "\(path)/.lock" }

  /// Whether a recipe lies here, which a run writes before it trains; whose it is, it does not say.
  ///
  /// - Throws: `HourglassError` (environment) when the system does not let us know.
  package var holdsRun: Bool { get throws { try FileEntry.exists(recipe) } }

  /// Whether a model lies here, which a run writes when it has trained, before its report and its result.
  ///
  /// - Throws: as `holdsRun`.
  package var holdsModel: Bool { get throws { try FileEntry.exists(model) } }

  /// A run replaces files by name, so it takes a folder of its own.
  ///
  /// - Throws: `HourglassError`: usage when a folder without a run has files of someone else, environment when the system does
  ///   not let us know.
  func refuseOtherFiles() throws {
    guard try !holdsRun else { return }
    // Hidden files are the lock, what a killed process left, or the system's.
    guard let other = try (FileEntry.names(in: path) ?? []).first(where: { !$0.isHiddenName }) else {
      return
    }
    throw HourglassError(
      .usage,
      "\(path) holds other files, such as \(shortened(other)); a run needs a folder of its own",
      .choose(.output))
  }

  /// Links that a run would follow to files of someone else, which it would then replace. Only checkpoints, which are large,
  /// may lie in a folder elsewhere, such as on another disk: there nothing is replaced that no run wrote.
  ///
  /// - Throws: `HourglassError`: usage when one of the run's files is such a link, environment when the system does not let us
  ///   know.
  func refuseLinks() throws {
    let inner = try [checkpoint, figures].flatMap { folder in
      try (FileEntry.names(in: folder) ?? []).map { "\(folder)/\($0)" }
    }
    for file in [recipe, model, history, report, result, checkpoint, figures] + inner
    where try file == figures ? FileEntry.isLink(file) : FileEntry.isLinkToNoFolder(file) {
      throw HourglassError(
        .usage, "\(file) is a link to another place, which the run would write to", .text("remove the link"),
        .choose(.output))
    }
  }

  /// Removes what a killed process left of files it was writing; what cannot be listed stays. Only for who holds the folder's
  /// lock.
  func removeLeftovers() {
    for folder in [path, checkpoint, figures] {
      for file in (try? FileEntry.names(in: folder)) ?? []
      where file.begins(with: ".hourglass-") && file.ends(with: ".partial") {
        FileEntry.discard("\(folder)/\(file)")
      }
    }
  }

  /// Makes the first of `runs/NAME`, `runs/NAME-2`, ... of which nothing is there yet. Of several processes that do so at once
  /// each gets another.
  ///
  /// - Throws: `HourglassError` (environment) when it cannot be made.
  package static func takeUnused(for name: String) throws -> RunFolder {
    var number = 1
    while true {
      let folder = RunFolder(number == 1 ? "runs/\(name)" : "runs/\(name)-\(number)")
      if try Folder(folder.path).take() { return folder }
      number += 1
    }
  }

  /// Gives the name back if nothing was written; `runs` goes too when nothing else is in it.
  package func removeIfEmpty() {
    Folder(path).removeIfEmpty()
    if path.begins(with: "runs/") { Folder("runs").removeIfEmpty() }
  }
}
