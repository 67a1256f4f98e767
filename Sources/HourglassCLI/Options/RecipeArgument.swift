import ArgumentParser
import Foundation
import Hourglass

/// A recipe as commands take it: by its name, or a file.
struct RecipeArgument: ParsableArguments {
  @Argument(
    help: "A recipe that ships with the program (see `hourglass recipes`), or a YAML file.",
    completion: .custom { _, _, word in completions(of: word) })
  var recipe: String

  /// - Throws: `HourglassError` (usage) when there is no such recipe, or a setting is wrong.
  func load(overrides: [String] = []) throws -> Recipe {
    try RecipeCatalogue.recipe(recipe, overrides: overrides)
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
