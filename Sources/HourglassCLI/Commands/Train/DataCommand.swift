import ArgumentParser
import Hourglass

struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Finds, or downloads and checks, a data set.")

  @Argument(
    help: ArgumentHelp(
      "\(NamedDataSet.all.map(\.name).joined(separator: ", ")), or a folder or file of your own.",
      valueName: "name"), completion: .file())
  var name: String

  @OptionGroup var arrays: AxesOptions

  @OptionGroup var pictures: StrictOptions

  func validate() throws { try requireNamed(name) }

  func run() async throws {
    let data = try await DataDescription(
      DataSource(name), axes: arrays.channels, isStrict: pictures.isStrict
    ).loadHeedingSignals()
    let kind = "\(data.form.noun)s"
    let classes = data.classNames.isEmpty ? "" : ", \(grouped(data.classNames.count)) classes"
    let test = data.hasTest ? grouped(data.test.count) : "no"
    try Terminal.result(
      "\(data.name): \(grouped(data.training.count)) training and \(test) test \(kind) of "
        + "\(data.training.shape)\(classes)")
  }
}
