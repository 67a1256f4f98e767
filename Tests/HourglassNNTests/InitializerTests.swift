import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN
import Testing

@Suite struct InitializerTests {
  private static let fanIn = 300
  private static let fanOut = 200

  private func values(_ initializers: [Initializer], seed: UInt64 = 7) -> [[Float]] {
    let parameters = initializers.enumerated().map { index, initializer in
      TrainingProgram.Parameter(
        "p\(index)",
        ParameterSpecification("p\(index)", [200, 300], initializer, fanIn: Self.fanIn, fanOut: Self.fanOut))
    }
    let program = TrainingProgram(parameters: parameters) { context in
      .init(context.builder.input("x", shape: [1]).sum)
    }
    let store = program.makeParameters(seed: seed)
    return parameters.map { store.read($0.name) }
  }

  private static let distributions: [(Initializer, Double, Double)] = [
    (.glorotUniform, 0.004, 1.7320508), (.heUniform, 0.0066666667, 1.7320508),
    (.glorotNormal, 0.004, 2.2736942), (.heNormal, 0.0066666667, 2.2736942),
  ]

  /// Glorot & Bengio 2010: variance 2 / (fan in + fan out); He et al. 2015: 2 / fan in. A uniform distribution of
  /// that variance ends at sqrt(3 variance); Keras cuts its normal ones off at two of their deviations before
  /// the cut, which are 2 / 0.8796 of those after it.
  @Test(arguments: distributions)
  func distributionsHaveTheirMomentsAndLimits(_ initializer: Initializer, _ variance: Double, _ limit: Double)
  {
    let numbers = values([initializer])[0].map(Double.init)
    let count = Double(numbers.count)
    let mean = numbers.reduce(0, +) / count
    let found = numbers.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / count
    // Five deviations of 60,000 draws.
    #expect(abs(mean) < 5 * (variance / count).squareRoot())
    #expect(abs(found / variance - 1) < 0.02)
    let largest = numbers.map(abs).max()!
    let bound = limit * variance.squareRoot()
    #expect(largest <= bound * (1 + 1e-6) && largest > bound * 0.99)
  }

  @Test func constantsAreConstant() {
    let numbers = values([.zeros, .ones])
    #expect(numbers[0].allSatisfy { $0 == 0 } && numbers[1].allSatisfy { $0 == 1 })
  }

  @Test func seedAndParameterKeyTheDraws() {
    let numbers = values([.glorotUniform, .glorotUniform])
    #expect(numbers[0] != numbers[1])
    #expect(values([.glorotUniform, .glorotUniform]) == numbers)
    #expect(values([.glorotUniform], seed: 8)[0] != numbers[0])
    // A layer more at the end leaves the first ones as they were.
    #expect(values([.glorotUniform])[0] == numbers[0])
  }
}
