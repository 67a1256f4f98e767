import Foundation
import Hourglass
import Testing

/// Layers, activations, losses, corruptions and objectives from outside the library: in recipes, in training, in files.
@Suite struct CatalogueTests {
  static let catalogue = Catalogue.standard.adding(
    Swish.self, FourthPower.self, UniformNoise.self, Gain.self, Spherical.self)

  /// - Parameter objective: in YAML, indented.
  private func text(_ objective: String) -> String {
    """
    name: newcomers
    data: mnist
    model:
      input: [6]
      encoder:
        - gain: {activation: swish, beta: 2, penalty: {l2: 0.001}}
        - residual: [{gain: {activation: tanh}}]
        - dense: {units: 3, activation: swish}
      decoder:
        - dense: {units: 6}
    objective:
    \(objective)
    optimizer: {adam: {learning_rate: 0.01}}
    epochs: 4
    batch_size: 8
    """
  }

  private static let objectives = [
    "  spherical: {strength: 0.05, loss: fourth_power, weight: 3}",
    "  denoising: {corruption: {uniform: {low: -0.05, high: 0.05}, redraw: never}, loss: fourth_power}",
  ]

  private func inFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "hourglass-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing was thrown"
    } catch {
      return (error as? HourglassError)?.message ?? "\(error)"
    }
  }

  private func samples() throws -> SampleArray {
    var random = RandomNumbers(seed: 3, purpose: .sampling)
    let floats = (0..<128).flatMap { _ in
      let (first, second) = (random.uniform(), random.uniform())
      return (0..<6).map { Float(first * Double($0) / 6 + second * Double(5 - $0) / 6) }
    }
    return try SampleArray(floats: floats, count: 128, shape: [6])
  }

  @Test(arguments: objectives)
  func recipesNameThemAndModelsKeepThem(_ objective: String) async throws {
    try await inFolder { folder in
      let recipePath = folder.appending(path: "newcomers.yaml").path
      try text(objective).write(toFile: recipePath, atomically: true, encoding: .utf8)
      let recipe = try RecipeCatalogue.recipe(recipePath, catalogue: Self.catalogue)
      let gain = try #require(recipe.model.encoder.layers[0] as? Gain)
      #expect(gain.activation == Activation(Swish(beta: 2)) && gain.penalty.l2 == 0.001)
      // Its own settings make the recipe again.
      #expect(try Recipe(recipe.value, catalogue: Self.catalogue).value == recipe.value)

      let (trained, history) = try await recipe.model.train(
        on: samples(), validation: samples(), objective: recipe.objective,
        optimizer: recipe.plan.optimizer, epochs: recipe.plan.epochs, batchSize: recipe.plan.batchSize,
        seed: 7)
      let losses = history.compactMap(\.validationLoss)
      #expect(try #require(losses.last) < losses[0])

      let modelPath = folder.appending(path: "model.safetensors").path
      try trained.write(to: modelPath)
      let read = try TrainedModel.read(path: modelPath, catalogue: Self.catalogue)
      #expect(read.weightsDigest == trained.weightsDigest)
      #expect(read.objective.settings == recipe.objective.settings)
      #expect(try read.encode(samples()).floats == trained.encode(samples()).floats)

      // Without them one sentence says which name is unknown.
      #expect(
        message { _ = try RecipeCatalogue.recipe(recipePath) }
          .hasPrefix("model.encoder[0] is an unknown layer \"gain\"; known are: dense, "))
      #expect(
        message { _ = try TrainedModel.read(path: modelPath) }.hasPrefix(
          "\(modelPath) describes a model that cannot be built: model.encoder[0] is an unknown layer \"gain\""
        ))
    }
  }

  @Test func eachSortIsMissedByName() {
    func reading(_ objective: String, _ known: Catalogue) -> String {
      message {
        _ = try ObjectiveCatalogue.objective(
          .map([Setting(objective, .map([Setting("strength", 1), Setting("loss", "fourth_power")]))]),
          path: "objective", catalogue: known)
      }
    }
    #expect(reading("spherical", .standard).hasPrefix("objective is \"spherical\", which is unknown"))
    #expect(
      reading("spherical", Catalogue.standard.adding(Spherical.self))
        .hasPrefix("objective.spherical.loss is \"fourth_power\", which is unknown"))
    #expect(reading("spherical", Self.catalogue) == "nothing was thrown")
    let noise = SettingValue.map([
      Setting("denoising", .map([Setting("corruption", .map([Setting("uniform", .null)]))]))
    ])
    #expect(
      message { _ = try ObjectiveCatalogue.objective(noise, path: "objective") }
        .contains("objective.denoising.corruption has an unknown setting \"uniform\""))
  }

  @Test func theirLimitsHoldInSwiftToo() {
    let message = message {
      _ = try Autoencoder(input: .vector(6)) {
        Encoder { Dense(3, activation: Activation(Swish(beta: 11))) }
        Decoder { Dense(6) }
      }
    }
    #expect(message == "encoder.0.dense.beta is 11, but must be a number from 0 to 10.")
  }

  @Test func oneOfTheSameNameTakesTheOthersPlace() throws {
    struct Doubling: ActivationFunction {
      static let kind = "relu"
      static let summary = "Twice x."
      static let fields = Fields(Doubling())
      func apply(_ x: Tensor) -> Tensor { x * 2 }
    }
    let layer = try LayerCatalogue.layer(
      .map([Setting("activation", .map([Setting("activation", "relu")]))]), path: "layer",
      catalogue: Catalogue.standard.adding(Doubling.self))
    #expect((layer as? ActivationLayer)?.activation == Activation(Doubling()))
  }

  @Test func theFamilyPassesItsCheck() throws {
    let model = try Autoencoder(input: .vector(6)) {
      Encoder { Dense(3, activation: Activation(Swish())) }
      Decoder {
        Gain()
        Dense(6)
      }
    }
    try checkFamily(Spherical(strength: 0.1, loss: Loss(FourthPower())), model: model, epochs: 12)
  }

  @Test func theSchemaHasThem() throws {
    let schema = try RecipeSchema.text(catalogue: Self.catalogue)
    for kind in ["gain", "swish", "fourth_power", "uniform", "spherical"] {
      #expect(schema.contains("\"\(kind)\""))
      #expect(try !RecipeSchema.text().contains("\"\(kind)\""))
    }
  }
}
