import ArgumentParser
import Hourglass

/// Data sets.
struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Finds a data set, or writes one as shards, which may be larger than memory.",
    discussion: "hourglass data NAME is short for hourglass data find NAME.",
    subcommands: [
      DataFindCommand.self, DataShardCommand.self, DataCheckCommand.self, DataMachinesCommand.self,
      DataNoisesCommand.self,
    ],
    defaultSubcommand: DataFindCommand.self)
}

struct DataFindCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find", abstract: "Finds, or downloads and checks, a data set.")

  @Argument(
    help: ArgumentHelp(
      "\(NamedDataSet.all.map(\.name).joined(separator: ", ")), or a folder or file of your own.",
      valueName: "name"), completion: .file())
  var name: String

  @OptionGroup var arrays: AxesOptions

  @OptionGroup var pictures: StrictOptions

  /// Pictures from this height and width on may be photos, of which patches are cut.
  private static let sideOfPhotos = 64

  func validate() throws { try requireNamed(name) }

  func run() async throws {
    let data = try await DataDescription(
      DataSource(name), axes: arrays.channels, isStrict: pictures.isStrict
    ).loadHeedingSignals()
    let kind = "\(data.form.noun)s"
    let classes = data.classNames.isEmpty ? "" : ", \(grouped(data.classNames.count)) classes"
    let test = data.hasTest ? grouped(data.test.count) : "no"
    if data.form.isPicture, !data.trainingNames.isEmpty,
      min(data.training.shape[1], data.training.shape[2]) >= Self.sideOfPhotos
    {
      Terminal.note(
        "The pictures are counted whole; a recipe with data.patches, such as photo-denoise, reads patches that are cut from them."
      )
    }
    try Terminal.result(
      "\(data.name): \(grouped(data.training.count)) training and \(test) test \(kind) of "
        + "\(data.training.shape)\(classes)")
  }
}
