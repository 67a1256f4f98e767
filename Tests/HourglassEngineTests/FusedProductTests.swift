import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassTestSupport
import Testing

/// Products are added with one rounding on every instruction set, as the C library's `fma` does it.
@Suite struct FusedProductTests {
  /// Weights and samples whose products nearly cancel, lie half-way between two floats, or are smaller than normal numbers.
  private static func hard(_ count: Int, _ random: inout TestNumbers) -> [Float] {
    (0..<count).map { _ in
      let bits = UInt32(truncatingIfNeeded: random.next())
      // Few bits of the significand make ties; exponents around 0, or so low that products vanish.
      let significand = bits & (bits & 0x100_0000 == 0 ? 0x7F_FFFF : 0x7F_F000)
      let exponent: UInt32 = bits >> 25 & 7 == 0 ? 60 + bits >> 28 : 122 + bits >> 28
      return Float(bitPattern: bits & 0x8000_0000 | exponent << 23 | significand)
    }
  }

  @Test(arguments: KernelSet.all.map(\.name))
  func sumsOfProductsAreThoseOfFMA(_ name: String) throws {
    var random = TestNumbers(17)
    let (outputs, inputs, batch) = (37, 9, 160)
    let weights = Self.hard(outputs * inputs, &random)
    var samples = Self.hard(batch * inputs, &random)
    // Every second sample's last number cancels what came before, but for the rounding.
    for sample in stride(from: 0, to: batch, by: 2) {
      let row = Array(samples[sample * inputs..<(sample + 1) * inputs])
      let sum = (0..<inputs - 1).reduce(Float(0)) { $0.addingProduct(weights[$1], row[$1]) }
      samples[sample * inputs + inputs - 1] = -sum / weights[inputs - 1]
    }
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [inputs])
    builder.output("y", x.multiplied(by: builder.parameter("w", shape: [outputs, inputs])))
    let store = ParameterStore([("w", [outputs, inputs], true)])
    store.write("w", weights)
    let executor = Executor(
      graph: builder.graph, parameters: store,
      inputs: ["x": try SampleArray(floats: samples, count: batch, shape: [inputs])], maximumBatch: batch,
      team: WorkerTeam(count: 1), kernels: try KernelSet.named(name))
    try executor.run(0..<UInt32(batch), epoch: 0, seed: 0)
    executor.withPerSample("y") { results in
      for sample in 0..<batch {
        for output in 0..<outputs {
          let expected = (0..<inputs).reduce(Float(0)) {
            $0.addingProduct(weights[output * inputs + $1], samples[sample * inputs + $1])
          }
          #expect(results[sample * outputs + output].bitPattern == expected.bitPattern)
        }
      }
    }
  }
}
