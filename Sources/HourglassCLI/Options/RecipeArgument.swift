import ArgumentParser
import Foundation
import Hourglass

/// A recipe as commands take it: by its name, a file, or the folder of a run.
struct RecipeArgument: ParsableArguments {
  @Argument(
    help:
      "A recipe that ships with the program (see `hourglass recipes`), a YAML file, or a run folder, whose recipe is taken.",
    completion: .custom { _, _, word in completions(of: word) })
  var recipe: String

  /// - Throws: `HourglassError` (usage) when there is no such recipe, or a setting is wrong.
  func load(overrides: [String] = []) throws -> Recipe { try Self.load(recipe, overrides: overrides) }

  /// As `load(overrides:)`, for a recipe that an option names.
  static func load(_ recipe: String, overrides: [String] = []) throws -> Recipe {
    try RecipeCatalogue.recipe(runFolder(recipe)?.recipe ?? recipe, overrides: overrides)
  }

  /// The folder of a run, where it is that; names of recipes come first.
  ///
  /// - Throws: `HourglassError` (environment) when it is a folder without a run, or the system does not let us know.
  var runFolder: RunFolder? { get throws { try Self.runFolder(recipe) } }

  /// The YAML that a recipe, a file or a run folder stands for, as it is written.
  ///
  /// - Throws: `HourglassError` (usage) when there is no such recipe, or a setting is wrong.
  static func text(of recipe: String) throws -> String {
    let name = try runFolder(recipe)?.recipe ?? recipe
    // Whatever is shown is a recipe.
    _ = try RecipeCatalogue.recipe(name)
    return try RecipeCatalogue.written(name)
  }

  /// As the property says.
  private static func runFolder(_ recipe: String) throws -> RunFolder? {
    guard !RecipeCatalogue.names.contains(recipe), try Folder(recipe).exists else { return nil }
    let folder = RunFolder(recipe)
    guard try folder.holdsRun else {
      throw HourglassError(
        .environment,
        "\(recipe) is a folder without a run; give the name of a recipe, a YAML file or the folder of a run."
      )
    }
    return folder
  }

  /// What a shell offers: the names of recipes, and the YAML files and folders where the word leads.
  package static func completions(of word: String) -> [String] {
    let folder = word.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(word[...$0]) } ?? ""
    // What cannot be looked at is not offered.
    let files = (try? FileEntry.names(in: folder.isEmpty ? "." : folder)) ?? []
    let paths = files.compactMap { name -> String? in
      // A shell takes each line for a word, and types it.
      guard !name.unicodeScalars.contains(where: \.isControlling) else { return nil }
      let path = folder + name
      if name.ends(with: ".yaml") || name.ends(with: ".yml") { return path }
      return name.isHiddenName || (try? Folder(path).exists) != true ? nil : "\(path)/"
    }
    return (RecipeCatalogue.names + paths).filter { $0.begins(with: word) }
  }
}
