import ArgumentParser
import Foundation
import Hourglass

/// Anomaly detection.
struct DetectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect", abstract: "Finds rows or images that do not look like the others.",
    subcommands: [DetectFitCommand.self, DetectScoreCommand.self])
}

extension AnomalyScoring: ExpressibleByArgument {}
extension ColumnScaling: ExpressibleByArgument {}
extension DetectionSplit.Order: ExpressibleByArgument {}

/// How a CSV file is written.
struct TableOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Between two cells; found out if not given. \"tab\" is a tabulator.", valueName: "character"))
  var separator: String?

  @Flag(inversion: .prefixedNo, help: "Whether the first line holds names; found out if not given.")
  var header: Bool?

  @Option(
    help: ArgumentHelp("Columns of numbers that are categories, separated by commas.", valueName: "columns"))
  var categorical: String?

  func format() throws -> TableFormat {
    var format = TableFormat(hasHeader: header, categories: Set(names(categorical)))
    if let separator {
      let text = separator == "tab" || separator == "\\t" ? "\t" : separator
      guard text.count == 1, let character = text.first else {
        throw HourglassError(
          .usage, "--separator is \"\(separator)\", but must be one character, such as \";\", or tab.")
      }
      format.separator = character
    }
    return format
  }

  func names(_ text: String?) -> [String] {
    (text ?? "").split(separator: ",").map { String($0).trimmingCharacters(in: .whitespaces) }.filter {
      !$0.isEmpty
    }
  }
}
