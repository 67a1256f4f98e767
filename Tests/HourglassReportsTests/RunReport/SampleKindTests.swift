import HourglassBase
import HourglassData
import HourglassDenoising
import HourglassModels
import HourglassNN
import HourglassReports
import HourglassRuns
import HourglassTestSupport
import Testing

/// What a sample is decides what is drawn and reported of it.
@Suite struct SampleKindTests {
  /// Two channels of sixteen moments: convolutions along time see a series as an image of one row.
  private static let seriesRecipe = """
    name: waves
    data: somewhere/waves.npz
    validation: 0.25
    model:
      input: [2, 16]
      encoder:
        - reshape: {shape: [2, 1, 16]}
        - conv2d: {filters: 3, kernel: [1, 3], stride: [1, 2], activation: tanh}
        - flatten
        - dense: {units: 4}
      decoder:
        - dense: {units: 24, activation: tanh}
        - reshape: {shape: [3, 1, 8]}
        - upsample2d: {factor: [1, 2]}
        - conv2d: {filters: 2, kernel: [1, 3], activation: sigmoid}
        - reshape: {shape: [2, 16]}
    epochs: 8
    batch_size: 8
    seed: 3
    """

  private func seriesRecipe() throws -> Recipe {
    try Recipe(YAML.parse(Self.seriesRecipe, source: "test.yaml"))
  }

  @Test func reportsOfSeriesShowNoPictures() async throws {
    let recipe = try seriesRecipe()
    let data = Waves.samples(40)
    let trained = try await recipe.model.train(on: data, epochs: 1, batchSize: 8, seed: 3, threads: 1).model
    #expect(try RunFigures(trained, data: data, samples: (0..<40).map { $0 }).all.isEmpty)
    let page = try ReportFixture.report(recipe).html()
    #expect(page.contains("(2, 16)") && page.contains("samples/s") && !page.contains("PSNR"))
  }

  @Test func reportCardsOfSeriesShowNoPictures() async throws {
    let recipe = try seriesRecipe()
    let trained = try await recipe.model.train(on: Waves.samples(60), epochs: 1, seed: 1, threads: 1).model
    let set = try DataSet(name: "waves", training: Waves.samples(60), test: Waves.samples(30))
    let viewed = try #require(set.viewed(as: trained.model.input))
    let card = try await ReportCard(of: trained, title: "waves", data: viewed, limit: 30, threads: 1)
    let page = try card.html()
    #expect(page.contains("Denoising") && !page.contains("<img"))
  }

  /// Of the shape of an image, but said to be none.
  @Test func anUnusualKindIsHeeded() throws {
    let model = try Autoencoder(input: SampleForm([1, 4, 4], kind: .vector)) {
      Encoder {
        Flatten()
        Dense(3, activation: .tanh)
      }
      Decoder {
        Dense(16, activation: .sigmoid)
        Reshape([1, 4, 4])
      }
    }
    let objective = Denoising(.gaussian(0.2))
    let trained = TrainedModel(
      model: model, objective: objective,
      parameters: try model.trainingProgram(objective).makeParameters(seed: 1),
      seed: 1)
    let data = ReportFixture.samples(count: 12, shape: [1, 4, 4])
    let metrics = try trained.evaluate(data, indices: [0, 1, 2], threads: 1).metrics
    #expect(metrics.keys.sorted() == ["mse", "mse_shown"])
    #expect(try RunFigures(trained, data: data, samples: [0, 1]).all.isEmpty)
    expectSentence(["no picture"], .usage) { _ = try PhotoDenoiser(trained) }
  }
}
