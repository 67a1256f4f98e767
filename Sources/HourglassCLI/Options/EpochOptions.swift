import ArgumentParser

/// How long is trained.
struct EpochOptions: ParsableArguments {
  /// Of recipes and detectors alike.
  static let range = 1...1_000_000

  @Option(
    name: .customLong("epochs"),
    help:
      "Passes over the training samples; if not given, as many as the recipe says, or as make some thousand steps for a detector."
  )
  var count: Int?

  func validate() throws { try require(count, in: Self.range, option: "--epochs") }
}
