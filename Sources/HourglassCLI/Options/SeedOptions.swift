import ArgumentParser

/// What random numbers depend on.
struct SeedOptions: ParsableArguments {
  @Option(name: .customLong("seed"), help: "The same seed gives the same result, bit for bit.")
  var number = 1

  func validate() throws { try require(number >= 0, "--seed is \(number), but must be at least 0.") }

  var value: UInt64 { UInt64(number) }
}

/// What random numbers depend on where a model was trained with a seed already.
struct ModelSeedOptions: ParsableArguments {
  @Option(
    name: .customLong("seed"),
    help: "The same seed gives the same result, bit for bit; the model's seed if not given.")
  var number: Int?

  func validate() throws {
    guard let number else { return }
    try require(number >= 0, "--seed is \(number), but must be at least 0.")
  }

  var value: UInt64? { number.map { UInt64($0) } }
}
