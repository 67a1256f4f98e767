import Foundation
import HourglassBase
import HourglassEngine
import HourglassFiles
import HourglassModels
import HourglassNN

extension TrainingRun {
  /// Where training begins: at a checkpoint, at an imported model, or with the parameters as they are.
  struct Beginning: Codable {
    var state = TrainingState()
    /// The best weights so far, which go to other processes with the parameters.
    var best: [String: [Float]] = [:]
    /// Of a run that is done.
    var result: RunResult?
    /// Whether the parameters are others than those of the seed.
    var isChanged = false

    enum CodingKeys: String, CodingKey { case state, result, isChanged }
  }

  /// Finds it in the folder, puts it into the parameters, and tells the other processes.
  func beginning(_ parameters: ParameterStore) throws -> Beginning {
    var beginning = isFirst ? try foundBeginning(parameters) : Beginning()
    guard let processes else { return beginning }
    // The others do not see the folder, which may be on another machine.
    let told = try processes.fromFirst(Array(JSONEncoder().encode(beginning)))
    if !isFirst { beginning = try JSONDecoder().decode(Beginning.self, from: Data(told)) }
    guard beginning.isChanged else { return beginning }
    let tensors = try processes.fromFirst(
      Checkpoint.tensors(parameters, best: beginning.best).serialized())
    if !isFirst {
      beginning.best = try Checkpoint.restore(
        SafeTensors.parse(tensors, source: "process 0"), to: parameters, folder: folder)
    }
    return beginning
  }

  /// What the folder holds, put into the parameters.
  private func foundBeginning(_ parameters: ParameterStore) throws -> Beginning {
    var beginning = Beginning()
    if let checkpoint = try Checkpoint.read(folder) {
      guard knownDigests.contains(checkpoint.manifest.recipe) else {
        throw HourglassError(
          .badData,
          "The checkpoint in \(folder.checkpoint) is of another recipe than \(folder.recipe); delete that folder to "
            + "train from the beginning.")
      }
      guard checkpoint.manifest.data == dataDigest else {
        throw HourglassError(
          .usage,
          "The run in \(folder.path) was trained on other data than given now",
          .text("resume it with the same data"), .choose(.output))
      }
      if checkpoint.manifest.state.isOver(by: recipe.plan), var result = try RunResult.read(folder) {
        result.run = folder.path
        beginning.result = result
        return beginning
      }
      beginning.best = try Checkpoint.restore(checkpoint.tensors, to: parameters, folder: folder)
      (beginning.state, beginning.isChanged) = (checkpoint.manifest.state, true)
      if !beginning.state.isOver(by: recipe.plan) {
        beginning.state.isFinished = false
        try reopen()
      }
    } else if let imported = try folder.importedModel() {
      for entry in parameters.entries where imported.parameters.entry(entry.name)?.shape == entry.shape {
        parameters.write(entry.name, imported.parameters.read(entry.name))
      }
      beginning.isChanged = true
    }
    return beginning
  }

  /// Makes a run that goes on to other epochs an unfinished one: its model stays until another is written, but no result
  /// says that it is complete. The recipe is written last: a process that dies before leaves the run as it was.
  private func reopen() throws {
    guard let changeOfEpochs, !changeOfEpochs.isOver else { return }
    FileEntry.discard(folder.result)
    try AtomicFile.write(storedRecipe, to: folder.recipe)
  }
}
