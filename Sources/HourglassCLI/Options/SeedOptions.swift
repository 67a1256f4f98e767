import ArgumentParser

/// What random numbers depend on.
struct SeedOptions<Usual: UsualSeed>: ParsableArguments {
  @Option(
    name: .customLong("seed"),
    help: "The same seed gives the same result, bit for bit; \(Usual.words) if not given.")
  var given: Int?

  func validate() throws { try require(given, in: Usual.range, option: "--seed") }

  /// Nil if nobody gives one.
  var value: UInt64? { given.map { UInt64($0) } }
}

extension SeedOptions where Usual == SeedOne {
  var number: Int { given ?? 1 }
}

/// The seed if nobody gives one.
protocol UsualSeed {
  static var words: String { get }
}

extension UsualSeed {
  /// As of recipes: what every reader of JSON takes without rounding.
  static var range: ClosedRange<Int> { 0...1 << 53 }
}

/// Where nothing was trained with a seed.
enum SeedOne: UsualSeed { static let words = "1" }

/// Where a model was trained with a seed already.
enum ModelSeed: UsualSeed { static let words = "the model's seed" }

enum RecipeSeed: UsualSeed { static let words = "the recipe's seed" }
