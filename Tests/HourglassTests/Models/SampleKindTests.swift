import Foundation
import Hourglass
import Testing

/// What a sample is decides what is measured, drawn, saved and reported of it.
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

  private static func waves(_ count: Int, shape: Shape = [2, 16]) -> SampleArray {
    var floats: [Float] = []
    for sample in 0..<count {
      let frequency = 0.3 + 0.1 * Double(sample % 7)
      for place in 0..<32 {
        let (channel, moment) = (Double(place / 16), Double(place % 16))
        floats.append(Float(0.5 + 0.4 * sin(moment * frequency + channel)))
      }
    }
    return SampleArray(floats: floats, count: count, shape: shape)
  }

  @Test func kindsAnswerWhatCanBeDone() throws {
    let table: [(SampleForm, isPicture: Bool, isImage: Bool, places: Int, grid: [Int], noun: String)] = [
      (.vector(12), false, false, 12, [1, 12], "sample"),
      (.image(channels: 1, height: 3, width: 4), true, true, 12, [3, 4], "image"),
      (.image(channels: 3, height: 3, width: 4), true, true, 12, [3, 4], "image"),
      (.image(channels: 2, height: 3, width: 4), false, true, 12, [3, 4], "image"),
      (.series(channels: 3, length: 5), false, false, 5, [1, 5], "sample"),
      (try SampleForm([3, 3, 4], kind: .vector), false, false, 36, [1, 36], "sample"),
    ]
    for (form, isPicture, isImage, places, grid, noun) in table {
      #expect(form.isPicture == isPicture && form.isImage == isImage && form.places == places, "\(form)")
      #expect([form.grid.rows, form.grid.columns] == grid && form.noun == noun, "\(form)")
    }
    expectSentence(["(2, 16)", "kind image", "(channels, height, width)"], .usage) {
      _ = try SampleForm([2, 16], kind: .image)
    }
    expectSentence(["(16)", "kind series", "(channels, length)"], .usage) {
      _ = try SampleForm([16], kind: .series)
    }
  }

  @Test func viewsShareNumbersAndSayWhatTheyAre() throws {
    let series = SampleForm.series(channels: 2, length: 16)
    let file = Self.waves(5, shape: [1, 2, 16])
    #expect(file.kind == .image)
    let viewed = try #require(file.viewed(as: series))
    #expect(viewed.form == series && viewed.floats == file.floats)
    #expect(viewed.prefix(2).kind == .series && viewed.selecting([1, 3]).kind == .series)
    #expect(file.viewed(as: .vector(32)) == nil && file.viewed(as: .series(channels: 16, length: 2)) == nil)
    let one = SampleArray(floats: [1, 2, 3], count: 1, shape: [3])
    #expect(one.viewed(as: .series(channels: 1, length: 3))?.shape == [1, 3])
    let plain = try SampleForm([1, 2, 16], kind: .vector)
    #expect(file.viewed(as: plain)?.kind == .vector && file.viewed(as: plain)?.prefix(1).form == plain)
  }

  @Test func seriesAreTrainedMeasuredSavedAndReported() async throws {
    let recipe = try self.recipe(Self.seriesRecipe)
    #expect(recipe.model.input == .series(channels: 2, length: 16))
    // As a file of NumPy's gives them.
    let data = try RunData(
      DataSet(name: "waves", training: Self.waves(40, shape: [1, 2, 16])), for: recipe)
    #expect((data.training as? SampleArray)?.kind == .series && data.training.shape == [2, 16])
    let (trained, history) = try await recipe.model.train(
      on: data.training, epochs: recipe.plan.epochs, batchSize: 8, seed: 3, threads: 1)
    #expect(try #require(history.last).trainLoss < #require(history.first).trainLoss)
    let indices = (0..<40).map { UInt32($0) }
    let measured = try trained.evaluate(data.training, indices: indices, threads: 1).metrics
    #expect(Array(measured.keys) == ["mse"])
    #expect(try trained.pass(over: data.training).reconstruction.kind == .series)
    #expect(try recipe.model.summary().contains("(2, 16)"))
    #expect(try RunFigures(trained, data: data.training, samples: indices).all.isEmpty)
    let page = try ReportFixture.report(recipe).html()
    #expect(page.contains("(2, 16)") && page.contains("samples/s") && !page.contains("PSNR"))

    let path = FileManager.default.temporaryDirectory
      .appending(path: "hourglass-series-\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try trained.write(to: path)
    #expect(try !#require(SafeTensors.read(path: path).metadata["model"]).contains("kind"))
    let again = try TrainedModel.read(path: path)
    #expect(again.weightsDigest == trained.weightsDigest && again.model.input == trained.model.input)
    #expect(
      try again.pass(over: data.training).reconstruction.floats
        == trained.pass(over: data.training).reconstruction.floats)
  }

  @Test func reportCardsOfSeriesShowNoPictures() async throws {
    let recipe = try self.recipe(Self.seriesRecipe)
    let trained = try await recipe.model.train(on: Self.waves(60), epochs: 1, seed: 1, threads: 1).model
    let set = try DataSet(name: "waves", training: Self.waves(60), test: Self.waves(30))
    let viewed = try #require(set.viewed(as: trained.model.input))
    let card = try ReportCard(of: trained, title: "waves", data: viewed, limit: 30, threads: 1)
    let page = try card.html()
    #expect(page.contains("Denoising") && !page.contains("<img"))
  }

  @Test func everyFamilyThatTakesSeriesTrainsOnThem() throws {
    let model = try recipe(Self.seriesRecipe).model
    try checkFamily(Undercomplete(), model: model, epochs: 6)
    try checkFamily(Denoising(.masking(0.2)), model: model, epochs: 6)
    try checkFamily(SparseL1(lambda: 0.001), model: model, epochs: 6)
    let compressing = try Autoencoder(input: .series(channels: 2, length: 16)) {
      Encoder { QuantizedCode() }
      Decoder { ActivationLayer(.sigmoid) }
    }
    try checkFamily(RateDistortion(rateWeight: 0.001), model: compressing, epochs: 6)
    expectSentence(["blur", "(2, 16)"], .usage) { _ = try model.trainingProgram(Denoising(.blur(1))) }
  }

  @Test func anUnusualKindIsSavedAndHeeded() throws {
    let text = smallRecipe.with("input: [1, 4, 4]", "input: [1, 4, 4]\n  kind: vector")
    let recipe = try self.recipe(text)
    #expect(recipe.model.input.kind == .vector)
    #expect(try YAML.text(recipe.value).contains("kind: vector"))
    #expect(try Recipe(recipe.value).model.input == recipe.model.input)
    #expect(try !YAML.text(self.recipe(smallRecipe).value).contains("kind"))
    let program = try recipe.model.trainingProgram(recipe.objective)
    let trained = TrainedModel(
      model: recipe.model, objective: recipe.objective, parameters: program.makeParameters(seed: 1), seed: 1)
    let data = ReportFixture.samples(count: 12, shape: [1, 4, 4])
    #expect(try trained.evaluate(data, indices: [0, 1, 2], threads: 1).metrics.keys.sorted() == ["mse"])
    #expect(try RunFigures(trained, data: data, samples: [0, 1]).all.isEmpty)
    expectSentence(["no picture"], .usage) { _ = try PhotoDenoiser(trained) }
    expectSentence(["series", "(channels, length)"], .usage) {
      _ = try self.recipe(smallRecipe.with("input: [1, 4, 4]", "input: [1, 4, 4]\n  kind: series"))
    }
    expectSentence(["model.kind", "sereis", "series"], .usage) {
      _ = try self.recipe(smallRecipe.with("input: [1, 4, 4]", "input: [1, 4, 4]\n  kind: sereis"))
    }
  }

  private func recipe(_ text: String) throws -> Recipe {
    try Recipe(YAML.parse(text, source: "test.yaml"))
  }
}
