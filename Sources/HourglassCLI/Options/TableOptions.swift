import ArgumentParser
import Foundation
import Hourglass

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

  func validate() throws {
    try require(
      separator == nil || character != nil,
      "--separator is \"\(separator ?? "")\", but must be one character, such as \";\", or tab.")
  }

  /// Between two cells; nil where none is given, or more than one.
  private var character: Character? {
    let text = separator == "tab" || separator == "\\t" ? "\t" : separator ?? ""
    return text.count == 1 ? text.first : nil
  }

  var format: TableFormat {
    var format = TableFormat(hasHeader: header, categories: Set(names(categorical)))
    if let character { format.separator = character }
    return format
  }

  func names(_ text: String?) -> [String] {
    (text ?? "").split(separator: ",").map { String($0).trimmingCharacters(in: .whitespaces) }.filter {
      !$0.isEmpty
    }
  }
}
