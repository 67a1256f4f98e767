import Hourglass
import HourglassCLI
import Testing

struct ReproductionTests {
  @Test func namesTheCommandOfAShippedRecipe() throws {
    func command(_ overrides: [String], data: String? = nil) throws -> String {
      var recipe = try RecipeCatalogue.recipe("fashion-denoise", overrides: overrides)
      if let data { recipe.data.source = DataSource(data) }
      return Reproduction.command(recipe, folder: "runs/a b")
    }
    #expect(try command([]) == "hourglass train fashion-denoise --seed 1")
    #expect(
      try command(["seed=5", "epochs=3", "batch_size=64", "limit=100"], data: "it's here")
        == #"hourglass train fashion-denoise --data 'it'\''s here' --epochs 3 --batch-size 64 --limit 100 --seed 5"#
    )
    // What options do not say is in the run's own copy.
    #expect(
      try command(["optimizer.adam.learning_rate=0.01"])
        == "hourglass train 'runs/a b/recipe.yaml' --seed 1")
  }

  /// What is printed makes the same recipe again.
  @Test(arguments: [
    ["seed=5"], ["validation=0.25"], ["validation=none", "limit=50"], ["data={images: mnist}"],
    ["data={folder: -x}"], ["objective.denoising.loss=l1"],
  ])
  func saysAllThatDiffers(overrides: [String]) throws {
    let recipe = try RecipeCatalogue.recipe("fashion-denoise", overrides: overrides)
    let scratch = try Scratch(data: false)
    try scratch.write(try YAML.text(recipe.value), "-run/recipe.yaml")
    let command = Reproduction.command(recipe, folder: "-run")
    let words = command.replacing("--data=", with: "--data ").split(separator: " ").map(String.init)
    let isCopy = words[2] == "./-run/recipe.yaml"
    #expect(isCopy == (overrides[0].contains("images: mnist") || overrides[0].contains("objective")))
    var (settings, source) = ([String](), DataSource?.none)
    for (option, value) in zip(words, words.dropFirst()) where option.begins(with: "--") {
      switch option {
      case "--set": settings.append(value)
      case "--data": source = DataSource(value)
      default: settings.append("\(option.dropFirst(2))=\(value)")
      }
    }
    var again = try RecipeCatalogue.recipe(
      isCopy ? "\(scratch.path)/-run/recipe.yaml" : words[2], overrides: settings)
    again.data.source = source ?? again.data.source
    #expect(again.value == recipe.value, "\(command)")
  }

  /// What is copied from a report is the command, whatever marks the quotes in its words have.
  @Test func commandsRunNothingElse() throws {
    let recipe = try RecipeCatalogue.recipe(
      "fashion-denoise", overrides: ["optimizer.adam.learning_rate=0.01"])
    #expect(
      Reproduction.command(recipe, folder: "a'\u{301};touch x;'").unicodeScalars.elementsEqual(
        "hourglass train 'a'\\''\u{301};touch x;'\\''/recipe.yaml' --seed 1".unicodeScalars))
    #expect(
      Reproduction.command(recipe, folder: "-o\n") == #"hourglass train $'./-o\012/recipe.yaml' --seed 1"#)
    #expect(
      ErrorWording.resumption(recipe: "-a b/recipe.yaml", folder: "-a b")
        == "hourglass train './-a b/recipe.yaml' --resume --out './-a b'")
  }
}
