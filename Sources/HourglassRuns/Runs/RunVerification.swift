import Foundation
import HourglassBase
import HourglassData
import HourglassFiles
import HourglassModels
import HourglassNN

/// Whether a run can be had again: trained anew from its recipe and its data, with the same bits.
public struct RunVerification: Sendable {
  /// Epochs that were trained again.
  public let epochs: Int
  /// SHA-256 of the weights, the run's and those that were trained again; nil where only its first epochs were.
  public let weightsSHA256: String?
  /// What a person should know, one sentence each.
  public let notes: [String]
}

/// Thrown to end training after the epochs that were asked for.
private struct EnoughEpochs: Error {}

extension RunFolder {
  /// Trains the run again in a temporary folder, and compares every epoch's losses, then the weights and what was measured, bit by bit. The folder
  /// itself is only read. Files that were locked are checked first.
  ///
  /// - Parameters:
  ///   - recipe: the run's own, as it was read from the folder.
  ///   - data: what the run was trained on.
  ///   - epochs: only so many from the beginning; all when nil, which only a finished run has.
  ///   - threads: workers; all cores when nil.
  ///   - report: told of every batch and epoch; what it throws ends the work.
  /// - Throws: `HourglassError`: badData that says what differs first: a locked file, the data, the recipe, an epoch, the
  ///   weights; usage where there is no run, or fewer epochs of it.
  public func verify(
    recipe: Recipe, data: DataSet, epochs: Int? = nil, threads: Int? = nil,
    _ report: @escaping @Sendable (TrainingEvent) throws -> Void = { _ in }
  ) async throws -> RunVerification {
    try await verify(
      recipe: recipe, data: data, epochs: epochs, threads: threads, notes: checkSeal(), report)
  }

  /// As the public one, of files that were compared with those that were locked.
  ///
  /// - Parameter notes: what came of that (`checkSeal`).
  package func verify(
    recipe: Recipe, data: DataSet, epochs: Int? = nil, threads: Int? = nil, notes: [String],
    _ report: @escaping @Sendable (TrainingEvent) throws -> Void = { _ in }
  ) async throws -> RunVerification {
    let history = try RunHistory.read(self)
    let result = try RunResult.read(self)
    guard !history.isEmpty else {
      throw HourglassError(.usage, "The run in \(path) has no epoch yet", .resume)
    }
    guard result != nil || epochs != nil else {
      throw HourglassError(
        .usage, "The run in \(path) is not finished", .resume,
        .text("verify its first epochs alone, of which there are \(grouped(history.count))"))
    }
    let wanted = epochs ?? history.count
    guard 1...history.count ~= wanted else {
      throw HourglassError(
        .usage,
        "\(grouped(wanted)) epochs are to be verified, but the run in \(path) has \(grouped(history.count))",
        .text("verify at most these"))
    }
    let temporary = try TemporaryFolder.make(
      for: "training again", remedy: "name another folder in TMPDIR")
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    var recipe = recipe
    recipe.tensorBoard = nil
    let run = try TrainingRun(
      recipe: recipe, data: data, folder: RunFolder("\(temporary)/run"), resume: false, threads: threads)
    try checkManifest(run)
    let version = result?.program
    let again: RunResult
    do {
      again = try await run.run({ event in
        if case .epoch(let record) = event {
          try compare(record, history, version)
          try report(event)
          if record.epoch == wanted, epochs != nil { throw EnoughEpochs() }
        } else {
          try report(event)
        }
      })
    } catch is EnoughEpochs {
      return RunVerification(epochs: wanted, weightsSHA256: nil, notes: notes)
    }
    guard again.epochs == history.count else {
      throw differs(
        "training again ended after epoch \(again.epochs), the run after \(history.count)", version)
    }
    let kept = try TrainedModel.read(path: model).weightsDigest
    for (what, digest) in [("result.json", result?.weightsSHA256), ("model.safetensors", kept)] {
      guard let digest, digest != again.weightsSHA256 else { continue }
      throw differs(
        "the weights have SHA-256 \(again.weightsSHA256), those of its \(what) \(digest), after the same losses in all \(grouped(history.count)) epochs",
        version)
    }
    for (name, value) in again.metrics.sorted(by: { $0.key < $1.key }) {
      guard let before = result?.metrics[name], before != value else { continue }
      throw differs("\(name) of the reconstructions is \(value), in its result.json \(before)", version)
    }
    return RunVerification(epochs: history.count, weightsSHA256: again.weightsSHA256, notes: notes)
  }

  /// Compares the files with those that were locked, where any were.
  ///
  /// - Returns: what a person should know of the locked files.
  /// - Throws: `HourglassError`: badData naming the first that is missing or has changed, environment when one cannot be read.
  package func checkSeal() throws -> [String] {
    guard let seal = try RunSeal.read(self) else { return [] }
    let (differences, later) = try seal.check()
    if let first = differences.first {
      let more = differences.count == 1 ? "" : ", and \(grouped(differences.count - 1)) more"
      throw HourglassError(
        .badData, "The files of \(path) are not those that were locked: \(first)\(more)",
        .text("get the run from where it was locked"))
    }
    guard let file = later.first else { return [] }
    return [
      "\(grouped(later.count)) of the run's files came after it was locked, such as \(shortened(file))."
    ]
  }

  private func checkManifest(_ run: TrainingRun) throws {
    guard let manifest = try Checkpoint.manifest(self) else { return }
    guard manifest.data == run.dataDigest else {
      throw HourglassError(
        .badData,
        "The data differ: those given now have SHA-256 \(run.dataDigest), those of the run in \(path) had \(manifest.data)",
        .text("give the data that it was trained on"))
    }
    guard try TrainingRun.digests(of: run.recipe).contains(manifest.recipe) else {
      throw HourglassError(
        .badData, "\(recipe) differs from the recipe that the run in \(path) was trained with",
        .text("put that back"))
    }
  }

  private func compare(_ record: EpochRecord, _ history: [EpochRecord], _ version: String?) throws {
    guard record.epoch <= history.count else {
      throw differs("training again goes on after epoch \(history.count), the run's last", version)
    }
    let before = history[record.epoch - 1]
    let pairs: [(String, Double?, Double?)] = [
      ("train_loss", record.trainLoss, before.trainLoss),
      ("validation_loss", record.validationLoss, before.validationLoss),
      ("learning_rate", record.learningRate, before.learningRate),
    ]
    for (name, now, then) in pairs where now?.bitPattern != then?.bitPattern {
      func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "none" }
      throw differs(
        "epoch \(record.epoch) is the first that differs: \(name) is \(text(now)), in history.csv \(text(then))",
        version)
    }
  }

  /// - Parameter version: of the program that made the run; nil where it does not say.
  private func differs(_ what: String, _ version: String?) -> HourglassError {
    let program =
      switch version {
      case nil: "; which version of the program made it, it does not say, this is \(hourglassVersion)"
      case hourglassVersion: ""
      case let version?:
        "; the run was made by version \(shortened(version)) of the program, this is \(hourglassVersion)"
      }
    return HourglassError(.badData, "The run in \(path) is not had again: \(what)\(program)")
  }
}
