import ArgumentParser
import Hourglass

/// Where a command that trains writes its run.
struct RunFolderOptions: ParsableArguments {
  @Option(
    name: .customLong("out"),
    help: ArgumentHelp(
      "The run folder; if not given, the first free one in runs, named after the recipe or the data.",
      valueName: "dir"),
    completion: .directory)
  var path: String?

  /// Does work in the folder that was asked for, or else in the first free one, which is taken at once, so that no other
  /// process takes it too, and given back if the work fails before it writes anything.
  ///
  /// - Parameter name: of the recipe or the data.
  func inFolder<Result>(named name: String, _ work: (RunFolder) async throws -> Result) async throws -> Result
  {
    if let path { return try await work(RunFolder(path)) }
    let folder = try RunFolder.takeUnused(for: name)
    do {
      return try await work(folder)
    } catch {
      folder.removeIfEmpty()
      throw error
    }
  }

  func validate() throws { try require(path != "", "--out is empty; name a folder for the run.") }
}
