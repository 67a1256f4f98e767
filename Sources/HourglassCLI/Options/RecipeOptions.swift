import ArgumentParser
import Hourglass

/// The options that change a recipe.
struct RecipeOptions: ParsableArguments {
  @OptionGroup var source: RecipeArgument

  @OptionGroup var data: DataSourceOptions

  @Option(help: "Passes over the training samples; as many as the recipe says if not given.")
  var epochs: Int?

  @Option(help: "Samples between two updates of the weights; as many as the recipe says if not given.")
  var batchSize: Int?

  @Option(help: "The same seed gives the same weights, bit for bit; the recipe's seed if not given.")
  var seed: Int?

  @OptionGroup var limit: LimitOptions

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change a setting of the recipe, such as optimizer.adam.learning_rate=0.01; may be repeated.",
      valueName: "key=value"))
  var overrides: [String] = []

  func validate() throws {
    for override in overrides {
      try require(
        override.dropFirst().contains("="),
        "--set \(override) has no \(override.contains("=") ? "key" : "\"=\""); write KEY=VALUE, such as epochs=5."
      )
    }
  }

  func load() throws -> Recipe {
    var all = overrides
    if let epochs { all.append("epochs=\(epochs)") }
    if let batchSize { all.append("batch_size=\(batchSize)") }
    if let seed { all.append("seed=\(seed)") }
    if let limit = limit.count { all.append("limit=\(limit)") }
    var recipe = try source.load(overrides: all)
    if let data = data.name { recipe.data.source = try DataSource(option: data) }
    return recipe
  }
}

extension DataSource {
  /// What `--data` says.
  init(option text: String) throws {
    guard !text.isEmpty else {
      throw HourglassError(.usage, "--data is empty; name a data set, a folder or a file.")
    }
    self.init(text)
  }
}

extension Recipe {
  /// The recipe's data, for its model.
  func loadData() async throws -> DataSet {
    try await data.load(for: model.inputShape, seed: plan.seed, progress: ProgressBar().show)
  }
}
