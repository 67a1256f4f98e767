import ArgumentParser
import Hourglass

/// The data that `--data` names.
struct DataSourceOptions<Use: DataUse>: ParsableArguments {
  @Option(
    name: .customLong("data"),
    help: ArgumentHelp(
      "A folder with IDX files, CIFAR-10 batches, shards or pictures, a .npy, .npz or .safetensors file, or the name of a data set, \(Use.words).",
      valueName: "dir"),
    completion: .file())
  var name: String?

  @OptionGroup var arrays: AxesOptions

  @OptionGroup var pictures: StrictOptions

  var axes: ChannelAxis? { arrays.channels }

  var choice: DataChoice { DataChoice(name: name, axes: axes, isStrict: pictures.isStrict) }

  func validate() throws { try requireNamed(name) }
}

extension ParsableArguments {
  /// - Parameter data: what `--data` says.
  /// - Throws: `ValidationError` when it is given and says nothing.
  func requireNamed(_ data: String?) throws {
    try require(data != "", "--data is empty; name a data set, a folder or a file.")
  }
}

/// What a command does with the data, as its help says behind what they may be.
protocol DataUse {
  static var words: String { get }
}

/// Other data than those that a run or a recipe names.
enum OtherData: DataUse { static let words = "instead of the run's or the recipe's own data" }

enum DataToCompress: DataUse { static let words = "to compress instead of a picture" }

enum DataToSearchFor: DataUse { static let words = "whose samples are the queries" }
