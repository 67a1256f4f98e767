import HourglassBase
import HourglassEngine
import HourglassModels
import HourglassNN
import Testing

/// A linear autoencoder trained on the squared error finds the subspace of principal components (Baldi & Hornik
/// 1989).
@Suite struct LinearAutoencoderTests {
  private static let features = 10
  private static let width = 3

  /// Four directions of falling weight, and a little noise.
  private func data() -> SampleArray {
    var random = RandomNumbers(seed: 6, purpose: .sampling)
    let directions = (0..<4).map { _ in (0..<Self.features).map { _ in random.normal() } }
    let floats = (0..<300).flatMap { _ in
      let weights = [1.0, 0.7, 0.5, 0.15].map { $0 * random.normal() }
      return (0..<Self.features).map { feature in
        var value = 0.02 * random.normal() + 0.5
        for (weight, direction) in zip(weights, directions) { value += weight * direction[feature] }
        return Float(value)
      }
    }
    return SampleArray(trustedFloats: floats, count: 300, shape: [Self.features])
  }

  @Test func spansThePrincipalSubspace() async throws {
    let data = data()
    let model = try Autoencoder(input: .vector(Self.features)) {
      Encoder { Dense(Self.width) }
      Decoder { Dense(Self.features) }
    }
    let optimizer = Optimizer(
      .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7), learningRate: 0.02,
      schedule: LearningRateSchedule(.cosine(final: 0.001)))
    let trained = try await model.train(
      on: data, optimizer: optimizer, epochs: 3000, batchSize: 300, seed: 1
    ).model
    let components = try await PrincipalComponents(of: data, count: Self.width, seed: 1)

    let rebuilt = try components.reconstruct(components.project(data)).floats
    let best = meanSquaredError(trusted: data.floats, rebuilt)
    let error = try await trained.evaluate(data, indices: (0..<300).map { $0 }).metrics["mse"]!
    #expect(error >= best * 0.9999, "nothing linear is better than principal components")
    #expect(error < 1.01 * best)

    // Cosines of the principal angles between both subspaces: their squares add up to the width if all are 1.
    let decoder = trained.parameters.read("decoder.0.weight").map(Double.init)
    var basis: [[Double]] = []
    for column in 0..<Self.width {
      var vector = (0..<Self.features).map { decoder[$0 * Self.width + column] }
      for other in basis {
        let part = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
        vector = zip(vector, other).map { $0 - part * $1 }
      }
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      basis.append(vector.map { $0 / length })
    }
    var cosines = 0.0
    for vector in basis {
      for component in 0..<Self.width {
        let product = vector.indices.reduce(0.0) {
          $0 + vector[$1] * Double(components.components[component][$1])
        }
        cosines += product * product
      }
    }
    #expect(cosines > Double(Self.width) - 0.002)
  }
}
