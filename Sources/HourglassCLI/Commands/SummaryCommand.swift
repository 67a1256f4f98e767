import ArgumentParser
import Hourglass

struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary", abstract: "Prints a recipe's layers, output shapes and parameters.")

  @OptionGroup var options: RecipeOptions

  @Flag(help: "End with one line of JSON.")
  var json = false

  func run() throws {
    let recipe = try options.load()
    if json {
      Terminal.note(try recipe.model.summary())
      try Terminal.result(
        JSONLine.text([
          "recipe": JSONLine.Value.text(recipe.name), "parameters": .integer(recipe.model.parameterCount()),
          "code": .text(recipe.model.codeShape.description),
        ]))
    } else {
      try Terminal.result(recipe.model.summary())
    }
  }
}
