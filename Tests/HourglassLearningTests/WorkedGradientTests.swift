import HourglassLearning
import HourglassTestSupport
import Testing

@Suite struct WorkedGradientTests {
  private let example = WorkedExample()

  /// By hand: slopes along the outputs are 2 * [0.585, 0.2, 0.463] / 3, and so on backwards by the chain rule.
  @Test func slopesByHand() {
    let gradient = example.gradient
    func expect(
      _ found: [Double], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(
        largestDifference(found, expected) < 1e-14, "\(found), not \(expected)",
        sourceLocation: sourceLocation)
    }
    let outputs = [1.17 / 3, 0.4 / 3, 0.926 / 3]
    expect(gradient.outputs, outputs)
    expect(gradient.decoderSums, outputs)
    for row in 0..<3 { expect(gradient.decoder[row], [1.29 * outputs[row], 1.06 * outputs[row]]) }
    let code = [
      (0.9 * 1.17 + 0.2 * 0.4 + 0.5 * 0.926) / 3, (0.4 * 1.17 + 0.7 * 0.4 + 0.3 * 0.926) / 3,
    ]
    expect(gradient.code, code)
    for row in 0..<2 { expect(gradient.encoder[row], [code[row], 0.8 * code[row], 0.5 * code[row]]) }
  }

  /// Against central differences of the error, weight by weight; once with sums below zero, where ReLU stops slopes.
  @Test(arguments: [false, true])
  func slopesByDifferences(withStopped: Bool) {
    let example =
      withStopped
      ? WorkedExample(
        encoder: WorkedLayer(weights: [[-0.8, 0.3, 0.1], [0.4, 0.7, 0.2]]),
        decoder: WorkedLayer(weights: [[0.9, 0.4], [0.2, -0.7], [0.5, 0.3]])) : example
    let gradient = example.gradient
    #expect((example.code[0] == 0) == withStopped && (example.reconstruction[1] == 0) == withStopped)
    let step = 1e-5
    func changed(_ layer: WorkedLayer, _ row: Int, _ column: Int, by change: Double) -> WorkedLayer {
      var weights = layer.weights
      weights[row][column] += change
      return WorkedLayer(weights: weights)
    }
    for row in 0..<2 {
      for column in 0..<3 {
        func error(_ change: Double) -> Double {
          let encoder = changed(example.encoder, row, column, by: change)
          return WorkedExample(encoder: encoder, decoder: example.decoder).meanSquaredError
        }
        let slope = (error(step) - error(-step)) / (2 * step)
        #expect(abs(slope - gradient.encoder[row][column]) < 1e-9, "encoder \(row) \(column)")
      }
    }
    for row in 0..<3 {
      for column in 0..<2 {
        func error(_ change: Double) -> Double {
          let decoder = changed(example.decoder, row, column, by: change)
          return WorkedExample(encoder: example.encoder, decoder: decoder).meanSquaredError
        }
        let slope = (error(step) - error(-step)) / (2 * step)
        #expect(abs(slope - gradient.decoder[row][column]) < 1e-9, "decoder \(row) \(column)")
      }
    }
  }

  @Test func aStepGoesAgainstTheSlopes() {
    let gradient = example.gradient
    let next = example.stepped(rate: 0.1)
    #expect(next.encoder.weights[1][2] == 0.2 - 0.1 * gradient.encoder[1][2])
    #expect(next.decoder.weights[2][0] == 0.5 - 0.1 * gradient.decoder[2][0])
    #expect(example.stepped(rate: 0).meanSquaredError == example.meanSquaredError)
  }

  @Test func theErrorFallsInEveryStep() {
    let errors = example.steps(WorkedExample.stepCount, rate: WorkedExample.rate).map(\.meanSquaredError)
    #expect(errors.count == 6 && errors[0] == 0.19886466666666677)
    for (before, after) in zip(errors, errors.dropFirst()) { #expect(after < before) }
    #expect(errors[5] < 0.007)
  }

  @Test func theTextHasEveryStep() {
    let text = example.explanation
    let lines = [
      "output 1 = 2 * (1.585 - 1.0) / 3 = 0.39         ReLU: 1.585 is above 0, so 0.39",
      "decoder row 1 = 0.39 * [1.29 1.06] ", "= [0.5031 0.4134]",
      "code 1 = 0.9 * 0.39 + 0.2 * 0.13333333 + 0.5 * 0.30866667",
      "decoder row 1 = [0.9 0.4] - 0.1 * [0.5031 0.4134] ", "= [0.84969 0.35866]", "After 5 steps:",
    ]
    for line in lines { #expect(text.contains(line), "\(line)") }
    #expect(!text.split(separator: "\n").contains { $0.count > 120 })
  }
}
