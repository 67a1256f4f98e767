import HourglassBase
import HourglassDrawing
import HourglassModels
import HourglassNN
import HourglassReports
import HourglassRuns
import HourglassTestSupport
import Testing

struct RunFiguresTests {
  @Test func drawsOnlyWhatCanBeDrawn() throws {
    func figures(_ recipe: Recipe, count: Int) throws -> [Figure] {
      let parameters = try recipe.model.trainingProgram(recipe.objective).makeParameters(seed: 1)
      let trained = TrainedModel(
        model: recipe.model, objective: recipe.objective, parameters: parameters, seed: 1)
      let data = ReportFixture.samples(count: count, shape: recipe.model.inputShape)
      return try RunFigures(trained, data: data, samples: (0..<UInt32(count)).map { $0 }).all
    }
    let noisy = try figures(ReportFixture.recipe(), count: 13)
    #expect(noisy.map(\.file) == ["reconstructions.png", "noisy.png"])
    #expect(noisy[0].rows.map(\.count) == [10, 10, 10] && noisy[1].rows.map(\.count) == [10, 3])
    #expect(try figures(ReportFixture.vectorRecipe(), count: 13).isEmpty)
    var clean = try ReportFixture.recipe()
    clean.objective = Undercomplete()
    let rebuilt = try figures(clean, count: 3)
    #expect(rebuilt.count == 1 && rebuilt[0].labels == ["original", "rebuilt"])
    // Two channels are an image, but none that can be shown.
    clean.model = try Autoencoder(input: .image(channels: 2, height: 4, width: 4)) {
      Encoder { Conv2D(1, kernel: 3) }
      Decoder { Conv2D(2, kernel: 3) }
    }
    #expect(try figures(clean, count: 3).isEmpty)
  }

  @Test func samplesThatAreNotInMemoryMakeTheSameFigures() throws {
    let recipe = try ReportFixture.recipe()
    let trained = TrainedModel(
      model: recipe.model, objective: recipe.objective,
      parameters: try recipe.model.trainingProgram(recipe.objective).makeParameters(seed: 1), seed: 1)
    let bytes = (0..<20 * 144).map { UInt8(truncatingIfNeeded: $0 * $0 + $0 / 7) }
    let samples: [UInt32] = [3, 0, 19, 7]
    let memory = try RunFigures(
      trained, data: SampleArray(trustedBytes: bytes, count: 20, shape: [1, 12, 12]), samples: samples)
    let file = try RunFigures(trained, data: FileSource(bytes: bytes, shape: [1, 12, 12]), samples: samples)
    #expect(!file.all.isEmpty && file.all.map(\.picture) == memory.all.map(\.picture))
  }
}
