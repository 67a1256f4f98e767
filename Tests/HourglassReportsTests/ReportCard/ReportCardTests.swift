import HourglassBase
import HourglassData
import HourglassDrawing
import HourglassEngine
import HourglassModels
import HourglassNN
import HourglassReports
import HourglassTestSupport
import Testing

/// A model's uses beside simple methods.
@Suite struct ReportCardTests {
  /// Points near a plane in eight dimensions.
  private func samples(_ count: Int, state: UInt64) -> SampleArray {
    var numbers = TestNumbers(state)
    var floats: [Float] = []
    for _ in 0..<count {
      let (a, b) = (Float(numbers.unit()), Float(numbers.unit()))
      floats += (0..<8).map { 0.3 + 0.05 * Float($0) * a + 0.04 * Float(7 - $0) * b * b }
    }
    return SampleArray(trustedFloats: floats, count: count, shape: [8])
  }

  private func context(limit: Int = 100) async throws -> (CardContext, DataSet, TrainedModel) {
    let set = try DataSet(
      name: "planes", training: samples(300, state: 5), test: samples(120, state: 6))
    let model = try Autoencoder(input: .vector(8)) {
      Encoder { Dense(2) }
      Decoder { Dense(8) }
    }
    let trained = try await model.train(
      on: set.training, objective: .undercomplete(), optimizer: .adam(learningRate: 0.01), epochs: 5, seed: 3
    ).model
    return (
      try CardContext(trained, data: set, limit: limit, seed: 1, threads: 1), set, trained
    )
  }

  @Test func reconstructionStandsBesidePrincipalComponents() async throws {
    let (context, set, trained) = try await context()
    let card = try ReportCard(title: "planes", data: set, context)
    let section = try #require(card.sections.first { $0.key == "reconstruct" })
    let test = try set.test.prefix(100).array()
    let rebuilt = try trained.decode(trained.encode(test))
    #expect(section.metrics["mse"] == meanSquaredError(trusted: rebuilt.floats, test.floats))
    let components = try await PrincipalComponents(of: set.training.array(), count: 2, seed: 1)
    let simple = try components.reconstruct(components.project(test))
    let baseline = meanSquaredError(trusted: simple.floats, test.floats)
    #expect(section.metrics["mse_pca"] == baseline)
    // A linear model of five epochs cannot beat the best linear one by much, and this one is far from it.
    #expect(section.isBetter == false)
    let page = try card.html()
    #expect(page.contains("planes: report card") && page.contains(HTML("\(section.verdict)").text))
    #expect(!page.contains("<script"))
  }

  @Test func samplesThatTheModelSawAreTold() async throws {
    let (context, set, _) = try await context()
    var card = try ReportCard(title: "planes", data: set, context)
    #expect(card.background == ["On how many samples the model was trained is not known."])
    card.trainedOn = 1234
    #expect(card.background == ["The model was trained on 1,234 samples."])
    #expect(try card.html().contains("The model was trained on 1,234 samples."))
  }

  @Test func cardsDoNotDependOnThreads() async throws {
    let (_, set, trained) = try await context()
    let cards = try [1, 3].map { threads in
      try ReportCard(
        title: "planes", data: set, CardContext(trained, data: set, limit: 100, seed: 1, threads: threads))
    }
    #expect(cards[0].sections.map(\.metrics) == cards[1].sections.map(\.metrics))
  }

  /// Ten points on a line and new ones beside the first three: by hand, each of the points 0 to 4 has one of them among its
  /// five nearest (4: 3, 5, 2, 6 and then 2.1 at 1.9, before 1), and 5 has not (4, 6, 3, 7, then 2 or 8 at 3 after 2.1 at 2.9).
  @Test func coverageCountsSamplesWithANewOneNear() throws {
    func line(_ places: [Float]) -> SampleArray {
      SampleArray(trustedFloats: places, count: places.count, shape: [1])
    }
    let real = line((0..<10).map(Float.init))
    let made: [Float] = [0.1, 1.1, 2.1]
    // By brute force.
    let places = (0..<10).map(Float.init) + made
    let expected = (0..<10).count { index in
      let nearest = places.indices.filter { $0 != index }.sorted {
        (abs(places[$0] - places[index]), $0) < (abs(places[$1] - places[index]), $1)
      }
      return nearest.prefix(5).contains { $0 >= 10 }
    }
    #expect(try coverage(of: real, by: line(made), neighbours: 5, threads: 1) == Double(expected) / 10)
  }

  @Test func tooFewSamplesAreRefused() async throws {
    let (_, set, trained) = try await context()
    #expect(throws: HourglassError.self) {
      try CardContext(trained, data: set, limit: 10, seed: 1, threads: 1)
    }
  }
}
