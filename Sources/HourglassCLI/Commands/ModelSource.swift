import Hourglass
import HourglassGraph

/// A trained model from the command line, with the data that belong to it.
struct ModelSource {
  let model: TrainedModel
  /// The name or the folder of the data.
  let data: String

  /// - Parameters:
  ///   - run: a run folder, or a .safetensors file.
  ///   - data: other data than the run's.
  ///   - purpose: what the data are for, as in "what to evaluate on".
  init(run: String, data: String?, purpose: String) throws {
    if run.hasSuffix(".safetensors") && !RunFolder(run).isFolder {
      guard let data else {
        throw HourglassError(.usage, "\(run) does not say \(purpose); add --data DIR.")
      }
      model = try TrainedModel.read(path: run)
      self.data = data
      return
    }
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
    model = try TrainedModel.read(path: folder.model)
    self.data = try data ?? RecipeCatalogue.recipe(folder.recipe).data
  }
}
