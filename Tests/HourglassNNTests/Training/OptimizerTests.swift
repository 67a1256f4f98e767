import Foundation
import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN
import HourglassTestSupport
import Testing

/// Optimizers, schedules and clipping through the trainer, against their formulas in double precision.
@Suite struct OptimizerTests {
  /// The parameter after each update, with gradients `2 (w - target) / 3` from the loss `mean (w - x)^2`.
  private func path(_ optimizer: Optimizer, updates: Int) throws -> [[Double]] {
    let program = oneParameter([3]) { w, x in (w - x).square.mean }
    let plan = TrainingPlan(epochs: updates, batchSize: 4, seed: 1, optimizer: optimizer)
    let training = Training(program, plan, [3], [1, -2, 0.5, 1, -2, 0.5])
    var path: [[Double]] = []
    let trainer = try training.trainer()
    try trainer.run { event in
      if case .batch = event { path.append(trainer.parameters.read("net.0.w").map(Double.init)) }
    }
    return path
  }

  /// Keras 3's rules: epsilon beside the root, momentum with the rate inside the velocity, decoupled decay.
  private func expected(_ rule: Optimizer.Rule, rate: Double, updates: Int) -> [[Double]] {
    let target = [1, -2, 0.5]
    var w = [0.0, 0, 0]
    var m = [0.0, 0, 0]
    var v = [0.0, 0, 0]
    return (1...updates).map { step in
      for i in w.indices {
        let g = 2 * (w[i] - target[i]) / 3
        switch rule {
        case .sgd(let momentum, let nesterov):
          m[i] = momentum * m[i] - rate * g
          w[i] += nesterov ? momentum * m[i] - rate * g : m[i]
        case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon, _):
          if case .adamW(_, _, _, let decay) = rule { w[i] -= rate * decay * w[i] }
          m[i] = beta1 * m[i] + (1 - beta1) * g
          v[i] = beta2 * v[i] + (1 - beta2) * g * g
          let alpha = rate * (1 - pow(beta2, Double(step))).squareRoot() / (1 - pow(beta1, Double(step)))
          w[i] -= alpha * m[i] / (v[i].squareRoot() + epsilon)
        case .rmsprop(let decay, let momentum, let epsilon):
          v[i] = decay * v[i] + (1 - decay) * g * g
          let change = rate * g / (v[i] + epsilon).squareRoot()
          m[i] = momentum * m[i] + change
          w[i] -= momentum == 0 ? change : m[i]
        }
      }
      return w
    }
  }

  @Test(arguments: [
    Optimizer.sgd(learningRate: 0.1), .sgd(learningRate: 0.1, momentum: 0.9),
    .sgd(learningRate: 0.1, momentum: 0.9, nesterov: true), .adam(learningRate: 0.05),
    .adam(learningRate: 0.05, beta1: 0.5, beta2: 0.9, epsilon: 0.01),
    .adamW(learningRate: 0.05, weightDecay: 0.1),
    .rmsprop(learningRate: 0.02), .rmsprop(learningRate: 0.02, decay: 0.5, momentum: 0.8, epsilon: 0.01),
  ])
  func stepsFollowTheFormula(_ optimizer: Optimizer) throws {
    let found = try path(optimizer, updates: 25)
    let formula = expected(optimizer.rule, rate: optimizer.learningRate, updates: 25)
    #expect(found.count == 25)
    for step in found.indices { expectClose(found[step], formula[step], tolerance: 2e-5, "step \(step + 1)") }
    let value = try Optimizer(optimizer.value, path: "optimizer")
    #expect(value == optimizer)
  }

  /// A gradient of (3, 4) has norm 5.
  @Test(arguments: [(1.0, [0.6, 0.8]), (5.0, [3.0, 4]), (10.0, [3.0, 4])])
  func longGradientsAreScaledDownToTheLimit(_ limit: Double, _ step: [Double]) throws {
    let program = oneParameter([2]) { w, x in (w * x).sum }
    let optimizer = Optimizer(.sgd(momentum: 0, nesterov: false), learningRate: 1, clipNorm: limit)
    let plan = TrainingPlan(epochs: 1, batchSize: 1, seed: 1, optimizer: optimizer)
    let trainer = try Training(program, plan, [2], [3, 4]).trainer()
    try trainer.run { _ in }
    expectClose(trainer.parameters.read("net.0.w").map { -Double($0) }, step, tolerance: 1e-6)
  }

  /// The rate of each update, seen in a parameter whose gradient is 1, and the rates in the history.
  private func rates(
    _ schedule: LearningRateSchedule, epochs: Int, batches: Int, validation: [Float]? = nil
  ) throws -> (updates: [Double], history: [Double], events: [Double]) {
    let program = oneParameter { w, x in (w * x).sum }
    let optimizer = Optimizer(.sgd(momentum: 0, nesterov: false), learningRate: 0.5, schedule: schedule)
    let plan = TrainingPlan(epochs: epochs, batchSize: 1, seed: 1, optimizer: optimizer)
    let training = Training(
      program, plan, [1], Array(repeating: 1, count: batches), validation: validation)
    let trainer = try training.trainer()
    var values = [0.0]
    var events: [Double] = []
    try trainer.run { event in
      switch event {
      case .batch: values.append(Double(trainer.parameters.read("net.0.w")[0]))
      case .learningRateReduced(let rate): events.append(rate)
      case .epoch, .restored, .pretraining: break
      }
    }
    return (
      zip(values, values.dropFirst()).map { $0 - $1 }, trainer.state.history.map(\.learningRate), events
    )
  }

  @Test func constantAndStepSchedules() throws {
    let constant = try rates(.constant, epochs: 2, batches: 3)
    expectClose(constant.updates, Array(repeating: 0.5, count: 6), tolerance: 1e-6)
    let step = try rates(LearningRateSchedule(.step(epochs: 2, factor: 0.1)), epochs: 5, batches: 2)
    expectClose(
      step.updates, [0.5, 0.5, 0.5, 0.5, 0.05, 0.05, 0.05, 0.05, 0.005, 0.005], tolerance: 1e-5)
    // The rate an epoch was trained with, not the next one's.
    expectClose(step.history, [0.5, 0.5, 0.05, 0.05, 0.005], tolerance: 1e-12)
  }

  /// Loshchilov & Hutter 2017: final + (1 - final) (1 + cos(pi t)) / 2.
  @Test func cosineScheduleWithWarmUp() throws {
    // Half a cosine from 1 to 0 in ten steps.
    let falling: [Double] = (0..<10).map { step in (1 + cos(.pi * Double(step) / 10)) / 2 }
    let plain = try rates(LearningRateSchedule(.cosine(final: 0.1)), epochs: 2, batches: 5)
    expectClose(plain.updates, falling.map { 0.5 * (0.1 + 0.9 * $0) }, tolerance: 1e-5)
    let warm = try rates(LearningRateSchedule(.cosine(final: 0), warmUpEpochs: 0.5), epochs: 3, batches: 4)
    expectClose(warm.updates, [0.25, 0.5] + falling.map { 0.5 * $0 }, tolerance: 1e-5)
    let long = try rates(LearningRateSchedule(.constant, warmUpEpochs: 100), epochs: 1, batches: 4)
    expectClose(long.updates, (1...4).map { 0.5 * Double($0) / 400 }, tolerance: 1e-5)
  }

  /// Keras's ReduceLROnPlateau: with a validation loss that only rises, the first epoch stays the best, and every
  /// `patience` epochs after it the rate is multiplied, down to `minimum`.
  @Test func plateauReducesTheRate() throws {
    let schedule = LearningRateSchedule(
      .reduceOnPlateau(factor: 0.5, patience: 2, minimumDelta: 0, minimum: 0.2))
    let found = try rates(schedule, epochs: 9, batches: 1, validation: [-1])
    expectClose(found.updates, [0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.1, 0.1], tolerance: 1e-5)
    expectClose(found.events, [0.25, 0.125, 0.1], tolerance: 1e-9)
    // A falling loss keeps it, as long as it falls by more than the smallest change.
    let falling = try rates(schedule, epochs: 4, batches: 1, validation: [1])
    #expect(falling.events.isEmpty)
    let slow = LearningRateSchedule(
      .reduceOnPlateau(factor: 0.5, patience: 1, minimumDelta: 10, minimum: 0))
    #expect(try rates(slow, epochs: 3, batches: 1, validation: [1]).events.count == 2)
  }

  @Test(arguments: [
    LearningRateSchedule(.step(epochs: 3, factor: 0.5)), .init(.cosine(final: 0.01), warmUpEpochs: 1.5),
    .init(.reduceOnPlateau(factor: 0.3, patience: 4, minimumDelta: 0.01, minimum: 0.001)),
    .init(.constant, warmUpEpochs: 2),
  ])
  func settingsMakeTheScheduleAgain(_ schedule: LearningRateSchedule) throws {
    let optimizer = Optimizer(
      .rmsprop(decay: 0.8, momentum: 0.1, epsilon: 1e-5), learningRate: 0.02, schedule: schedule, clipNorm: 3)
    #expect(try Optimizer(optimizer.value, path: "optimizer") == optimizer)
  }
}
