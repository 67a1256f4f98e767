import ArgumentParser

/// How many threads work.
struct ThreadOptions: ParsableArguments {
  @Option(
    name: .customLong("threads"),
    help: "Worker threads; all cores if not given. The result does not depend on it.")
  var count: Int?

  func validate() throws {
    guard let count else { return }
    try require(1...1024 ~= count, "--threads is \(count), but must be from 1 to 1024.")
  }
}
