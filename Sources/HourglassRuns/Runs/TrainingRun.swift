import Foundation
import HourglassBase
import HourglassCompression
import HourglassData
import HourglassEngine
import HourglassFiles
import HourglassModels
import HourglassNN

/// A recipe trained into a folder: begun, gone on with, or found finished.
public final class TrainingRun: Sendable {
  let recipe: Recipe
  package let folder: RunFolder
  private let data: RunData
  private let threads: Int
  private let kernels: KernelSet
  let dataDigest: String
  /// Nil in a process that trains with others and writes nothing.
  private let lock: FileLock?
  /// The text of `recipe.yaml`.
  let storedRecipe: String
  private let recipeDigest: String
  /// Of the same recipe with the epochs that the folder's own has, as older checkpoints have it.
  let knownDigests: Set<String>
  let changeOfEpochs: ChangeOfEpochs?
  private let secondsBetweenCheckpoints: Double
  /// That train together with this one, which each have the same data. The first writes the folder.
  let processes: (any ProcessGroup)?
  var isFirst: Bool { processes.isFirst }

  /// What a person should know of the folder, one sentence each.
  package var notes: [String] {
    [lock?.note].compactMap(\.self) + data.valueNotes + (changeOfEpochs?.notes ?? [])
  }

  /// Opens the folder and checks everything that can be checked before training.
  ///
  /// - Parameters:
  ///   - resume: go on with a run that was broken off, or to more epochs than it was for; without it a folder that holds a
  ///     run is refused.
  ///   - threads: workers; all cores when nil.
  ///   - secondsBetweenCheckpoints: a checkpoint is written after every epoch, and within long epochs this often.
  /// - Throws: `HourglassError`: data that does not fit (badData), a folder that holds another run (usage) or
  ///   cannot be written or is in use (environment).
  public convenience init(
    recipe: Recipe, data: DataSet, folder: RunFolder, resume: Bool, threads: Int? = nil,
    secondsBetweenCheckpoints: Double = 15
  ) throws {
    try self.init(
      recipe: recipe, data: data, folder: folder, resume: resume, threads: threads,
      secondsBetweenCheckpoints: secondsBetweenCheckpoints, processes: nil)
  }

  /// The same for several processes, of which the first alone sees and writes the folder.
  ///
  /// - Parameter progress: told how far the look at data that stay in their files is.
  /// - Throws: `HourglassError`: as the other, and usage when another process has another recipe, other data, another version of the
  ///   program or another arithmetic.
  package init(
    recipe: Recipe, data: DataSet, folder: RunFolder, resume: Bool, threads: Int? = nil,
    secondsBetweenCheckpoints: Double = 15, processes: (any ProcessGroup)?,
    progress: WorkProgress.Notice? = nil
  ) throws {
    self.folder = folder
    self.processes = processes
    let isFirst = processes.isFirst
    self.threads = threads ?? WorkerTeam.coreCount
    self.secondsBetweenCheckpoints = secondsBetweenCheckpoints
    kernels = try KernelSet.selected()
    self.data = try RunData(data, for: recipe)
    var recipe = recipe
    recipe.validation = self.data.choice
    // Its curves go on where they were.
    if resume, isFirst, recipe.tensorBoard == nil { recipe.tensorBoard = try Self.tensorBoardBefore(folder) }
    self.recipe = recipe
    // The run is found from other folders too, and so must its data be.
    var stored = recipe
    stored.data.source = try recipe.data.source.absolute
    stored.tensorBoard = recipe.tensorBoard.map(RunBoard.absolute)
    storedRecipe = try YAML.text(stored.value)
    recipeDigest = try Self.digest(recipe, epochs: nil)
    dataDigest = try self.data.digest(progress: progress)
    try Self.refuseTooLarge(recipe)
    try processes?.agree([
      ("another version of the program", hourglassVersion),
      ("another recipe or other settings", Self.digest(recipe, epochs: recipe.plan.epochs)),
      ("other data", dataDigest), ("another arithmetic", Arithmetic.fingerprint(kernels)),
    ])
    guard isFirst else {
      (lock, knownDigests, changeOfEpochs) = (nil, [], nil)
      return
    }
    try Folder(folder.path).create()
    // Before looking: another process may just begin a run here.
    let lock = try FileLock(folder.lock, of: folder.path, work: "training in")
    self.lock = lock
    if try folder.holdsRun {
      guard resume else {
        throw HourglassError(
          .usage,
          "\(folder.path) already holds a run", .resume, .choose(.output))
      }
      let before = try Self.epochsBefore(folder, recipe)
      knownDigests = try [recipeDigest, Self.digest(recipe, epochs: before)]
      changeOfEpochs = try Self.changeOfEpochs(folder, recipe, before: before)
    } else {
      knownDigests = try Self.digests(of: recipe)
      changeOfEpochs = nil
    }
    try folder.refuseOtherFiles()
    try folder.refuseLinks()
    if lock.isHeld { folder.removeLeftovers() }
    if try !folder.holdsRun { try AtomicFile.write(storedRecipe, to: folder.recipe) }
    try Folder(folder.checkpoint).create()
    try Folder(folder.figures).create()
  }

