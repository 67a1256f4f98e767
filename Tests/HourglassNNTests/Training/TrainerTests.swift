import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN
import HourglassTestSupport
import Testing

@Suite struct TrainerTests {
  /// Convolutions, batch normalisation, dropout, drawn units and Adam: all the state there is.
  private static func everything(threads: Int) throws -> Training {
    let layers: [any Layer] = [
      Conv2D(4, kernel: 3, stride: 2, activation: .relu), BatchNorm(momentum: 0.8), Dropout(0.2), Flatten(),
      Dense(6, activation: .tanh), LayerNorm(), SampledDense(64, share: 0.7), Reshape([4, 4, 4]),
      Conv2DTranspose(1, kernel: 3, stride: 2, activation: .sigmoid),
    ]
    var numbers = TestNumbers("everything")
    let optimizer = Optimizer(
      .adam(beta1: 0.9, beta2: 0.99, epsilon: 1e-7), learningRate: 0.01,
      schedule: .init(.cosine(final: 0.1), warmUpEpochs: 0.5), clipNorm: 1)
    let plan = TrainingPlan(
      epochs: 3, batchSize: 16, seed: 5, optimizer: optimizer, earlyStopping: EarlyStopping(patience: 10))
    var training = try Training(
      reconstruction(layers, [1, 8, 8]), plan, [1, 8, 8], numbers.floats(50 * 64, in: 0...1),
      validation: numbers.floats(20 * 64, in: 0...1))
    training.threads = threads
    return training
  }

  /// What must be equal after a run, however it went.
  private struct Outcome: Equatable {
    var bits: [[UInt32]]
    var losses: [Double]
    var validation: [Double?]
    var best: [String: [UInt32]]

    init(_ trainer: Trainer) {
      bits = HourglassNNTests.bits(trainer)
      losses = trainer.state.history.map(\.trainLoss)
      validation = trainer.state.history.map(\.validationLoss)
      best = trainer.best.mapValues { $0.map(\.bitPattern) }
    }
  }

  /// 50 samples in batches of 16 are 4 batches an epoch, the last of 2 samples.
  @Test(arguments: [1, 2, 3])
  func brokenOffAtAnyBatchItGoesOnWithTheSameBits(_ threads: Int) throws {
    let whole = try Self.everything(threads: 1).trainer()
    var batches = 0
    try whole.run { if case .batch = $0 { batches += 1 } }
    #expect(batches == 12 && whole.state.updates == 12 && whole.state.isFinished)
    let outcome = Outcome(whole)
    for stop in [1, 3, 4, 5, 8, 11, 12] {
      let training = try Self.everything(threads: threads)
      let first = try training.trainer()
      var seen = 0
      #expect(throws: BrokenOff.self) {
        try first.run {
          if case .batch = $0 {
            seen += 1
            if seen == stop { throw BrokenOff() }
          }
        }
      }
      #expect(first.state.updates == stop)
      // All that a checkpoint holds, in a new store.
      let parameters = training.program.makeParameters(seed: 99)
      for entry in parameters.entries {
        for array in ParameterStore.Array.allCases {
          parameters.write(entry.name, first.parameters.read(entry.name, array), array)
        }
      }
      let second = try training.trainer(parameters, state: first.state, best: first.best)
      try second.run { _ in }
      #expect(Outcome(second) == outcome, "broken off at \(stop) with \(threads) threads")
    }
  }

  @Test func brokenOffAtAnEpochItGoesOnWithTheNext() throws {
    let whole = try Self.everything(threads: 1).trainer()
    try whole.run { _ in }
    let training = try Self.everything(threads: 1)
    var trainer = try training.trainer()
    for epoch in 1...3 {
      #expect(throws: BrokenOff.self) {
        try trainer.run { if case .epoch = $0 { throw BrokenOff() } }
      }
      #expect(trainer.state.epoch == epoch && trainer.state.batch == 0)
      trainer = try training.trainer(trainer.parameters, state: trainer.state, best: trainer.best)
    }
    try trainer.run { _ in Issue.record("a finished run goes on") }
    #expect(Outcome(trainer) == Outcome(whole))
  }

  @Test func progressCountsEverySampleOnce() throws {
    let trainer = try Self.everything(threads: 2).trainer()
    var done: [Int] = []
    try trainer.run { event in
      guard case .batch(let progress) = event else { return }
      done.append(progress.samplesDone)
      #expect(progress.samples == 50 && progress.epochs == 3 && progress.loss.isFinite)
    }
    #expect(done == [16, 32, 48, 50, 16, 32, 48, 50, 16, 32, 48, 50])
    #expect(trainer.state.history.map(\.epoch) == [1, 2, 3])
  }

  /// Every epoch must see every sample once: with w += x the sum does not depend on the order.
  @Test func batchesHoldTheChosenSamplesAndNoOthers() throws {
    let program = oneParameter { w, x in (w * x).sum }
    let plan = TrainingPlan(epochs: 3, batchSize: 1, seed: 3, optimizer: .sgd(learningRate: 1))
    var training = Training(program, plan, [1], (0..<20).map { Float(1 << $0) })
    training.samples = [1, 3, 4, 7, 12]
    let trainer = try training.trainer()
    var steps: [Float] = []
    var last: Float = 0
    try trainer.run { event in
      guard case .batch = event else { return }
      let value = trainer.parameters.read("net.0.w")[0]
      steps.append(last - value)
      last = value
    }
    let chosen = training.samples.map { Float(1 << $0) }
    let epochs = (0..<3).map { Array(steps[$0 * 5..<$0 * 5 + 5]) }
    for epoch in epochs { #expect(epoch.sorted() == chosen) }
    #expect(Set(epochs).count > 1, "the order is drawn afresh each epoch")
  }

  /// The gradient of a partial batch is the mean over its own samples: targets 0, 1, 2 and w = mean gives zero.
  @Test(arguments: [3, 1000])
  func batchMayBeLargerThanTheData(_ batchSize: Int) throws {
    let program = oneParameter { w, x in (w - x).square.mean }
    let plan = TrainingPlan(epochs: 1, batchSize: batchSize, seed: 3, optimizer: .sgd(learningRate: 0.5))
    let trainer = try Training(program, plan, [1], [0, 1, 5]).trainer()
    try trainer.run { _ in }
    expectClose(trainer.parameters.read("net.0.w").map(Double.init), [2], tolerance: 1e-6)
    #expect(trainer.state.updates == 1)
    #expect(abs(trainer.state.history[0].trainLoss - 26.0 / 3) < 1e-5)
  }
}
