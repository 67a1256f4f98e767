import ArgumentParser
import Hourglass
import HourglassData
import HourglassGraph

/// A trained model as commands take it: the folder of a run, or a `.safetensors` file.
struct RunArgument: ParsableArguments {
  @Argument(help: "A run folder, or a .safetensors file.")
  var run: String

  private var isFile: Bool { run.hasSuffix(".safetensors") && !RunFolder(run).isFolder }

  /// - Throws: `HourglassError` when there is no finished run, or its model is damaged.
  func model() throws -> TrainedModel {
    if isFile { return try TrainedModel.read(path: run) }
    let folder = RunFolder(run)
    guard folder.holdsRun else {
      throw HourglassError(
        .environment, "There is no run in \(run); give the folder of a run, or a .safetensors file.")
    }
    guard folder.holdsModel else {
      throw HourglassError(
        .environment,
        "The run in \(run) is not finished; go on with it with hourglass train --resume --out \(run).")
    }
    return try TrainedModel.read(path: folder.model)
  }

  /// The recipe that the run was made with.
  ///
  /// - Throws: `HourglassError` (usage) for a file, which has none.
  func recipe() throws -> Recipe {
    guard !isFile else {
      throw HourglassError(.usage, "\(run) does not say what data it belongs to; add --data DIR.")
    }
    return try RecipeCatalogue.recipe(RunFolder(run).recipe)
  }
}
