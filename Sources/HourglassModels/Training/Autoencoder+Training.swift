import HourglassBase
import HourglassEngine
import HourglassNN

extension Autoencoder {
  /// Trains on samples; the work runs on threads of its own, not on Swift's cooperative pool. A task that is cancelled
  /// ends it between two batches, or while the values of a quantised code are counted after the last one.
  ///
  /// - Parameters:
  ///   - data: samples of the model's input shape.
  ///   - validation: samples for the validation loss after each epoch.
  ///   - seed: the same seed gives the same weights, bit for bit, at any number of threads.
  ///   - threads: workers; all cores when nil.
  ///   - progress: told of every batch and epoch, on the training thread; what it throws ends the training.
  /// - Throws: `HourglassError`: shapes that do not fit (usage), numbers that the loss cannot take (badData), a loss or
  ///   gradient that is not finite (notFinite);
  ///   `CancellationError` when the task is cancelled; what the source of the samples or `progress` throws.
  public func train(
    on data: any SampleSource, validation: (any SampleSource)? = nil,
    objective: any Objective = .undercomplete(),
    optimizer: Optimizer = .adam(), epochs: Int, batchSize: Int = 32, seed: UInt64,
    earlyStopping: EarlyStopping? = nil, threads: Int? = nil,
    progress: @escaping @Sendable (TrainingEvent) throws -> Void = { _ in }
  ) async throws -> (model: TrainedModel, history: [EpochRecord]) {
    let plan = TrainingPlan(
      epochs: epochs, batchSize: batchSize, seed: seed, optimizer: optimizer, earlyStopping: earlyStopping)
    return try await onOwnThread { cancellation in
      try trainNow(data, validation, objective, plan, threads, cancellation) { event in
        try cancellation.check()
        try progress(event)
      }
    }
  }

  private func trainNow(
    _ data: any SampleSource, _ validation: (any SampleSource)?, _ objective: any Objective,
    _ plan: TrainingPlan,
    _ threads: Int?, _ cancellation: Cancellation, _ progress: (TrainingEvent) throws -> Void
  ) throws -> (model: TrainedModel, history: [EpochRecord]) {
    guard plan.epochs > 0, plan.batchSize > 0, data.count > 0, 1...1024 ~= threads ?? 1 else {
      throw HourglassError(
        .usage,
        "Training needs at least one sample and epoch, 1 to 1,024 threads and a batch size of at least 1, but has "
          + "\(data.count), \(plan.epochs), \(threads ?? 1) and \(plan.batchSize).")
    }
    // Settings written in Swift keep the limits of those in recipes.
    _ = try Optimizer(plan.optimizer.value, path: "optimizer")
    try ObjectiveCatalogue.check(objective)
    try checkBatch(min(plan.batchSize, data.count))
    for samples in [data, validation].compactMap({ $0 }) where samples.shape != inputShape {
      throw HourglassError(
        .usage,
        "The samples have shape \(samples.shape), but the model takes \(inputShape); give data of that shape."
      )
    }
    try objective.checkTargets(data, named: "the training data")
    if let validation { try objective.checkTargets(validation, named: "the validation data") }
    let program = try trainingProgram(objective)
    let parameters = program.makeParameters(seed: plan.seed)
    let trainer = try Trainer(
      program: program, plan: plan, parameters: parameters, data: data,
      samples: (0..<UInt32(data.count)).map { $0 },
      validation: validation.map { ($0, (0..<UInt32($0.count)).map { $0 }) },
      team: try WorkerTeam.shared(threads: threads), kernels: try KernelSet.selected())
    try trainer.run(progress)
    let trained = try TrainedModel(
      model: self, objective: objective, training: parameters, seed: plan.seed,
      values: try data.valueRange())
    return (
      try trained.withCodeFrequencies(
        countedOver: data, indices: (0..<UInt32(data.count)).map { $0 }, threads: threads
      ) { _ in try cancellation.check() },
      trainer.state.history
    )
  }
}
