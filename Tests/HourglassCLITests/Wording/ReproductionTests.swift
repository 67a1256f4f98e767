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
}
