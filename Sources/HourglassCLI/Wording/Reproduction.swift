import Hourglass

/// The command that trains a run's model again, from the folder that the run was started in and with the same data there.
package enum Reproduction {
  /// A shipped recipe by its name, where data, axes, strictness, epochs, batch size, limit, validation and seed alone differ from it and options
  /// say all of it; any other by the copy in the run's folder.
  ///
  /// - Parameter folder: the run's folder.
  package static func command(_ recipe: Recipe, folder: String) -> String {
    shippedCommand(recipe)
      ?? "hourglass train \("\(folder)/recipe.yaml".shellPath) --seed \(recipe.plan.seed)"
  }

  /// nil if options alone do not make the recipe out of a shipped one.
  private static func shippedCommand(_ recipe: Recipe) -> String? {
    guard RecipeCatalogue.names.contains(recipe.name),
      var shipped = try? RecipeCatalogue.recipe(recipe.name)
    else { return nil }
    // Events change no weights.
    shipped.tensorBoard = recipe.tensorBoard
    var words = ["hourglass", "train", recipe.name.shellWord]
    if shipped.data.source != recipe.data.source {
      let text = recipe.data.source.text
      // A folder that is called like a data set or a file cannot be named so.
      guard DataSource(text) == recipe.data.source else { return nil }
      words += text.begins(with: "-") ? ["--data=\(text)".shellWord] : ["--data", text.shellWord]
      shipped.data.source = recipe.data.source
    }
    if let axes = recipe.data.axes, shipped.data.axes != axes {
      words += ["--axes", axes.rawValue]
      shipped.data.axes = axes
    }
    if recipe.data.isStrict, !shipped.data.isStrict {
      words.append("--strict")
      shipped.data.isStrict = true
    }
    if shipped.plan.epochs != recipe.plan.epochs {
      words += ["--epochs", String(recipe.plan.epochs)]
      shipped.plan.epochs = recipe.plan.epochs
    }
    if shipped.plan.batchSize != recipe.plan.batchSize {
      words += ["--batch-size", String(recipe.plan.batchSize)]
      shipped.plan.batchSize = recipe.plan.batchSize
    }
    if let limit = recipe.limit, shipped.limit != limit {
      words += ["--limit", String(limit)]
      shipped.limit = limit
    }
    // What the recipe leaves open was decided by the data, and is in the recipe as run.
    if shipped.validation != recipe.validation, let validation = text(recipe.validation) {
      words += ["--set", "validation=\(validation)"]
      shipped.validation = recipe.validation
    }
    words += ["--seed", String(recipe.plan.seed)]
    shipped.plan.seed = recipe.plan.seed
    return shipped.value == recipe.value ? words.joined(separator: " ") : nil
  }

  private static func text(_ validation: Recipe.Validation) -> String? {
    switch validation {
    case .automatic: nil
    case .test: "test"
    case .none: "none"
    case .split(let share): "\(share)"
    }
  }
}
