import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN
import Testing

/// Dropout on the engine, with its draws.
@Suite struct DropoutTests {
  private func outputs(rate: Double, isTraining: Bool, epoch: UInt32 = 0, seed: UInt64 = 1) throws
    -> [[Float]]
  {
    let builder = GraphBuilder()
    let context = LayerContext(builder: builder, isTraining: isTraining)
    let count = 1000
    let input = builder.input("x", shape: [count])
    let layers: [any Layer] = [Dropout(rate), Dropout(rate)]
    builder.output("first", Network("net", [layers[0]]).apply(input, context))
    builder.output("second", Network("other", [layers[1]]).apply(input, context))
    let samples = 20
    let executor = Executor(
      graph: builder.graph, parameters: ParameterStore([]),
      inputs: [
        "x": SampleArray(
          trustedFloats: Array(repeating: 1, count: samples * count), count: samples, shape: [count])
      ], maximumBatch: samples, team: WorkerTeam(count: 2), kernels: .best)
    try executor.run(0..<UInt32(samples), epoch: epoch, seed: seed)
    return ["first", "second"].map { executor.withPerSample($0) { Array($0) } }
  }

  @Test(arguments: [0.1, 0.5, 0.9])
  func shareIsDroppedAndTheRestScaledUp(_ rate: Double) throws {
    let values = try outputs(rate: rate, isTraining: true)[0]
    let dropped = Double(values.count { $0 == 0 }) / Double(values.count)
    // 20,000 draws: five deviations of the share.
    #expect(abs(dropped - rate) < 5 * (rate * (1 - rate) / 20_000).squareRoot())
    let kept = Float(1 / (1 - rate))
    #expect(values.allSatisfy { $0 == 0 || abs($0 - kept) <= kept * 1e-6 })
  }

  @Test func drawsDifferBySampleLayerEpochAndSeedAndAreTheSameAgain() throws {
    let values = try outputs(rate: 0.5, isTraining: true)
    #expect(Array(values[0][..<1000]) != Array(values[0][1000..<2000]))
    #expect(values[0] != values[1])
    #expect(try outputs(rate: 0.5, isTraining: true, epoch: 1)[0] != values[0])
    #expect(try outputs(rate: 0.5, isTraining: true, seed: 2)[0] != values[0])
    #expect(try outputs(rate: 0.5, isTraining: true) == values)
  }

  @Test func inferenceAndRateZeroDropNothing() throws {
    #expect(try outputs(rate: 0.5, isTraining: false)[0].allSatisfy { $0 == 1 })
    #expect(try outputs(rate: 0, isTraining: true)[0].allSatisfy { $0 == 1 })
  }
}
