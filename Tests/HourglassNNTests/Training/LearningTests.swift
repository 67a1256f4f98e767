import Foundation
import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN
import HourglassTestSupport
import Testing

/// Networks learn: smooth pictures of two numbers each go through a small code.
@Suite struct LearningTests {
  private static func pictures(_ count: Int) -> [Float] {
    var numbers = TestNumbers("pictures")
    var result: [Float] = []
    for _ in 0..<count {
      let (a, b) = (numbers.double(in: 0...3), numbers.double(in: 0...3))
      for pixel in 0..<64 {
        let row = sin(a + Double(pixel / 8) * 0.5)
        let column = cos(b + Double(pixel % 8) * 0.5)
        result.append(Float(0.5 + 0.4 * row * column))
      }
    }
    return result
  }

  private static let networks: [(String, [any Layer])] = [
    (
      "dense",
      [
        Flatten(), Dense(32, activation: .relu), Dense(4), Dense(32, activation: .relu), Dense(64),
        Reshape([1, 8, 8]),
      ]
    ),
    (
      "convolutions",
      [
        Conv2D(8, kernel: 3, stride: 2, activation: .relu), Conv2D(2, kernel: 3, activation: .relu),
        Conv2DTranspose(8, kernel: 3, stride: 2, activation: .relu),
        Conv2D(1, kernel: 3, activation: .sigmoid),
      ]
    ),
    (
      "pooling",
      [
        Conv2D(8, kernel: 3, activation: .elu), MaxPool2D(), Conv2D(4, kernel: 3), AveragePool2D(),
        Upsample2D(2, interpolation: .bilinear), Conv2D(8, kernel: 3, activation: .gelu), Upsample2D(2),
        Conv2D(1, kernel: 3),
      ]
    ),
    (
      "batch normalisation",
      [
        Conv2D(8, kernel: 3, stride: 2), BatchNorm(momentum: 0.9), ActivationLayer(.relu),
        Conv2DTranspose(8, kernel: 3, stride: 2), BatchNorm(momentum: 0.9), ActivationLayer(.leakyReLU),
        Conv2D(1, kernel: 3, activation: .sigmoid),
      ]
    ),
    (
      "layer normalisation and dropout",
      [
        Flatten(), Dense(48), LayerNorm(), ActivationLayer(.tanh), Dropout(0.1),
        Dense(48, activation: .softplus),
        Dense(64), Reshape([1, 8, 8]),
      ]
    ),
  ]

  @Test(arguments: networks.indices)
  func lossFallsALot(_ index: Int) throws {
    let (name, layers) = Self.networks[index]
    let plan = TrainingPlan(epochs: 30, batchSize: 16, seed: 2, optimizer: .adam(learningRate: 0.005))
    var training = try Training(
      reconstruction(layers, [1, 8, 8]), plan, [1, 8, 8], Self.pictures(200), validation: Self.pictures(100))
    training.threads = 2
    let trainer = try training.trainer()
    try trainer.run { _ in }
    let history = trainer.state.history
    let (first, last) = (history[0], history[history.count - 1])
    #expect(last.trainLoss < first.trainLoss * 0.35, "\(name): \(first.trainLoss) to \(last.trainLoss)")
    // The pictures' variance is about 0.04: a constant would stay there.
    #expect(try #require(last.validationLoss) < 0.02, "\(name)")
  }
}