  /// The system would end the process without a word.
  private static func refuseTooLarge(_ recipe: Recipe) throws {
    let parameters = try recipe.model.parameterCount()
    // The weights, their gradients and two numbers of the optimizer for each.
    try MemoryBudget.process.admit(
      MemoryBudget.product(parameters, 16),
      for: "Training the model of recipe \(recipe.name) with \(grouped(parameters)) parameters", code: .usage,
      remedy: "make its layers smaller")
  }

  /// Those that a checkpoint of this recipe may have.
  static func digests(of recipe: Recipe) throws -> Set<String> {
    try [digest(recipe, epochs: nil), digest(recipe, epochs: recipe.plan.epochs)]
  }

  /// Of what decides a run's bits: of the recipe without the place of the data, and without its epochs, which may change.
  ///
  /// - Parameter epochs: those that stand in the recipe; nil leaves them out.
  private static func digest(_ recipe: Recipe, epochs: Int?) throws -> String {
    var recipe = recipe
    recipe.plan.epochs = epochs ?? 1
    let text = try YAML.text(recipe.withoutPlaces.value)
    return sha256Hex(Array((epochs == nil ? "any epochs\n\(text)" : text).utf8))
  }

  private static func changeOfEpochs(
    _ folder: RunFolder, _ recipe: Recipe, before: Int
  ) throws -> ChangeOfEpochs? {
    guard before != recipe.plan.epochs, let checkpoint = try Checkpoint.read(folder) else { return nil }
    let change = ChangeOfEpochs(
      before: before, after: recipe.plan.epochs, state: checkpoint.manifest.state, plan: recipe.plan)
    try change.check(folder)
    return change
  }

  /// Names the first setting but the epochs in which the folder's recipe differs. Data may have moved: they have a digest of
  /// their own.
  ///
  /// - Returns: the epochs of the folder's recipe.
  private static func epochsBefore(_ folder: RunFolder, _ recipe: Recipe) throws -> Int {
    let stored = try RecipeCatalogue.recipe(folder.recipe)
    let there = stored.withoutPlaces.value.flattened
    let here = recipe.withoutPlaces.value.flattened
    guard
      let key = (here.map(\.key) + there.map(\.key)).first(where: { key in
        key != "epochs" && here.first { $0.key == key }?.value != there.first { $0.key == key }?.value
      })
    else { return stored.plan.epochs }
    func text(_ settings: [Setting]) -> String { settings.first { $0.key == key }?.value.text ?? "missing" }
    throw HourglassError(
      .usage,
      "\(folder.path) holds a run of another recipe or of other settings (\(key) is \(text(there)) there and \(text(here)) "
        + "here)",
      .resumeRun(recipe: folder.recipe, folder: folder.path), .choose(.output))
  }

