import Foundation
import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN
import HourglassTestSupport
import Testing

/// Values against numbers that `reference.py` computed with numpy from Keras's documentation.
@Suite struct LayerValueTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var layer: any Layer
    var shape: Shape
    /// The numbers of `sequence` that each parameter takes.
    var seeds: [String: Int] = [:]
    var input: [Double]
    var testDescription: String { name }
  }

  static let vector = [-3, -1.5, -0.25, 0, 0.25, 1.5, 3]

  static let cases: [Case] = windows + others

  private static let windows: [Case] = [1, 2].flatMap { stride in
    [Padding.same, .valid].flatMap { padding in
      [
        Case(
          name: "conv2d \(padding) \(stride)",
          layer: Conv2D(2, kernel: Pair(3, 2), stride: Pair(stride), padding: padding), shape: [2, 5, 4],
          seeds: ["weight": 3, "bias": 4], input: sequence(40, 1)),
        Case(
          name: "conv2d_transpose \(padding) \(stride)",
          layer: Conv2DTranspose(2, kernel: Pair(3, 2), stride: Pair(stride), padding: padding),
          shape: [2, 2, 3],
          seeds: ["weight": 3, "bias": 4], input: sequence(12, 2)),
      ]
    }
  }

  private static let others: [Case] =
    [Padding.same, .valid].flatMap { padding in
      [
        Case(
          name: "max_pool2d \(padding)", layer: MaxPool2D(Pair(3, 2), stride: 2, padding: padding),
          shape: [2, 5, 4], input: sequence(40, 1)),
        Case(
          name: "average_pool2d \(padding)", layer: AveragePool2D(Pair(3, 2), stride: 2, padding: padding),
          shape: [2, 5, 4], input: sequence(40, 1)),
      ]
    } + [
      Case(
        name: "upsample2d nearest", layer: Upsample2D(Pair(2, 3)), shape: [2, 2, 3], input: sequence(12, 2)),
      Case(
        name: "upsample2d bilinear", layer: Upsample2D(Pair(2, 3), interpolation: .bilinear),
        shape: [2, 2, 3],
        input: sequence(12, 2)),
      Case(name: "dense", layer: Dense(3), shape: [7], seeds: ["weight": 5, "bias": 4], input: vector),
      Case(
        name: "layer_norm image", layer: LayerNorm(), shape: [2, 5, 4], seeds: ["gamma": 6, "beta": 7],
        input: sequence(40, 1)),
      Case(
        name: "layer_norm vector", layer: LayerNorm(epsilon: 0.1), shape: [7],
        seeds: ["gamma": 6, "beta": 7],
        input: vector),
    ]
    + [Activation.relu, .leakyReLU, .elu, .gelu, .sigmoid, .tanh, .softplus].map {
      Case(name: $0.name, layer: ActivationLayer($0), shape: [7], input: vector)
    }

  @Test(arguments: cases)
  func valuesAreThoseOfTheReference(_ value: Case) throws {
    var program = LayerProgram(value.layer, value.shape, isTraining: false)
    program.samples = program.samples.map { _ in value.input }
    for specification in value.layer.parameters(value.shape) {
      program.parameters["net.0.\(specification.name)"] = sequence(
        specification.shape.count, try #require(value.seeds[specification.name]))
    }
    expectClose(program.run()["y"]!.sample(0), try #require(referenceNumbers[value.name]), value.name)
  }

  /// Ioffe & Szegedy 2015: the batch's own mean and (biased) variance per channel over samples and pixels in
  /// training; the moving averages move by 1 - momentum towards them, and inference uses those.
  @Test(arguments: [[2, 3, 2] as Shape, [3]])
  func batchNormFollowsItsFormula(_ shape: Shape) {
    let layer = BatchNorm(momentum: 0.9, epsilon: 0.01)
    for isTraining in [true, false] {
      let program = LayerProgram(layer, shape, isTraining: isTraining)
      let results = program.run()
      let area = shape.count / shape[0]
      let parameters = program.parameters
      for channel in 0..<shape[0] {
        func pixels(_ samples: [[Double]]) -> [Double] {
          samples.flatMap { $0[channel * area..<(channel + 1) * area] }
        }
        func parameter(_ name: String) -> Double { parameters["net.0.\(name)"]![channel] }
        let values = pixels(program.samples)
        var mean = values.reduce(0, +) / Double(values.count)
        var variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)
        if isTraining {
          for (name, new) in [("moving_mean", mean), ("moving_variance", variance)] {
            let moved = results["assign/net.0.\(name)"]!.flat[channel]
            expectClose([moved], [parameter(name) * 0.9 + new * 0.1], name)
          }
        } else {
          (mean, variance) = (parameter("moving_mean"), parameter("moving_variance"))
          #expect(results["assign/net.0.moving_mean"] == nil)
        }
        let found = pixels((0..<LayerProgram.batch).map { results["y"]!.sample($0) })
        let scale = parameter("gamma") / (variance + 0.01).squareRoot()
        expectClose(found, values.map { ($0 - mean) * scale + parameter("beta") }, "channel \(channel)")
      }
    }
  }
}

/// The numbers of `reference.py`: element `i` of tensor `seed`.
private func sequence(_ count: Int, _ seed: Int) -> [Double] {
  (0..<count).map { Double(($0 * 37 + seed * 17 + 11) % 101 - 50) / 25 }
}
