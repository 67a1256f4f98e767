import HourglassBase
import HourglassEngine

/// Trains a program's parameters: batches in an order drawn afresh each epoch, validation, schedules, early
/// stopping. Everything the next step depends on is in `state` and `parameters`, so that a run can be broken off
/// anywhere between two batches and go on from there with the same bits.
package final class Trainer {
  let plan: TrainingPlan
  package let parameters: ParameterStore
  package private(set) var state: TrainingState
  /// The parameters after the best epoch so far, where early stopping may go back to them.
  package private(set) var best: [String: [Float]]
  private let executor: Executor
  private let processes: (any ProcessGroup)?
  private let validation: Evaluator?
  private let data: any SampleSource
  private let samples: [UInt32]
  private let window: ShuffleWindow?
  private let followsProgress: Bool
  private let drawnUnits: [LayerContext.DrawnUnits]
  /// Whether the first of several processes that each update a part of many parameters has the optimizer's state of all, as at the end of
  /// an epoch and where it `asksForState`. Of one process, or where each updates all, it is always so.
  package private(set) var stateIsWhole = true
  /// Has the whole state be here after the next step.
  package var asksForState = false
  private let clock = ContinuousClock()

  /// - Parameters:
  ///   - samples: indices into `data` to train on, at least one.
  ///   - validation: indices to validate on, and the data they are of.
  ///   - state: where to go on; the parameters must be those of that moment.
  /// - Throws: `HourglassError` (environment) when there is no memory for it.
  package convenience init(
    program: TrainingProgram, plan: TrainingPlan, parameters: ParameterStore, data: any SampleSource,
    samples: [UInt32], validation: (data: any SampleSource, samples: [UInt32])?, team: WorkerTeam,
    kernels: KernelSet, state: TrainingState = TrainingState(), best: [String: [Float]] = [:]
  ) throws(HourglassError) {
    try self.init(
      program: program, plan: plan, parameters: parameters, data: data, samples: samples,
      validation: validation, team: team, kernels: kernels, state: state, best: best, processes: nil)
  }

  /// - Parameters:
  ///   - processes: that train together with this one, each with the same data; each computes its part of every batch.
  ///   - window: how samples are shuffled; all together when nil.
  package init(
    program: TrainingProgram, plan: TrainingPlan, parameters: ParameterStore, data: any SampleSource,
    samples: [UInt32], validation: (data: any SampleSource, samples: [UInt32])?, team: WorkerTeam,
    kernels: KernelSet, state: TrainingState, best: [String: [Float]], processes: (any ProcessGroup)?,
    window: ShuffleWindow? = nil
  ) throws(HourglassError) {
    precondition(!samples.isEmpty, "there is nothing to train on")
    self.plan = plan
    self.parameters = parameters
    self.state = state
    self.best = best
    (self.data, self.samples, self.window) = (data, samples, window)
    self.processes = processes
    followsProgress = parameters.entry(LayerContext.progressName) != nil
    drawnUnits = program.drawnUnits
    let training = CompiledProgram(program.training)
    let batchSize = min(plan.batchSize, samples.count)
    try Executor.admit(training, maximumBatch: batchSize, team: team, shards: plan.shards)
    executor = Executor(
      program: training, parameters: parameters, inputs: ["x": data], maximumBatch: batchSize, team: team,
      kernels: kernels, shards: plan.shards, exchange: processes.map { GroupExchange($0) })
    if let validation, !validation.samples.isEmpty {
      self.validation = try Evaluator(
        graph: program.evaluation, data: validation.data, samples: validation.samples,
        batchSize: plan.batchSize, seed: plan.seed, parameters: parameters, team: team, kernels: kernels,
        processes: processes)
    } else {
      self.validation = nil
    }
  }

  private var updatesPerEpoch: Int { (samples.count + plan.batchSize - 1) / plan.batchSize }

  /// The learning rate of update `update`, from 0.
  private func learningRate(_ update: Int) -> Double {
    plan.optimizer.learningRate * state.plateauFactor
      * plan.optimizer.schedule.factor(
        update: update, updatesPerEpoch: updatesPerEpoch, total: updatesPerEpoch * plan.epochs)
  }

  /// Trains until the plan is done.
  ///
  /// - Parameter report: told of every batch and epoch; what it throws ends the run between two batches, with
  ///   `state` and `parameters` consistent.
  /// - Throws: `HourglassError` (notFinite) before an update that would spoil the parameters; what the source of the
  ///   samples throws.
  package func run(_ report: (TrainingEvent) throws -> Void) throws {
    while !state.isFinished && state.epoch < plan.epochs {
      try runEpoch(report)
    }
    state.isFinished = true
  }

  private func runEpoch(_ report: (TrainingEvent) throws -> Void) throws {
    var order = EpochOrder(
      samples, window: window, seed: plan.seed, epoch: state.epoch, batchSize: plan.batchSize,
      from: state.batch * plan.batchSize)
    var mark = clock.now
    while state.batch < updatesPerEpoch {
      let start = state.batch * plan.batchSize
      let batch = order.samples[start..<min(start + plan.batchSize, samples.count)]
      order.tell(data, behind: batch.indices)
      try step(batch)
      let now = clock.now
      state.epochSeconds += (now - mark) / .seconds(1)
      mark = now
      try report(
        .batch(
          BatchProgress(
            epoch: state.epoch + 1, epochs: plan.epochs, samplesDone: state.lossSamples,
            samples: samples.count, loss: state.lossSum / Double(state.lossSamples),
            samplesPerSecond: Double(state.lossSamples) / max(state.epochSeconds, 1e-9))))
      // What the listener does (drawing, saving) is not training.
      mark = clock.now
    }
    try finishEpoch(report)
  }

  /// Each unit is computed with the probability of its layer's share, by the seed and the step alone.
  private func drawUnits() {
    guard !drawnUnits.isEmpty else { return }
    var random = RandomNumbers(
      seed: plan.seed, purpose: .units, stream: UInt32(truncatingIfNeeded: state.updates))
    for drawn in drawnUnits {
      parameters.write(drawn.name, (0..<drawn.count).map { _ in random.uniform() < drawn.share ? 1 : 0 })
    }
  }

  private func step(_ batch: ArraySlice<UInt32>) throws {
    if followsProgress {
      parameters.write(LayerContext.progressName, Float(Double(state.updates) / Double(updatesPerEpoch)))
    }
    drawUnits()
    try executor.run(batch, epoch: UInt32(state.epoch), seed: plan.seed)
    let loss = executor.number(.loss)
    // A loss that is not finite asks which gradients are not.
    let gradients = try executor.checkGradients(norm: plan.optimizer.clipNorm != nil || !loss.isFinite)
    guard loss.isFinite, gradients.notFinite.isEmpty else { throw notFinite(loss, gradients.notFinite) }
    let settings = plan.optimizer.update(
      step: state.updates + 1, learningRate: learningRate(state.updates),
      gradientNorm: gradients.squaredNorm.squareRoot())
    stateIsWhole = !executor.dealsOut
    let updated = try executor.updateParameters(settings, asksForState: asksForState)
    guard updated.notFinite.isEmpty else { throw notFinite(loss, updated.notFinite) }
    stateIsWhole = updated.stateIsWhole
    asksForState = false
    state.updates += 1
    state.batch += 1
    state.lossSum += Double(loss) * Double(batch.count)
    state.lossSamples += batch.count
  }

  private func notFinite(_ loss: Float, _ parameters: [String]) -> HourglassError {
    let layers = parameters.map { $0.split(separator: ".").dropLast().joined(separator: ".") }
    let place =
      switch layers.first {
      case let layer? where Set(layers).count == 1: "the gradient of layer \(layer) is not finite"
      case let layer?:
        "the gradients of \(Set(layers).count) layers, the first \(layer), are not finite"
      case nil: "the loss is \(loss)"
      }
    return HourglassError(
      .notFinite,
      "Training stopped in epoch \(state.epoch + 1), step \(state.batch + 1): \(place)"
        + "\(layers.isEmpty ? "" : " (loss \(loss))"); the last good checkpoint is kept. Lower the learning rate "
        + "(now \(learningRate(state.updates))), set clip_norm, or look for extreme values in the data.")
  }

  private func finishEpoch(_ report: (TrainingEvent) throws -> Void) throws {
    if !stateIsWhole {
      try executor.collectState()
      stateIsWhole = true
    }
    let validationLoss = try validation?.run()[.loss]
    try checkParametersAreAlike()
    if let validationLoss, !validationLoss.isFinite {
      throw HourglassError(
        .notFinite,
        "Training stopped after the last step of epoch \(state.epoch + 1): the validation loss is "
          + "\(validationLoss); the last good checkpoint is kept. Lower the learning rate, set clip_norm, or look "
          + "for extreme values in the validation data.")
    }
    let record = EpochRecord(
      epoch: state.epoch + 1, trainLoss: state.lossSum / Double(max(state.lossSamples, 1)),
      validationLoss: validationLoss, learningRate: learningRate(max(state.updates - 1, 0)),
      seconds: state.epochSeconds)
    state.history.append(record)
    state.epoch += 1
    state.batch = 0
    state.lossSum = 0
    state.lossSamples = 0
    state.epochSeconds = 0
    let watched = validationLoss ?? record.trainLoss
    let reduced = followPlateau(watched)
    if followEarlyStopping(watched) || state.epoch == plan.epochs { state.isFinished = true }
    if state.isFinished && !best.isEmpty {
      for (name, values) in best { parameters.write(name, values) }
    }
    try report(.epoch(record))
    if let reduced { try report(.learningRateReduced(to: reduced)) }
    if !best.isEmpty && state.isFinished && state.bestEpoch != state.epoch {
      try report(.restored(bestEpoch: state.bestEpoch))
    }
  }

  /// Where each process updates parameters itself, arithmetic that differs somewhere, or a fault of a machine, would go on unseen.
  ///
  /// - Throws: `HourglassError` (environment) in all processes when one has other parameters than the first.
  private func checkParametersAreAlike() throws(HourglassError) {
    guard let processes else { return }
    let digest = parameters.digest
    let all = try processes.gathered((0..<8).map { UInt8(truncatingIfNeeded: digest >> ($0 * 8)) })
    guard let other = all.indices.first(where: { all[$0] != all[0] }) else { return }
    throw HourglassError(
      .environment,
      "After the last step of epoch \(state.epoch + 1) \(processes.title(of: other)) has other weights than \(processes.title(of: 0)), so that one "
        + "of them computes otherwise or has lost bits; the last good checkpoint is kept",
      .text("go on without that machine"))
  }

  private func followPlateau(_ loss: Double) -> Double? {
    guard
      case .reduceOnPlateau(let factor, let patience, let minimumDelta, let minimum) = plan.optimizer.schedule
        .shape
    else { return nil }
    if state.plateauBest.map({ loss < $0 - minimumDelta }) ?? true {
      state.plateauBest = loss
      state.plateauWait = 0
      return nil
    }
    state.plateauWait += 1
    guard state.plateauWait >= patience, state.plateauFactor > minimum else { return nil }
    state.plateauWait = 0
    state.plateauFactor = max(state.plateauFactor * factor, minimum)
    return plan.optimizer.learningRate * state.plateauFactor
  }

  /// Whether the run ends now.
  private func followEarlyStopping(_ loss: Double) -> Bool {
    guard let rule = plan.earlyStopping else { return false }
    if state.bestLoss.map({ loss < $0 - rule.minimumDelta }) ?? true {
      state.bestLoss = loss
      state.bestEpoch = state.epoch
      best = Dictionary(uniqueKeysWithValues: parameters.entries.map { ($0.name, parameters.read($0.name)) })
    }
    return state.epoch - state.bestEpoch >= rule.patience
  }
}
