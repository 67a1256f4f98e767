import ArgumentParser
import Hourglass

/// Other data than those that a run or a recipe names.
struct DataSourceOptions: ParsableArguments {
  @Option(
    name: .customLong("data"),
    help: ArgumentHelp(
      "A folder with IDX files, CIFAR-10 batches or pictures, a .npy or .npz file, or the name of a data set, instead of the run's or the recipe's own data.",
      valueName: "dir"),
    completion: .file())
  var name: String?

  func validate() throws {
    try require(name != "", "--data is empty; name a data set, a folder or a file.")
  }
}
