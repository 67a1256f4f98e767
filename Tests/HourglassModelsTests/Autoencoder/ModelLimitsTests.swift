import HourglassBase
import HourglassModels
import HourglassNN
import HourglassTestSupport
import Testing

/// Models at the edge of what recipes allow can still be built in reasonable time and memory.
@Suite struct ModelLimitsTests {
  static let models: [(String, Shape, [any Layer], [any Layer])] = [
    (
      "conv stride 255", [1, 300, 300], [Conv2D(1, kernel: 255, stride: 255)],
      [Flatten(), Dense(90000), Reshape([1, 300, 300])]
    ),
    (
      "transposed stride 255", [1, 255, 255], [Conv2D(1, kernel: 3, stride: 255)],
      [Conv2DTranspose(1, kernel: 3, stride: 255)]
    ),
    (
      "transposed kernel 255", [1, 255, 255], [Conv2D(1, kernel: 255, stride: 255)],
      [Conv2DTranspose(1, kernel: 255, stride: 255)]
    ),
    ("upsample 64 conv", [1, 64, 64], [AveragePool2D(64)], [Upsample2D(64), Conv2D(1, kernel: 3)]),
    ("upsample 64 conv31", [1, 64, 64], [AveragePool2D(64)], [Upsample2D(64), Conv2D(1, kernel: 31)]),
    ("average window 255", [1, 60, 60], [AveragePool2D(255, stride: 1, padding: .same)], []),
    ("1000 dense", [4], (0..<500).map { _ in Dense(4) }, (0..<500).map { _ in Dense(4) }),
    ("1000 batch norm", [4], (0..<500).map { _ in BatchNorm() }, (0..<500).map { _ in BatchNorm() }),
    ("long axis", [1, 1, 65536], [AveragePool2D(Pair(1, 255), stride: 1, padding: .same)], []),
  ]

  @Test(arguments: models.indices)
  func edgeModelsTrain(_ index: Int) async throws {
    let (name, shape, encoder, decoder) = Self.models[index]
    let model = try Autoencoder(inputShape: shape, encoder: encoder, decoder: decoder)
    var numbers = TestNumbers(1)
    let data = SampleArray(trustedFloats: numbers.units(2 * shape.count), count: 2, shape: shape)
    let result = try await model.train(on: data, epochs: 1, batchSize: 2, seed: 1, threads: 1)
    #expect(result.history.allSatisfy { $0.trainLoss.isFinite }, "\(name)")
  }
}