  private static func tensorBoardBefore(_ folder: RunFolder) throws -> String? {
    try folder.holdsRun ? RecipeCatalogue.recipe(folder.recipe).tensorBoard : nil
  }

  /// Where the run's events for TensorBoard are written; nil where nobody asked for some.
  package var eventFolder: String? { recipe.tensorBoard.map { RunBoard.folder($0, for: folder) } }

  /// Trains to the end, evaluates, and writes the model and the result, on threads of its own. On a finished run it only
  /// reads its result. A task that is cancelled ends it at a checkpoint of that moment.
  ///
  /// - Parameters:
  ///   - report: told of every batch and epoch, on the training thread; what it throws ends the run at a checkpoint of
  ///     that moment.
  ///   - present: draws and writes what people look at, such as `writeReport` of the finished run, before the result is
  ///     written; nil for a run without pictures.
  /// - Throws: `HourglassError`: other data or another recipe than the checkpoint's, a loss that is not finite, a file that
  ///   cannot be written; `CancellationError` when the task is cancelled; what `present` or `report` throws.
  public func run(
    _ report: @escaping @Sendable (TrainingEvent) throws -> Void = { _ in },
    present: (@Sendable (FinishedRun) throws -> Void)? = nil
  ) async throws -> RunResult {
    try await onOwnThread { [self] cancellation in
      try runNow(present, cancellation) { event in
        try cancellation.check()
        try report(event)
      }
    }
  }

  /// The same on the thread that calls.
  package func run(
    _ report: (TrainingEvent) throws -> Void = { _ in }, present: ((FinishedRun) throws -> Void)? = nil
  ) throws -> RunResult {
    try runNow(present, Cancellation(), report)
  }

  private func runNow(
    _ present: ((FinishedRun) throws -> Void)?, _ cancellation: Cancellation,
    _ report: (TrainingEvent) throws -> Void
  ) throws -> RunResult {
    let program = try recipe.model.trainingProgram(recipe.objective)
    let parameters = program.makeParameters(seed: recipe.plan.seed)
    let beginning = try beginning(parameters)
    if let result = beginning.result { return result }
    let state = beginning.state
    let team = try WorkerTeam.shared(threads: threads)
    if state == TrainingState(), let start = recipe.start {
      try start.run(
        recipe.model, objective: recipe.objective, parameters: parameters, data: data.training,
        samples: data.trainingSamples, seed: recipe.plan.seed, threads: threads
      ) { _ in try cancellation.check() }
    }
    if state == TrainingState(), let pretraining = recipe.pretraining {
      try pretraining.run(
        recipe.model, parameters: parameters, data: data.training, samples: data.trainingSamples,
        plan: recipe.plan, team: team, kernels: kernels, processes: processes
      ) { pair, pairs, event in
        if case .batch(let progress) = event {
          try report(.pretraining(progress, pair: pair, of: pairs))
        }
      }
    }
    let trainer = try Trainer(
      program: program, plan: recipe.plan, parameters: parameters, data: data.training,
      samples: data.trainingSamples,
      validation: data.validationSamples.isEmpty ? nil : (data.validation, data.validationSamples),
      team: team, kernels: kernels, state: state, best: beginning.best, processes: processes,
      window: data.window)
    guard let processes else { return try train(trainer, cancellation, report, present) }
    guard isFirst else {
      try trainer.run { event in
        try refuseNotFinite(event, trainer)
        try report(event)
      }
      return try JSONDecoder().decode(RunResult.self, from: Data(processes.fromFirst([])))
    }
    let result = try train(trainer, cancellation, report, present)
    _ = try processes.fromFirst(Array(result.json().utf8))
    return result
  }

  /// - Throws: `HourglassError` (notFinite) after an epoch whose validation loss is not finite.
  private func refuseNotFinite(_ event: TrainingEvent, _ trainer: Trainer) throws {
    if case .epoch(let record) = event, let loss = record.validationLoss, !loss.isFinite {
      throw HourglassError.notFinite("the validation loss is \(loss)", trainer.state)
    }
  }

