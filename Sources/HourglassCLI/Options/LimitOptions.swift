import ArgumentParser

/// How much of the data is used.
struct LimitOptions: ParsableArguments {
  @Option(
    name: .customLong("limit"),
    help: ArgumentHelp("The first samples only; of a table the first rows.", valueName: "samples"))
  var count: Int?

  func validate() throws {
    guard let count else { return }
    try require(count >= 1, "--limit is \(count), but must be at least 1.")
  }
}
