import ArgumentParser
import Hourglass

/// What a detector looks at: a table, or images.
struct TableOrImagesOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("A CSV file, plain or .gz; - is standard input.", valueName: "file"),
    completion: .file())
  var file: String?

  @Option(
    help: ArgumentHelp(
      "Images instead of a table: a folder, a .npy or .npz file, or the name of a data set.", valueName: "dir"
    ), completion: .file())
  var data: String?

  @OptionGroup var arrays: AxesOptions

  @OptionGroup var pictures: StrictOptions

  var axes: ChannelAxis? { arrays.channels }

  func validate() throws {
    try requireNamed(data)
    try require(axes == nil || data != nil, "--axes is for images; give them with --data FILE.npy.")
    try require(
      !pictures.isStrict || data != nil, "--strict is for pictures; give them with --data DIR.")
  }
}
