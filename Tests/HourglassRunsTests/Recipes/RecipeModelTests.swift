import HourglassBase
import HourglassModels
import HourglassNN
import HourglassRuns
import HourglassTestSupport
import Testing

/// Models that recipes describe are those that Swift builds.
@Suite struct RecipeModelTests {
  /// The model of `smallRecipe`.
  private func builtModel() throws -> Autoencoder {
    try Autoencoder(input: .image(channels: 1, height: 4, width: 4)) {
      Encoder {
        Conv2D(2, kernel: 3, stride: 2, activation: .relu)
        Flatten()
        Dense(3, activation: .tanh)
      }
      Decoder {
        Dense(16)
        Reshape([1, 4, 4])
        ActivationLayer(.sigmoid)
      }
    }
  }

  @Test func builderAndRecipeMakeTheSameModel() throws {
    let recipe = try recipe(smallRecipe)
    let built = try builtModel()
    #expect(try built.parameters().map(\.name) == recipe.model.parameters().map(\.name))
    #expect(
      try built.parameters().map(\.name) == [
        "encoder.0.weight", "encoder.0.bias", "encoder.2.weight", "encoder.2.bias", "decoder.0.weight",
        "decoder.0.bias",
      ])
    let objective = Denoising.denoising(.gaussian(0.2), loss: .l1)
    let programs = [
      try built.trainingProgram(objective), try recipe.model.trainingProgram(recipe.objective),
    ]
    #expect(programs[0].training.description == programs[1].training.description)
    #expect(programs[0].evaluation.description == programs[1].evaluation.description)
    #expect(try built.summary() == recipe.model.summary())
  }

  /// Two steps each: one epoch of two batches.
  @Test func builderAndRecipeTrainToTheSameWeights() async throws {
    let recipe = try recipe(smallRecipe)
    var numbers = TestNumbers(1)
    let samples = SampleArray(trustedFloats: numbers.units(16 * 16), count: 16, shape: [1, 4, 4])
    var digests: [String] = []
    for (model, objective) in [
      (try builtModel(), Denoising.denoising(.gaussian(0.2), loss: .l1) as any Objective),
      (recipe.model, recipe.objective),
    ] {
      let trained = try await model.train(
        on: samples, objective: objective, optimizer: recipe.plan.optimizer, epochs: 1, batchSize: 8, seed: 3,
        threads: digests.count + 1)
      digests.append(trained.model.weightsDigest)
    }
    #expect(digests[0] == digests[1])
  }

  @Test func residualModelsAreTheSame() throws {
    let recipe = try recipe(
      """
      name: same
      data: mnist
      model:
        input: [3, 8, 8]
        residual: true
        encoder:
          - conv2d: {filters: 4, kernel: 4, stride: 2, activation: relu}
          - residual: [{conv2d: {filters: 4, kernel: 3, activation: tanh}}]
        decoder:
          - conv2d_transpose: {filters: 3, kernel: 4, stride: 2}
      objective: {denoising: {corruption: {gaussian: 0.1}}}
      epochs: 1
      """)
    let model = try Autoencoder(input: .image(channels: 3, height: 8, width: 8), isResidual: true) {
      Encoder {
        Conv2D(4, kernel: 4, stride: 2, activation: .relu)
        Residual { Conv2D(4, kernel: 3, activation: .tanh) }
      }
      Decoder { Conv2DTranspose(3, kernel: 4, stride: 2) }
    }
    let objective = Denoising.denoising(.gaussian(0.1))
    #expect(try recipe.model.summary() == model.summary())
    #expect(
      recipe.model.inferenceGraph(recipe.objective).description
        == model.inferenceGraph(objective).description)
    let digests = try [(recipe.model, recipe.objective), (model, objective as any Objective)].map {
      let store = try $0.trainingProgram($1).makeParameters(seed: 1)
      return TrainedModel(model: $0, objective: $1, parameters: store, seed: 1).weightsDigest
    }
    #expect(digests[0] == digests[1])
  }

  @Test func residualModelsAreForDenoising() throws {
    let text = try YAML.text(recipe(smallRecipe).value)
    #expect(try recipe(text, set: ["model.residual=true"]).model.isResidual)
    expectSentence(["model.residual", "undercomplete could learn nothing"], .usage) {
      _ = try recipe(text, set: ["model.residual=true", "objective=undercomplete"])
    }
    expectSentence(["model.residual is 3", "true or false"], .usage) {
      _ = try recipe(text, set: ["model.residual=3"])
    }
  }

  @Test func modelsAreToldALevel() throws {
    let text = try YAML.text(recipe(smallRecipe).value)
    let told = try recipe(
      text, set: ["model.level=0.1", "objective={denoising: {corruption: {gaussian: [0.05, 0.2]}}}"])
    #expect(told.model.level == 0.1)
    #expect(try recipe(YAML.text(told.value)).model.level == 0.1)
    expectSentence(["model.level", "undercomplete corrupts none"], .usage) {
      _ = try recipe(text, set: ["model.level=0.1", "objective=undercomplete"])
    }
    expectSentence(["model.level is -1", "from 0 to 100"], .usage) {
      _ = try recipe(text, set: ["model.level=-1"])
    }
  }

  // MARK: - What a sample is

  @Test func anUnusualKindIsReadAndWritten() throws {
    let recipe = try recipe(smallRecipe.with("input: [1, 4, 4]", "input: [1, 4, 4]\n  kind: vector"))
    #expect(recipe.model.input.kind == .vector)
    #expect(try YAML.text(recipe.value).contains("kind: vector"))
    #expect(try Recipe(recipe.value).model.input == recipe.model.input)
  }

  @Test func theUsualKindIsNotWritten() throws {
    #expect(try !YAML.text(recipe(smallRecipe).value).contains("kind"))
  }

  @Test(arguments: [
    ("series", ["series", "(channels, length)"]), ("sereis", ["model.kind", "sereis", "series"]),
  ])
  func otherKindsAreRefused(_ kind: String, _ words: [String]) {
    expectSentence(words, .usage) {
      _ = try recipe(smallRecipe.with("input: [1, 4, 4]", "input: [1, 4, 4]\n  kind: \(kind)"))
    }
  }

  // MARK: - Beginnings

  @Test func modelsThatCannotBeginAsPrincipalComponentsAreRefused() {
    let base = smallRecipe + "\nstart: principal_components\n"
    expectSentence(["principal_components", "encoder's first layer"], .usage) { _ = try recipe(base) }
    expectSentence(["start", "pca"], .usage) { _ = try recipe(smallRecipe + "\nstart: pca\n") }
  }

  @Test func theStartIsTheSameAfterWritingAndReading() throws {
    let shipped = try RecipeCatalogue.recipe("image-compression")
    let again = try Recipe(shipped.value)
    #expect(shipped.start != nil && again.start == shipped.start)
  }

  private let deepRecipe = """
    name: deep
    data: mnist
    model:
      input: [1, 4, 4]
      encoder:
        - flatten
        - dense: {units: 12, activation: sigmoid}
        - dense: {units: 6, activation: sigmoid}
      decoder:
        - dense: {units: 12, activation: sigmoid}
        - dense: {units: 16, activation: sigmoid}
        - reshape: {shape: [1, 4, 4]}
    pretraining: {epochs: 30}
    epochs: 1
    """

  @Test func pretrainingIsReadAndWritten() throws {
    let recipe = try recipe(deepRecipe)
    #expect(recipe.pretraining == Pretraining(epochs: 30))
    #expect(try Recipe(recipe.value).pretraining == recipe.pretraining)
  }

  @Test func halvesThatDoNotMirrorEachOtherAreRefused() {
    expectSentence(["pretraining", "2 layers of the encoder", "1 of the decoder"], .usage) {
      _ = try recipe(
        deepRecipe.with(
          "    - dense: {units: 12, activation: sigmoid}\n    - dense: {units: 16", "    - dense: {units: 16")
      )
    }
  }

  @Test func pretrainingNeedsItsEpochs() {
    expectSentence(["pretraining", "epochs"], .usage) {
      _ = try recipe(deepRecipe.with("pretraining: {epochs: 30}", "pretraining: {epoch: 30}"))
    }
  }
}
