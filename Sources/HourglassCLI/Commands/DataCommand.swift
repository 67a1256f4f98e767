import ArgumentParser
import Hourglass
import HourglassData

struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Finds, or downloads and checks, a data set.")

  @Argument(help: "fashion-mnist or mnist.")
  var name: String

  func run() async throws {
    let data = try await NamedDataSet.named(name).load { DownloadBar.draw($0) }
    try Terminal.result(
      "\(data.name): \(grouped(data.training.count)) training and \(grouped(data.test.count)) test images of "
        + "\(data.training.shape)")
  }
}
