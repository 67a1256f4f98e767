import Hourglass

/// The command that trains a run's model again.
package enum Reproduction {
  /// A shipped recipe by its name with the options that differ, any other by the copy in the run's folder.
  ///
  /// - Parameter folder: the run's folder.
  package static func command(_ recipe: Recipe, folder: String) -> String {
    shippedCommand(recipe)
      ?? "hourglass train \(shellWord("\(folder)/recipe.yaml")) --seed \(recipe.plan.seed)"
  }

  /// nil if options alone do not make the recipe out of a shipped one.
  private static func shippedCommand(_ recipe: Recipe) -> String? {
    guard RecipeCatalogue.names.contains(recipe.name),
      var shipped = try? RecipeCatalogue.recipe(recipe.name)
    else { return nil }
    var words = ["hourglass", "train", recipe.name]
    if shipped.data.source != recipe.data.source {
      words += ["--data", shellWord(recipe.data.source.text)]
      shipped.data.source = recipe.data.source
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
    words += ["--seed", String(recipe.plan.seed)]
    shipped.plan.seed = recipe.plan.seed
    return shipped.value == recipe.value ? words.joined(separator: " ") : nil
  }
}

/// One word for a shell, whatever is in it.
func shellWord(_ word: String) -> String {
  let isPlain = word.unicodeScalars.allSatisfy {
    ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
      || "/._-+,:@%=".unicodeScalars.contains($0)
  }
  return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
}
