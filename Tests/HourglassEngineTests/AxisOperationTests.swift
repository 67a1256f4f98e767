import HourglassBase
import HourglassEngine
import HourglassGraph
import Testing

/// What becomes of infinities and large numbers along an axis.
@Suite struct AxisOperationTests {
  private func values(
    of line: [Float], _ build: @escaping @Sendable (Tensor) -> Tensor
  ) -> (reference: [Double], engine: [[Float]]) {
    let engineCase = EngineCase("line", batch: 1) { c in [build(c.input([line.count]))] }
    var program = Derivation.values.program(engineCase)
    program.inputs["x0"] = Array(repeating: line, count: program.sampleCount).flatMap { $0 }
    let engine = KernelSet.all.map { kernels in
      program.run(on: program.executor(kernels: kernels, team: WorkerTeam(count: 1)))["y0"]!
    }
    return (program.reference.run(batch: 1)["y0"]!.sample(0), engine)
  }

  struct Line: Sendable {
    var numbers: [Float]
    var expected: Float
  }

  private static let infinity = Float.infinity

  static let exponents = [
    Line(numbers: [-infinity, -infinity], expected: -infinity),
    Line(numbers: [infinity, 0, 1], expected: infinity), Line(numbers: [-infinity, 3], expected: 3),
    Line(numbers: [1e38, 1e38], expected: 1e38), Line(numbers: [-1e38, -2e38], expected: -1e38),
    // log 2 more.
    Line(numbers: [1000, 1000], expected: 1000 + 0.6931472),
  ]

  static let maxima = [
    Line(numbers: [infinity, 2], expected: infinity),
    Line(numbers: [-infinity, -infinity], expected: -infinity),
  ]

  @Test(arguments: exponents)
  func logSumExpOfWhatOverflows(line: Line) {
    let found = values(of: line.numbers) { $0.logSumExp(axes: [0]) }
    #expect(Float(found.reference[0]) == line.expected)
    for engine in found.engine { #expect(engine[0] == line.expected) }
  }

  @Test(arguments: maxima)
  func maximaOfInfinities(line: Line) {
    let found = values(of: line.numbers) { $0.maximum(axes: [0]) }
    #expect(Float(found.reference[0]) == line.expected)
    for engine in found.engine { #expect(engine[0] == line.expected) }
  }

  @Test func straightThroughKeepsEveryBit() {
    // 1e8 + (0.1 - 1e8) is not 0.1 in floats.
    let line: [Float] = [0.1, -0.0, 3e38, 1.0000001]
    let found = values(of: line) { $0.straightThrough(to: $0 * 1e9 - 1e8) }
    for engine in found.engine { #expect(engine.map(\.bitPattern) == line.map(\.bitPattern)) }
  }
}
