import ArgumentParser
import Hourglass

/// The table of a database that scores are written to.
struct ScoreTableOptions: ParsableArguments {
  @Option(
    name: .customLong("into"),
    help: ArgumentHelp(
      "A new table for the scores in the database that rows come from, or elsewhere as sqlite:FILE?table=TABLE or postgresql://USER@HOST/DATABASE?table=TABLE.",
      valueName: "table"))
  var table: String?

  /// - Parameter source: where rows come from.
  /// - Throws: `HourglassError` (usage) when no table of a database is named.
  func address(of source: TableOrImagesOptions) throws -> DatabaseAddress? {
    guard let table else { return nil }
    if DatabaseAddress.isOne(table) {
      let address = try DatabaseAddress(table)
      guard case .table = address.selection else {
        throw HourglassError(.usage, "--into is \(address.title), which names no table; add ?table=NAME.")
      }
      return address
    }
    guard !table.isEmpty else { throw HourglassError(.usage, "--into is empty; name the table to write.") }
    guard let database = try source.database else {
      throw HourglassError(
        .usage,
        "--into is \(table.quotedForMessage), but the rows come from no database; give it as sqlite:FILE?table=TABLE or "
          + "postgresql://USER@HOST/DATABASE?table=TABLE.")
    }
    return database.selecting(.table(table))
  }
}
