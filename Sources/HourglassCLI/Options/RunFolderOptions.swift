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

  func validate() throws { try require(path != "", "--out is empty; name a folder for the run.") }
}