  /// Trains, with checkpoints, and writes what came of it.
  private func train(
    _ trainer: Trainer, _ cancellation: Cancellation, _ report: (TrainingEvent) throws -> Void,
    _ present: ((FinishedRun) throws -> Void)?
  ) throws -> RunResult {
    let board = try recipe.tensorBoard.map {
      try RunBoard($0, for: folder, recipe: recipe, data: data, threads: threads, state: trainer.state)
    }
    var firstEpochSeconds: Double?
    var lastCheckpoint = ContinuousClock.now
    func save() throws {
      try Checkpoint.write(trainer, recipe: recipeDigest, data: dataDigest, to: folder)
      lastCheckpoint = ContinuousClock.now
      // After every step means that the next one has to bring the whole state.
      trainer.asksForState = secondsBetweenCheckpoints == 0
    }
    /// A process that is lost ends a step before parameters change.
    func trainOn(_ report: (TrainingEvent) throws -> Void) throws {
      do {
        try trainer.run(report)
      } catch var error as HourglassError where processes?.isLost ?? false {
        // Before its first step a run is not distinguished from one that begins. Where the lost process alone had a part of the optimizer's state,
        // there is the checkpoint before.
        if trainer.state.updates > 0, trainer.stateIsWhole { try? save() }
        error.remedies.append(.resumeRun(recipe: folder.recipe, folder: folder.path))
        throw error
      }
    }
    /// What ends the run as soon as the state is whole.
    var ending: (any Error)?
    try trainOn { event in
      try refuseNotFinite(event, trainer)
      var isSaved = false
      switch event {
      case .batch:
        if let ending {
          try save()
          throw ending
        }
        guard ContinuousClock.now - lastCheckpoint >= .seconds(secondsBetweenCheckpoints) else { break }
        guard trainer.stateIsWhole else {
          trainer.asksForState = true
          break
        }
        try save()
        isSaved = true
      case .epoch(let record):
        if record.epoch == 1 { firstEpochSeconds = ProcessStart.age() }
        do {
          try board?.tell(record, trainer.parameters)
        } catch {
          try save()
          throw error
        }
        try save()
        isSaved = true
        try AtomicFile.write(RunHistory.text(trainer.state.history), to: folder.history)
        if let ending { throw ending }
      case .pretraining, .learningRateReduced, .restored:
        break
      }
      do {
        try report(event)
      } catch {
        // Whoever ends the run loses nothing of it.
        guard isSaved || trainer.stateIsWhole else {
          trainer.asksForState = true
          ending = error
          return
        }
        if !isSaved { try save() }
        throw error
      }
    }
    return try conclude(trainer, firstEpochSeconds, cancellation, board, present)
  }

  private func conclude(
    _ trainer: Trainer, _ firstEpochSeconds: Double?, _ cancellation: Cancellation, _ board: RunBoard?,
    _ present: ((FinishedRun) throws -> Void)?
  ) throws -> RunResult {
    let trained = try TrainedModel(
      model: recipe.model, objective: recipe.objective, training: trainer.parameters, seed: recipe.plan.seed,
      values: data.values
    ).withCodeFrequencies(countedOver: data.training, indices: data.trainingSamples, threads: threads) { _ in
      try cancellation.check()
    }
    let evaluation = try trained.evaluateWithFiles(
      data.evaluation.data, indices: data.evaluation.samples, threads: threads
    ) { _ in try cancellation.check() }
    if let (name, value) = evaluation.metrics.first(where: { !$0.value.isFinite }) {
      throw HourglassError.notFinite("\(name) of the reconstructions is \(value)", trainer.state)
    }
    try trained.write(to: folder.model)
    let history = trainer.state.history
    // The weights are those of the best epoch where early stopping chose it.
    let kept =
      recipe.plan.earlyStopping == nil ? history.last : history.first { $0.epoch == trainer.state.bestEpoch }
    // A run that was killed after its last checkpoint may not have written it.
    try AtomicFile.write(RunHistory.text(history), to: folder.history)
    let seconds = trainer.state.seconds
    let result = RunResult(
      recipe: recipe.name, parameters: try recipe.model.parameterCount(), epochs: history.count,
      seconds: seconds,
      samplesPerSecond: Double(data.trainingSamples.count * history.count) / max(seconds, 1e-9),
      secondsToFirstEpoch: firstEpochSeconds, trainLoss: kept?.trainLoss ?? 0,
      validationLoss: kept?.validationLoss, metrics: evaluation.metrics,
      weightsSHA256: trained.weightsDigest, run: folder.path, seed: recipe.plan.seed, threads: threads,
      instructionSet: kernels.name, program: hourglassVersion, trainingSamples: data.trainingSamples.count,
      validationSamples: data.validationSamples.count, notes: try notes(evaluation))
    try board?.conclude(result, trained)
    try present?(
      FinishedRun(
        recipe: recipe, result: result, history: history, folder: folder, trained: trained,
        data: data.evaluation.data, samples: data.evaluation.samples))
    // Last, so that a run with a result is complete.
    try AtomicFile.write(try result.json() + "\n", to: folder.result)
    return result
  }

