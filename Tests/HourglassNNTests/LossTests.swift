import Foundation
import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN
import HourglassTestSupport
import Testing

/// Losses and penalties against their formulas, in double precision.
@Suite struct LossTests {
  private static let losses: [(Loss, @Sendable (Double, Double) -> Double)] = [
    (.l1, { abs($0 - $1) }),
    (.l2, { ($0 - $1) * ($0 - $1) }),
    (
      .huber(delta: 0.3),
      { prediction, target in
        let size = abs(prediction - target)
        return size <= 0.3 ? size * size / 2 : 0.3 * (size - 0.15)
      }
    ),
    (.binaryCrossEntropy, { -($1 * log($0) + (1 - $1) * log(1 - $0)) }),
  ]

  private func graph(_ loss: Loss, _ shape: Shape) -> Graph {
    let builder = GraphBuilder()
    let prediction = builder.input("p", shape: shape)
    let value = loss(prediction, builder.input("t", shape: shape))
    builder.output("loss", value)
    builder.output("gradient", builder.gradient(of: value.batchMean, with: [prediction])[0])
    return builder.graph
  }

  @Test(arguments: [[6] as Shape, [2, 3, 2]])
  func valuesAndGradientsFollowTheFormula(_ shape: Shape) {
    for (loss, formula) in Self.losses {
      var numbers = TestNumbers("loss")
      let predictions = (0..<3).map { _ in numbers.doubles(shape.count, in: 0.05...0.95) }
      let targets = (0..<3).map { _ in numbers.doubles(shape.count, in: 0...1) }
      let results = ReferenceInterpreter(
        graph: graph(loss, shape), parameters: [:], inputs: ["p": predictions, "t": targets]
      ).run(batch: 3)
      for sample in 0..<3 {
        let terms = zip(predictions[sample], targets[sample])
        let expected = terms.map { formula($0, $1) }.reduce(0, +) / Double(shape.count)
        expectClose(results["loss"]!.sample(sample), [expected], loss.name)
        // By central differences of the formula; the per-sample gradient is that of the sum over samples.
        let slopes = terms.map { prediction, target in
          (formula(prediction + 1e-6, target) - formula(prediction - 1e-6, target)) / 2e-6
            / Double(shape.count)
        }
        expectClose(results["gradient"]!.sample(sample), slopes, tolerance: 1e-6, loss.name)
      }
    }
  }

  /// Keras clips probabilities to 1e-7 from 0 and 1: -log(1e-7) = 16.118 for a sure error.
  @Test func crossEntropyOfSureErrorsIsFinite() {
    let results = ReferenceInterpreter(
      graph: graph(.binaryCrossEntropy, [4]), parameters: [:],
      inputs: ["p": [[0, 1, 0, 1]], "t": [[1, 0, 0, 1]]]
    ).run(batch: 1)
    expectClose(results["loss"]!.flat, [(2 * 16.11809565 + 2e-7) / 4], tolerance: 1e-8)
    let isFinite = results["gradient"]!.flat.allSatisfy(\.isFinite)
    #expect(isFinite)
  }

  /// What a sigmoid gave is compared by way of its argument: log(1 + exp(40)) = 40 for a sure error, without clipping.
  @Test func crossEntropyOfASigmoidIsExact() {
    let builder = GraphBuilder()
    let logits = builder.input("z", shape: [4])
    let loss = Loss.binaryCrossEntropy(
      logits.sigmoid.reshaped(to: [1, 2, 2]), builder.input("t", shape: [1, 2, 2]))
    builder.output("loss", loss)
    builder.output("gradient", builder.gradient(of: loss.batchMean, with: [logits])[0])
    let results = ReferenceInterpreter(
      graph: builder.graph, parameters: [:], inputs: ["z": [[-40, 0.5, 40, 0]], "t": [[1, 0.25, 0, 0]]]
    ).run(batch: 1)
    let middle = log(1 + exp(0.5)) - 0.25 * 0.5
    expectClose(results["loss"]!.flat, [(40 + middle + 40 + log(2)) / 4], tolerance: 1e-12)
    let slope = 1 / (1 + exp(-0.5)) - 0.25
    expectClose(results["gradient"]!.flat, [-1, slope, 1, 0.5].map { $0 / 4 }, tolerance: 1e-12)
  }

  @Test func everyLossPassesItsCheck() throws {
    for (loss, formula) in Self.losses { try checkLoss(loss, formula: formula) }
  }

  /// Has a loss among its settings, as objectives have.
  private struct Holder: Sendable {
    static let fields = Fields(Holder()) { Field("loss", \.loss) }
    var loss = Loss.l2
  }

  @Test(arguments: [Loss.l1, .l2, .huber(delta: 0.25), .binaryCrossEntropy])
  func settingsMakeTheLossAgain(_ loss: Loss) throws {
    let settings = Holder.fields.settings(of: Holder(loss: loss))
    let again = try Holder.fields.read(SettingsReader(.map(settings), path: "objective"))
    #expect(again.loss == loss)
  }

  /// Keras: l1 * sum |w| + l2 * sum w^2 added once for weights, and its batch mean for activations.
  @Test func penaltiesAreAddedToTheLoss() {
    let layer = Dense(
      2, bias: false, weightRegularizer: Regularizer(l1: 0.1, l2: 0.2),
      activityRegularizer: Regularizer(l1: 0.3, l2: 0.4))
    let builderParameters = layer.parameters([3]).map {
      TrainingProgram.Parameter("net.0.\($0.name)", $0)
    }
    let program = TrainingProgram(parameters: builderParameters) { context in
      let x = context.builder.input("x", shape: [3])
      let y = Network("net", [layer]).apply(x, context)
      return .init(y.square.mean, metrics: [("mean", y.mean)])
    }
    let weights = [0.5, -1, 2, 0.25, 3, -0.75]
    let samples = [[1.0, 2, -1], [0.5, 0, 3]]
    func run(_ graph: Graph, _ weights: [Double]) -> [String: ReferenceInterpreter.Value] {
      ReferenceInterpreter(graph: graph, parameters: ["net.0.weight": weights], inputs: ["x": samples])
        .run(batch: 2)
    }
    func expected(_ weights: [Double]) -> Double {
      let outputs = samples.map { x in
        (0..<2).map { row in (0..<3).map { weights[row * 3 + $0] * x[$0] }.reduce(0, +) }
      }
      let data = outputs.map { y in y.map { $0 * $0 }.reduce(0, +) / 2 }.reduce(0, +) / 2
      let activity =
        outputs.map { y in y.map { 0.3 * abs($0) + 0.4 * $0 * $0 }.reduce(0, +) }.reduce(0, +) / 2
      return data + activity + weights.map { 0.1 * abs($0) + 0.2 * $0 * $0 }.reduce(0, +)
    }
    for graph in [program.training, program.evaluation] {
      expectClose(run(graph, weights)["loss"]!.flat, [expected(weights)])
    }
    let slopes = weights.indices.map { index in
      var (up, down) = (weights, weights)
      up[index] += 1e-6
      down[index] -= 1e-6
      return (expected(up) - expected(down)) / 2e-6
    }
    expectClose(run(program.training, weights)["gradient/net.0.weight"]!.flat, slopes, tolerance: 1e-7)
    #expect(program.evaluation.outputs.map(\.name) == ["loss", "metric/mean"])
  }
}
