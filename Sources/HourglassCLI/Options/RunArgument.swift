import ArgumentParser
import Foundation
import Hourglass

/// A trained model as commands take it: the folder of a run, or a `.safetensors` file.
struct RunArgument: ParsableArguments {
  @Argument(help: "A run folder, or a .safetensors file.", completion: .file())
  var run: String

  private var isFile: Bool { get throws { try run.ends(with: ".safetensors") && !Folder(run).exists } }

  /// What it reads, which no `--out` may replace.
  var files: [String] { [run, RunFolder(run).model] }

  /// - Throws: `HourglassError` when there is no finished run.
  func modelFile() throws -> String { try isFile ? run : finishedFolder().model }

  /// - Throws: `HourglassError` when there is no finished run, or its model is damaged.
  func model() throws -> TrainedModel { try TrainedModel.read(path: modelFile()) }

  /// The anomaly detector that the folder or the file holds; nil where it is a run of an autoencoder.
  ///
  /// - Throws: `HourglassError` when the file of a detector is damaged.
  func detector() throws -> AnomalyDetector? {
    if try !isFile, try RunFolder(run).holdsRun { return nil }
    let path = try isFile ? run : RunFolder(run).model
    guard try FileEntry.exists(path), try AnomalyDetector.isDetector(path: path) else { return nil }
    return try AnomalyDetector.read(path: path)
  }

  /// What a detector is called: its folder, or its file.
  var detectorName: String {
    let url = URL(filePath: run).standardizedFileURL
    return url.pathExtension == "safetensors"
      ? url.deletingPathExtension().lastPathComponent : url.lastPathComponent
  }

  private func finishedFolder() throws -> RunFolder {
    let folder = RunFolder(run)
    guard try folder.holdsRun || !folder.holdsModel else { throw holdsModelAlone(folder) }
    guard try folder.holdsRun else {
      throw HourglassError(
        .environment, "There is no run in \(run); give the folder of a run, or a .safetensors file.")
    }
    guard try folder.holdsModel else {
      throw HourglassError(
        .environment,
        "The run in \(run) is not finished; go on with it with \(ErrorWording.resumption(recipe: folder.recipe, folder: run))."
      )
    }
    return folder
  }

  /// What a folder with a model and no recipe is.
  private func holdsModelAlone(_ folder: RunFolder) -> HourglassError {
    // Only the file says whose it is.
    if (try? AnomalyDetector.read(path: folder.model)) != nil {
      return HourglassError(
        .usage,
        "\(run) holds an anomaly detector, no autoencoder of its own; use hourglass detect score \(run.shellPath) "
          + "FILE.csv --out scores.csv.")
    }
    return HourglassError(
      .environment,
      "\(run) has a model.safetensors, but no recipe.yaml as the folder of a run has; give the model alone by its "
        + "file, \(folder.model.shellPath).")
  }

  /// The recipe that the run was made with; nil for a file, which has none.
  private func recipe() throws -> Recipe? {
    try isFile ? nil : RecipeCatalogue.recipe(finishedFolder().recipe)
  }

  /// What the model is called: the recipe that the run was made with, or the file.
  func name() throws -> String {
    try recipe()?.name ?? URL(filePath: run).deletingPathExtension().lastPathComponent
  }

  /// Samples that the run trained on; nil for a file, and for a run whose result is not written yet.
  func trainedOn() throws -> Int? { try isFile ? nil : RunResult.read(finishedFolder())?.trainingSamples }

  /// - Parameter data: what `--data` names.
  /// - Throws: `HourglassError` (usage), before anything is read, when nobody says which data.
  func checkSaysData(_ data: String?) throws {
    if try isFile, data == nil { throw saysNoData }
  }

  private var saysNoData: HourglassError {
    HourglassError(.usage, "\(run) does not say what data it belongs to; add --data DIR.")
  }

  /// Data for a model: the run's own, or those that `--data` names, brought into shape as the run's recipe says.
  ///
  /// - Throws: `HourglassError`: usage when nobody says which data, badData when they do not fit the model.
  ///
  /// - Parameters:
  ///   - choice: what `--data` and the options beside it say.
  ///   - fit: how pictures get the model's size, instead of what the recipe says.
  ///   - hasFit: whether the command has `--fit`.
  func dataSet(
    for trained: TrainedModel, _ choice: DataChoice, fit: PictureFit? = nil, hasFit: Bool = false
  ) async throws -> DataSet {
    var description = try recipe()?.data
    if let name = choice.name, description == nil { description = DataDescription(DataSource(name)) }
    guard var description else { throw saysNoData }
    description.take(choice)
    if let fit { description.fitting = try fit.fitting(to: trained.model.input) }
    let set: DataSet
    do {
      let (shape, seed) = (trained.model.inputShape, trained.seed)
      // A run keeps how its own pictures were made to fit; nobody asked for it here.
      set =
        try await choice.name != nil && fit == nil
        ? description.loadOthersHeedingSignals(for: shape, seed: seed)
        : description.loadHeedingSignals(for: shape, seed: seed)
    } catch let error as HourglassError where hasFit {
      throw ErrorWording.withFit(error)
    }
    guard let samples = set.viewed(as: trained.model.input) else {
      throw HourglassError(
        .badData,
        "The \(set.form.noun)s of \(set.name) have shape \(set.training.shape), but the model in \(run) takes "
          + "\(trained.model.inputShape); give other data with --data DIR.")
    }
    // Patches are cut for training; who wants whole photos should know.
    if description.patches != nil {
      let shape = samples.training.shape
      Terminal.note(
        "The samples are patches of \(shape[1]) x \(shape[2]) pixels from the photos of \(samples.name), cut as for "
          + "training; they are not whole photos.")
    }
    let (matched, notes) = try samples.matched(to: trained.values)
    for note in notes { Terminal.note(note) }
    return matched
  }

  /// A part of the data, or all of them where they have no such part.
  func samples(
    for trained: TrainedModel, _ choice: DataChoice, split: Split
  ) async throws -> any SampleSource {
    let set = try await dataSet(for: trained, choice)
    return split == .test && set.hasTest ? set.test : set.training
  }

  /// How the run's recipe brings pictures into the model's shape.
  func fitting() throws -> PictureFitting { try recipe()?.data.fitting ?? PictureFitting() }

  /// How the run's recipe cuts up mixtures of voices and noise; the usual way for a file, which does not say.
  func maskSettings() throws -> MaskSettings { try recipe()?.data.mixture?.settings ?? MaskSettings() }

  /// Where the run's recipe says that arrays have their channels.
  func axes() throws -> ChannelAxis? { try recipe()?.data.axes }

  /// What to measure on: the test part; else what the run kept out of training, or all.
  func testSamples(
    for trained: TrainedModel, _ choice: DataChoice
  ) async throws -> (data: any SampleSource, samples: [UInt32]) {
    let set = try await dataSet(for: trained, choice)
    if !set.hasTest, choice.name == nil, let recipe = try recipe() {
      return try RunData(set, for: recipe).evaluation
    }
    let samples = set.hasTest ? set.test : set.training
    return (samples, (0..<UInt32(samples.count)).map { $0 })
  }
}