  /// What a person should know beside the numbers.
  private func notes(_ evaluation: Evaluation) throws -> [String] {
    var notes = self.notes + recipe.objective.notes(for: recipe.model) + data.notes
    notes += evaluation.notes
    if let active = evaluation.metrics["active_units"] {
      let units = try recipe.model.codeShape.count
      notes += [Self.note(activeUnits: Int(saturating: active), of: units)].compactMap(\.self)
    }
    if let shortfall = recipe.objective.shortfall(evaluation.metrics) { notes.append(shortfall) }
    return notes
  }

  /// What it means that so many units of a variational code are active; nil where all are.
  package static func note(activeUnits active: Int, of units: Int) -> String? {
    guard active < units else { return nil }
    guard 2 * active >= units else {
      return
        "The posterior has collapsed\(active == 0 ? "" : " in part"): \(active) of \(units) code units \(active == 1 ? "carries" : "carry") information, "
        + "\(units - active == 1 ? "the other one stays" : "the others stay") at the prior. A lower beta, warm_up_epochs, or fewer units use the code better."
    }
    let idle = units - active
    let others = idle == 1 ? "the other one stays" : "the other \(idle) stay"
    return
      "\(active) of \(units) code units \(active == 1 ? "carries" : "carry") information; \(others) at the prior, as is usual where a code is "
      + "wider than the data need at this beta. \(idle == 1 ? "It does" : "They do") no harm; fewer units do as well, and a lower beta uses more."
  }
}

extension HourglassError {
  /// What spoiled a run outside its steps, which have a message of their own.
  static func notFinite(_ what: String, _ state: TrainingState) -> HourglassError {
    let place =
      state.batch == 0
      ? "after epoch \(state.epoch)" : "in epoch \(state.epoch + 1), after step \(state.batch)"
    return HourglassError(
      .notFinite,
      "Training stopped \(place): \(what); the last good checkpoint is kept. Lower the learning rate, set clip_norm, "
        + "or look for extreme values in the data.")
  }
}

/// When the process began.
enum ProcessStart {
  /// In seconds; nil where the system does not say.
  static func age() -> Double? {
    #if os(Linux)
      // Field 22 of the process's stat line: clock ticks from boot to its start.
      guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
        let uptime = try? String(contentsOfFile: "/proc/uptime", encoding: .utf8),
        let now = uptime.split(separator: " ").first.flatMap({ Double($0) }),
        let ticks = stat.split(separator: ")").last?.split(separator: " ").dropFirst(19).first
          .flatMap({ Double($0) })
      else { return nil }
      return now - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    #else
      return ProcessInfo.processInfo.systemUptime - started
    #endif
  }

  #if !os(Linux)
    private static let started = ProcessInfo.processInfo.systemUptime
  #endif
}
