import HourglassBase
import HourglassEngine
import HourglassNN
import HourglassTestSupport
import Testing

/// Layers of which each step trains some units.
@Suite struct DrawnUnitsTests {
  private func training(_ seed: UInt64, epochs: Int = 1) throws -> Training {
    var numbers = TestNumbers("drawn")
    let plan = TrainingPlan(
      epochs: epochs, batchSize: 8, seed: seed, optimizer: .sgd(learningRate: 0.1))
    return try Training(
      reconstruction([Dense(6, activation: .tanh), SampledDense(200, share: 0.25)], [200]), plan, [200],
      numbers.floats(8 * 200, in: 0.5...1))
  }

  @Test func onlyTheUnitsThatWereDrawnChange() throws {
    let trainer = try training(1).trainer()
    let before = trainer.parameters.read("net.1.weight")
    try trainer.run { _ in }
    let after = trainer.parameters.read("net.1.weight")
    let drawn = trainer.parameters.read("training.drawn.net.1")
    #expect(Set(drawn) == [0, 1] && (25...80).contains(drawn.count { $0 == 1 }))
    for unit in 0..<200 {
      let row = unit * 6..<(unit + 1) * 6
      #expect((before[row] == after[row]) == (drawn[unit] == 0), "unit \(unit)")
    }
  }

  @Test func eachStepDrawsOthersAndTheSeedAloneDecides() throws {
    func drawn(_ seed: UInt64) throws -> [[Float]] {
      let trainer = try training(seed, epochs: 3).trainer()
      var all: [[Float]] = []
      try trainer.run {
        if case .batch = $0 { all.append(trainer.parameters.read("training.drawn.net.1")) }
      }
      return all
    }
    let first = try drawn(1)
    #expect(first.count == 3 && Set(first).count == 3)
    #expect(try first == drawn(1))
    #expect(try first != drawn(2))
  }

  /// All units are computed once training is over: the loss of the evaluation sees units that no step has drawn.
  @Test func evaluationComputesAllUnits() throws {
    var training = try training(1, epochs: 60)
    training.plan.optimizer = .adam(learningRate: 0.02)
    let trainer = try training.trainer()
    try trainer.run { _ in }
    let evaluator = try Evaluator(
      graph: training.program.evaluation, data: training.data, samples: Array(0..<8), batchSize: 8, seed: 1,
      parameters: trainer.parameters, team: WorkerTeam(count: 1), kernels: KernelSet.selected())
    #expect(try #require(evaluator.run()[.loss]) < 0.05)
  }
}
