import Foundation
import HourglassBase
import HourglassDrawing
import HourglassEngine
import HourglassFiles
import HourglassModels
import HourglassNN
import HourglassPictures
import HourglassTensorBoard

/// What TensorBoard shows of a run: curves, spreads of weights, reconstructions as training goes on, the model, the settings, and
/// in the end measures and codes.
///
/// It is told of an epoch before the checkpoint is written, so that it never knows less than a run can go on from; what it knows
/// more is cut off then, and told again. Of epochs that were trained before somebody asked for events the curves are filled in. It
/// only looks: weights have the same bits with it.
struct RunBoard {
  /// Samples whose reconstructions are shown.
  private static let pictures = 10
  /// Codes that the projector gets.
  private static let codes = 2_000

  private let folder: String
  private let log: EventLog
  private let recipe: Recipe
  private let data: RunData
  private let threads: Int

  /// - Parameters:
  ///   - place: the folder that TensorBoard is started with; the run's events go into a folder of its name in there.
  ///   - state: where the run stands.
  /// - Throws: `HourglassError`: usage when another run's events lie there, environment when it cannot be written.
  init(
    _ place: String, for run: RunFolder, recipe: Recipe, data: RunData, threads: Int, state: TrainingState
  ) throws {
    folder = Self.folder(place, for: run)
    (self.recipe, self.data, self.threads) = (recipe, data, threads)
    log = try EventLog(
      in: folder, of: FileEntry.realPath(run.path) ?? run.path, upTo: state.epoch)
    if log.lastStep == nil {
      let settings = recipe.value.flattened.filter { !["name", "summary", "tensorboard"].contains($0.key) }
      try log.append(
        [
          .settings(settings, begun: Date.now.timeIntervalSince1970),
          .code("model", recipe.model.summary()), .code("recipe", YAML.text(recipe.value)),
        ], step: 0)
    }
    for record in state.history where record.epoch > log.lastStep ?? 0 { try append(curves(record), record) }
  }

  /// Where the events of a run go.
  static func folder(_ place: String, for run: RunFolder) -> String {
    "\(Folder(place).path)/\(run.path.lastPathPart ?? "run")"
  }

  /// A path that leads there from any working directory, whether anything lies there or not.
  static func absolute(_ place: String) -> String {
    guard !place.begins(with: "/") else { return place }
    let folder = FileManager.default.currentDirectoryPath
    return folder.ends(with: "/") ? folder + place : "\(folder)/\(place)"
  }

  // MARK: - After an epoch

  /// Tells an epoch and the weights after it.
  ///
  /// - Throws: `HourglassError` (environment) when the log cannot be written or there is no memory.
  func tell(_ record: EpochRecord, _ parameters: ParameterStore) throws {
    var values = curves(record)
    for entry in parameters.entries
    where entry.name != LayerContext.progressName && !entry.name.hasPrefix(LayerContext.drawnPrefix) {
      values.append(.histogram("weights/\(entry.name)", of: parameters.read(entry.name)))
    }
    if Self.isShown(record.epoch) || record.epoch == recipe.plan.epochs {
      let trained = try TrainedModel(
        model: recipe.model, objective: recipe.objective, training: parameters, seed: recipe.plan.seed,
        values: data.values)
      if let sheet = try reconstructions(trained) { values.append(try .picture("reconstructions", sheet)) }
    }
    try append(values, record)
  }

  private func append(_ values: [EventValue], _ record: EpochRecord) throws {
    try log.append(values, step: record.epoch)
  }

  /// 1, 2, 5, 10, 20, 50, ...: early epochs change more.
  private static func isShown(_ epoch: Int) -> Bool {
    var power = 1
    while power * 10 <= epoch { power *= 10 }
    return [1, 2, 5].contains { $0 * power == epoch }
  }

  private func curves(_ record: EpochRecord) -> [EventValue] {
    var values: [EventValue] = [.scalar("loss/training", record.trainLoss)]
    if let loss = record.validationLoss { values.append(.scalar("loss/validation", loss)) }
    values.append(.scalar("training/learning_rate", record.learningRate))
    if record.seconds > 0 {
      values.append(
        .scalar("training/samples_per_second", Double(data.trainingSamples.count) / record.seconds))
    }
    return values
  }

  /// Samples above what the model makes of them; nil where samples are no pictures.
  private func reconstructions(_ trained: TrainedModel) throws -> Picture? {
    let (source, samples) = data.evaluation
    let shape = trained.model.inputShape
    guard trained.model.input.isPicture, !samples.isEmpty else { return nil }
    let chosen = Array(samples.prefix(Self.pictures))
    let pass = try trained.pass(over: source, indices: chosen, threads: threads)
    let originals = try chosen.map { try Picture(samples: source.numbers(of: Int($0)), shape: shape) }
    let shown = try chosen.indices.map { try Picture(samples: pass.shown.sample($0), shape: shape) }
    let rebuilt = try chosen.indices.map {
      try Picture(samples: pass.reconstruction.sample($0), shape: shape)
    }
    let rows = shown == originals ? [originals, rebuilt] : [originals, shown, rebuilt]
    let labels = shown == originals ? ["original", "rebuilt"] : ["original", "shown", "rebuilt"]
    return try ContactSheet(rows: rows, labels: labels).composed()
  }

  // MARK: - In the end

  /// Tells what the run came to, and writes the codes of samples for the projector.
  ///
  /// - Throws: `HourglassError` (environment) when a file cannot be written or there is no memory.
  func conclude(_ result: RunResult, _ trained: TrainedModel) throws {
    let (source, samples) = data.evaluation
    let chosen = Array(samples.prefix(Self.codes))
    var shown = try source.array(chosen)
    var sprite: (sheet: Picture, width: Int, height: Int)?
    if trained.model.input.isPicture {
      let sheets = try ImageSheets(shown)
      // The projector takes one sheet.
      if shown.count > sheets.imagesOfSheet {
        shown = try shown.array((0..<UInt32(sheets.imagesOfSheet)).map { $0 })
      }
      sprite = sheets.sheets.first.map { ($0, sheets.width, sheets.height) }
    }
    try ProjectorFiles(
      codes: trained.encode(shown, threads: threads),
      labels: data.evaluationLabels(Array(chosen.prefix(shown.count))),
      sprite: sprite
    ).write(to: folder)
    let metrics = result.metrics.sorted { $0.key < $1.key }.map {
      EventValue.scalar("measures/\($0.key)", $0.value)
    }
    try log.append(metrics + [.end(Date.now.timeIntervalSince1970)], step: result.epochs)
  }
}
