import Foundation
import HourglassBase
import HourglassCompression
import HourglassEngine
import HourglassFiles
import HourglassModels
import HourglassNN

extension TrainingRun {
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
