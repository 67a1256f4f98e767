import Foundation
import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassTestSupport
import Testing

/// Several processes, here threads with executors and parameters of their own, train as one does.
@Suite struct ShardExchangeTests {
  private static let programs =
    [DeterminismTests.programs[0], DeterminismTests.programs.last!]
    + OperationCatalogue.stages.map { $0.with(batch: 150) }
    + [OperationCatalogue.model.with(batch: 20), differentStages]

  /// What is kept between stages must be where the later stage looks for it, though its sums are far larger.
  private static let differentStages = EngineCase("large layer after a mean", batch: 1040) { c in
    let x = c.input([130])
    return [(x - x.batchMean).multiplied(by: c.parameter([300, 130], -0.1...0.1)).sigmoid]
  }

  @Test(arguments: programs, [2, 3, 4])
  func processesTogetherGiveTheBitsOfOne(_ engineCase: EngineCase, _ processes: Int) {
    let program = Derivation.loss.program(engineCase, gradients: true)
    let gradients = CompiledProgram(program.graph).numbersForOptimizer
    let deals = GroupExchange.deals(gradients: gradients, processes: processes)
    let expected = train(program, exchange: nil, deals: deals)
    // A program of shared values alone has nothing to add up.
    let hasSums = CompiledProgram(program.graph).lowered.stages.contains { !$0.reductions.isEmpty }
    let results = LocalProcesses.run(processes) { process in
      (train(program, exchange: GroupExchange(process), deals: deals), process.sent)
    }
    for (rank, result) in results.enumerated() {
      guard case .success(let (found, sent)) = result else {
        Issue.record("process \(rank) of \(processes) failed")
        continue
      }
      for (name, bits) in expected where rank == 0 || !name.contains(" state of ") {
        #expect(found[name] == bits, "\(name) in process \(rank) of \(processes)")
      }
      // The first has a part of every tree.
      #expect(rank > 0 || (sent > 0) == hasSums)
    }
  }

  @Test func manyNumbersAreAddedUpInRanges() {
    #expect(GroupExchange.way(count: 100_000, processes: 2) == .gather)
    #expect(GroupExchange.way(count: 1_000, processes: 4) == .gather)
    #expect(GroupExchange.way(count: 300 * 130, processes: 3) == .ranges)
  }

  /// The large layer above is among the programs whose optimizer works on parts.
  @Test func manyGradientsAreWithTheProcessThatUpdatesThem() {
    let program = Derivation.loss.program(Self.differentStages, gradients: true)
    #expect(CompiledProgram(program.graph).numbersForOptimizer >= 300 * 130)
    #expect(GroupExchange.deals(gradients: 300 * 130, processes: 2))
    #expect(!GroupExchange.deals(gradients: 300 * 130, processes: 1))
    #expect(!GroupExchange.deals(gradients: 1_000, processes: 4))
  }

  @Test func aLostProcessEndsTheRunBeforeParametersChange() throws {
    let program = Derivation.loss.program(OperationCatalogue.model.with(batch: 64), gradients: true)
    let store = program.parameterStore()
    let executor = program.executor(
      kernels: .best, team: WorkerTeam(count: 1), store: store, exchange: LostProcess())
    let before = store.entries.map { store.read($0.name) }
    #expect(throws: HourglassError.self) { try executor.run(program.indices, epoch: 0, seed: 0) }
    #expect(store.entries.map { store.read($0.name) } == before)
  }

  /// The bits of shared outputs and parameters after a few steps of training.
  ///
  /// - Parameter deals: whether some of the gradients are in one process alone.
  private func train(
    _ program: CaseProgram, exchange: (any ShardExchange)?, deals: Bool
  ) -> [String: [UInt32]] {
    let store = program.parameterStore()
    let executor = program.executor(
      kernels: .best, team: WorkerTeam(count: 1), store: store, exchange: exchange)
    var results: [String: [Float]] = [:]
    for step in 1...3 {
      // Batches of several sizes; the last has one shard.
      let indices = program.indices.prefix([program.batch, program.batch * 3 / 4, 5][step - 1])
      do {
        try executor.run(indices, epoch: UInt32(step), seed: 7)
        results["norm\(step)"] = [Float(try executor.checkGradients().squaredNorm)]
        try executor.updateParameters(
          UpdateSettings(
            rule: .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7), learningRate: 0.01, step: step))
      } catch {
        Issue.record(error)
      }
    }
    for output in executor.compiled.outputs where !output.isPerSample {
      // Those of another process's part are not here.
      if case .gradient = output.role, deals { continue }
      results[output.role.description] = executor.shared(output.role)
    }
    for entry in store.entries { results[entry.name] = store.read(entry.name) }
    do { try executor.collectState() } catch { Issue.record(error) }
    // The first process alone has the state of all.
    if exchange?.rank ?? 0 == 0 {
      for entry in store.entries {
        results["first state of \(entry.name)"] = store.read(entry.name, .firstState)
        results["second state of \(entry.name)"] = store.read(entry.name, .secondState)
      }
    }
    return results.mapValues { $0.map(\.bitPattern) }
  }
}

private final class LostProcess: ShardExchange {
  let (rank, count) = (0, 2)
  private let loss = HourglassError(.environment, "Process 1 of 2 does not answer; start it again.")

  func ownedShards(of plan: ShardPlan) -> Range<Int> { plan.parts(2)[0] }
  func deals(gradients: Int) -> Bool { false }

  func begin(
    _ sums: ShardSums, all: Range<Int>, parts: [Range<Int>]
  ) throws(HourglassError) -> Int { throw loss }

  func proceed() throws(HourglassError) { throw loss }
  func finish(_ exchange: Int) throws(HourglassError) -> (all: [Int], part: [Int]) { throw loss }
  func share(_ memory: [[UnsafeMutableRawBufferPointer]]) throws(HourglassError) { throw loss }
  func collect(_ memory: [[UnsafeMutableRawBufferPointer]]) throws(HourglassError) { throw loss }
}
