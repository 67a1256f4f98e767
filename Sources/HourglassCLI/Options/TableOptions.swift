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

  @Option(
    help: ArgumentHelp(
      "Columns of numbers to use even if they look like row numbers, identifiers or clocks, separated by commas.",
      valueName: "columns"))
  var keep: String?

  /// Checks that nothing is said that only CSV files need.
  func check(of source: TableOrImagesOptions) throws {
    guard try source.database != nil else { return }
    for (option, isGiven) in [("--separator", separator != nil), ("--header", header != nil)] {
      try require(!isGiven, "\(option) is for CSV files; leave it out with a database.")
    }
  }

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

  /// - Parameter path: of the table, whose columns say where a name has commas in it.
  /// - Throws: `HourglassError` when the table cannot be read.
  func format(of path: String) throws -> TableFormat {
    var format = TableFormat(hasHeader: header)
    if let character { format.separator = character }
    format.categories = Set(try names(categorical, of: path))
    format.features = Set(try names(keep, of: path))
    return format
  }

  /// The names of columns in a list.
  ///
  /// - Throws: `HourglassError` when the table cannot be read.
  func names(_ list: String?, of path: String) throws -> [String] {
    guard let list, list.utf8.contains(UInt8(ascii: ",")) else { return names(list) }
    let format = TableFormat(separator: character, hasHeader: header)
    return ColumnNames.split(list, known: try TableReader(path: path, format: format).columnNames)
  }

  func names(_ text: String?) -> [String] { ColumnNames.split(text ?? "", known: []) }
}
