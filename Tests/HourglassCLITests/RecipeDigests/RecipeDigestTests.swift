import Foundation
import Testing

/// No number changes by accident: what the shipped recipes and the commands make of small data is, bit for bit, what
/// `digests.txt` holds.
///
/// All of it goes through the program, so that the library can be reshaped at will. Files with times or the program's
/// version (`result.json`, `report.html`) are left out, and the seconds of `history.csv`.
///
/// A change that alters numbers on purpose renews the file and says so in its commit message:
///
///     HOURGLASS_RENEW_DIGESTS=1 swift test -c release --disable-xctest --filter RecipeDigestTests
///
/// That run fails where something was renewed, the next one passes. The digests are those of Linux on x86-64: first
/// weights and noise need `log` and `cos` of the system's mathematical library, whose last bit is its own.
struct RecipeDigestTests {
  /// A recipe that ships, as the program lists it.
  struct ShippedRecipe: Decodable, CustomTestStringConvertible {
    var name: String
    var data: String

    var testDescription: String { name }
    var group: String { "recipe/\(name)" }

    /// What stands in for the recipe's data; of photographs fewer patches, because the recipe's take long.
    var smallData: [String] {
      switch data {
      case "cifar10": ["--data", "cifar"]
      case "photos": ["--data", "photos", "--set", "data.patches.count=96"]
      case "recordings": ["--data", "sounds"]
      case "speech": ["--data", "sounds", "--set", "data.mixture.noise=sounds"]
      default: ["--data", "images"]
      }
    }
  }

  /// Empty when the program cannot tell, of which `nothingIsMissing` complains.
  static let recipes = (try? shippedRecipes()) ?? []

  private static func shippedRecipes() throws -> [ShippedRecipe] {
    let scratch = try Scratch(data: false)
    let list = try scratch.hourglass("recipes", "--json").output
    return try JSONDecoder().decode([ShippedRecipe].self, from: Data(list.utf8))
  }

  @Test func nothingIsMissing() throws {
    try #require(!Self.recipes.isEmpty)
    StoredDigests.shared.checkGroups(Self.recipes.map(\.group) + DigestedOutput.all.map(\.group))
  }

  @Test(arguments: recipes)
  func weights(recipe: ShippedRecipe) throws {
    let scratch = try Scratch(data: false)
    try DigestData.write(to: scratch)
    // 300 samples: with batches of 32, 128 and 256 the last one is not full.
    let outcome = try scratch.hourglass(
      ["train", recipe.name, "--epochs", "2", "--seed", "1", "--limit", "300", "--out", "run", "--json"]
        + recipe.smallData, seconds: 300)
    try #require(outcome.status == 0 && outcome.weights.count == 64, "\(outcome.errors)")
    // As it stands there: a JSON parser may round.
    let metrics = try #require(outcome.output.firstMatch(of: /"metrics":{([^{}]+)}/)).output.1
    StoredDigests.shared.check(
      recipe.group,
      [
        "weights": outcome.weights,
        "history": StoredDigests.digest(try scratch.history("run")),
        "metrics": StoredDigests.digest([String(metrics)]),
      ])
  }

  @Test(arguments: DigestedOutput.all)
  func files(of output: DigestedOutput) throws {
    let scratch = try Scratch(data: false)
    try DigestData.write(to: scratch)
    for command in output.commands {
      let outcome = try scratch.hourglass(command.split(separator: " ").map(String.init), seconds: 300)
      try #require(outcome.status == 0, "\(command): \(outcome.errors)")
    }
    var digests: [String: String] = [:]
    for file in output.files {
      digests[file] = try StoredDigests.digest(file: file, in: scratch)
    }
    StoredDigests.shared.check(output.group, digests)
  }
}
