import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN
import HourglassTestSupport
import Testing

/// Early stopping, and values that are not finite.
@Suite struct EarlyStoppingTests {
  /// w goes from 0 to 1 while validation wants 0.5: with rate 0.1 and gradient 2 (w - 1), w after epoch n is
  /// 1 - 0.8^n, so that n = 3 (0.488) is the best and n = 4 (0.590) is worse.
  private func training(epochs: Int, patience: Int, delta: Double = 0) -> Training {
    let program = oneParameter { w, x in (w - x).square.mean }
    let plan = TrainingPlan(
      epochs: epochs, batchSize: 4, seed: 1, optimizer: .sgd(learningRate: 0.1),
      earlyStopping: EarlyStopping(patience: patience, minimumDelta: delta))
    return Training(program, plan, [1], [1, 1], validation: [0.5])
  }

  @Test func bestWeightsComeBack() throws {
    let trainer = try training(epochs: 100, patience: 2).trainer()
    var stopped: [Int] = []
    try trainer.run { if case .restored(let best) = $0 { stopped.append(best) } }
    #expect(stopped == [3])
    #expect(trainer.state.history.count == 5 && trainer.state.isFinished && trainer.state.bestEpoch == 3)
    expectClose(trainer.parameters.read("net.0.w").map(Double.init), [0.488], tolerance: 1e-5)
  }

  @Test func bestWeightsComeBackAtTheLastEpochToo() throws {
    let trainer = try training(epochs: 6, patience: 50).trainer()
    var restored: [Int] = []
    try trainer.run { if case .restored(let best) = $0 { restored.append(best) } }
    #expect(restored == [3])
    #expect(trainer.state.history.count == 6)
    expectClose(trainer.parameters.read("net.0.w").map(Double.init), [0.488], tolerance: 1e-5)
  }

  @Test func smallImprovementsDoNotCount() throws {
    // Losses 0.09, 0.0196, 0.0001: the third improves by less than 0.05.
    let trainer = try training(epochs: 100, patience: 2, delta: 0.05).trainer()
    try trainer.run { _ in }
    #expect(trainer.state.bestEpoch == 2 && trainer.state.history.count == 4)
    expectClose(trainer.parameters.read("net.0.w").map(Double.init), [0.36], tolerance: 1e-5)
  }

  @Test func bestWeightsOutliveABreak() throws {
    let training = training(epochs: 100, patience: 3)
    var trainer = try training.trainer()
    while !trainer.state.isFinished {
      do { try trainer.run { _ in throw BrokenOff() } } catch is BrokenOff {}
      trainer = try training.trainer(trainer.parameters, state: trainer.state, best: trainer.best)
    }
    #expect(trainer.state.history.count == 6 && trainer.state.bestEpoch == 3)
    expectClose(trainer.parameters.read("net.0.w").map(Double.init), [0.488], tolerance: 1e-5)
  }

  // MARK: Not finite

  private static let layers: [any Layer] = [Dense(4, activation: .tanh), Dense(3)]

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func dataThatIsNotFiniteStopsBeforeTheUpdate(_ value: Float) throws {
    var data = Array(repeating: Float(0.5), count: 30)
    data[17] = value
    let plan = TrainingPlan(epochs: 2, batchSize: 10, seed: 1, optimizer: .adam())
    let trainer = try Training(reconstruction(Self.layers, [3]), plan, [3], data).trainer()
    let before = bits(trainer)
    let error = thrownError { try trainer.run { _ in } }
    #expect(error.code == .notFinite)
    for words in ["epoch 1, step 1", "net.", "learning rate"] {
      #expect(error.message.contains(words), "\(error)")
    }
    #expect(bits(trainer) == before && trainer.state.updates == 0)
  }

  @Test func absurdLearningRateStopsWithTheLastParametersThatWereFinite() throws {
    var numbers = TestNumbers("absurd")
    let plan = TrainingPlan(epochs: 3, batchSize: 10, seed: 1, optimizer: .sgd(learningRate: 1e30))
    let trainer = try Training(reconstruction([Dense(4), Dense(3)], [3]), plan, [3], numbers.floats(90))
      .trainer()
    var last = bits(trainer)
    let error = thrownError { try trainer.run { _ in last = bits(trainer) } }
    #expect(error.code == .notFinite)
    #expect(error.message.contains("epoch 1, step \(trainer.state.batch + 1)"), "\(error)")
    #expect(error.message.contains("1e+30"), "\(error)")
    #expect(bits(trainer) == last)
  }

  @Test func validationThatIsNotFiniteStopsWithASentence() throws {
    let plan = TrainingPlan(epochs: 2, batchSize: 10, seed: 1, optimizer: .adam())
    let trainer = try Training(
      reconstruction(Self.layers, [3]), plan, [3], Array(repeating: 0.5, count: 30), validation: [1, .nan, 1]
    ).trainer()
    let error = thrownError { try trainer.run { _ in } }
    #expect(error.code == .notFinite && error.message.contains("validation"), "\(error)")
    #expect(trainer.state.history.isEmpty)
  }
}
