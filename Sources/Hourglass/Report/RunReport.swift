import HourglassData
import HourglassGraph
import HourglassNN

/// A run on one self-contained page.
struct RunReport {
  var recipe: Recipe
  var result: RunResult
  var history: [EpochRecord]
  var figures: RunFigures

  func html() throws -> String { "<!doctype html><title>\(recipe.name)</title>" }
}
