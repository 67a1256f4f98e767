import ArgumentParser
import Hourglass

struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary", abstract: "Prints a recipe's layers, output shapes and parameters.")

  @OptionGroup var options: RecipeOptions

  @OptionGroup var json: JSONOptions

  func run() throws {
    let recipe = try options.load()
    if json.isAsked {
      Terminal.note(lines: try recipe.model.summary().parts(at: "\n"))
      try Terminal.result(
        JSONLine.text([
          "recipe": JSONLine.Value.text(recipe.name), "parameters": .integer(recipe.model.parameterCount()),
          "code": .text(recipe.model.codeShape.description),
        ]))
    } else {
      try Terminal.result(lines: recipe.model.summary().parts(at: "\n"))
    }
  }
}
