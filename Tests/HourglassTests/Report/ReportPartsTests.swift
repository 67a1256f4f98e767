import Hourglass
import Testing

struct ReportPartsTests {
  @Test func readsTheMachine() {
    #expect(Machine.processor(in: "processor\t: 0\nmodel name\t: Fast CPU @ 3: GHz\n") == "Fast CPU @ 3: GHz")
    #expect(Machine.processor(in: "processor: 0\nHardware : Board\nModel : Pi 5\n") == "Pi 5")
    #expect(Machine.processor(in: "processor : 0\nmodel name :\n") == nil)
    #expect(Machine.distribution(in: "ID=x\nPRETTY_NAME=\"Debian 12\"\n") == "Debian 12")
    #expect(Machine.distribution(in: "") == nil)
    #expect(!Machine.current.processor.isEmpty && !Machine.current.system.isEmpty)
  }

  @Test func writesNumbers() {
    #expect(ReportText.measured(0.0139) == "0.01390")
    #expect(ReportText.measured(1234) == "1234")
    #expect(ReportText.significant(0.001) == "0.001")
    #expect(
      [0.5, 12.34, 59.97, 200, 3720].map(ReportText.duration)
        == ["0.50 s", "12.3 s", "1 min 0 s", "3 min 20 s", "1 h 02 min"])
    #expect(ReportText.count(0, "anomaly") == "0 anomalies" && ReportText.count(1, "anomaly") == "1 anomaly")
    #expect(ReportText.count(1, "epoch") == "1 epoch" && ReportText.count(1200, "image") == "1,200 images")
  }

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
}
