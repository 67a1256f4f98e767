import ArgumentParser
import Hourglass

struct RecipesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipes", abstract: "Lists the recipes, or shows one to start your own from.")

  @Option(
    help: ArgumentHelp(
      "Print the YAML of this recipe, or of the one that a run folder holds.", valueName: "recipe"),
    completion: .custom { _, _, word in RecipeArgument.completions(of: word) })
  var show: String?

  @Flag(help: "Print the JSON Schema of recipes, by which editors complete and check them.")
  var schema = false

  @OptionGroup var json: JSONOptions

  func validate() throws {
    guard [show != nil, schema, json.isAsked].filter({ $0 }).count <= 1 else {
      throw ValidationError("--show, --schema and --json each ask for something else; give one of them.")
    }
  }

  func run() throws {
    if schema {
      try Terminal.result(RecipeSchema.text())
      return
    }
    if let show {
      try Terminal.result(
        lines: RecipeArgument.text(of: show).trimmingSuffix(while: \.isNewline).parts(at: "\n"))
      return
    }
    let recipes = try RecipeCatalogue.names.map { try RecipeCatalogue.recipe($0) }
    if json.isAsked {
      try Terminal.result(
        JSONLine.text(
          recipes.map {
            [
              "name": JSONLine.Value.text($0.name), "summary": .text($0.summary),
              "data": .text($0.data.source.text),
            ]
          }))
      return
    }
    let width = recipes.map(\.name.count).max() ?? 0
    for recipe in recipes {
      try Terminal.result(
        recipe.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + recipe.summary)
    }
  }
}

extension String {
  fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
    var text = self
    while let last = text.last, predicate(last) { text.removeLast() }
    return text
  }
}
