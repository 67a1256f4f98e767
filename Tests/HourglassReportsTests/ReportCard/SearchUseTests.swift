import HourglassBase
import HourglassData
import HourglassEngine
import HourglassModels
import HourglassReports
import HourglassTestSupport
import Testing

/// How many of the nearest are of the same class, counted by brute force.
@Suite struct SearchUseTests {
  /// Three classes that overlap: the first 200 samples are searched, the others looked up.
  private static let cloud = PointClouds.clusters(260, features: 8, classes: 3, apart: 0.7)
  private static let labels = PointClouds.labels(260, classes: 3).map { Int($0) }

  private func data(labelled: Bool) throws -> DataSet {
    let training = try Self.cloud.array((0..<200).map { UInt32($0) })
    let test = try Self.cloud.array((200..<260).map { UInt32($0) })
    return try DataSet(
      name: "clusters", training: training, trainingLabels: labelled ? Array(Self.labels[..<200]) : [],
      test: test, testLabels: labelled ? Array(Self.labels[200...]) : [])
  }

  /// The share of the ten nearest that have the query's class.
  private func precision(_ training: SampleArray, _ test: SampleArray) -> Double {
    let points = training.points
    var hits = 0
    for (place, query) in test.points.enumerated() {
      let found = CardFixture.nearest(10, to: query, among: points)
      hits += found.count { Self.labels[$0] == Self.labels[200 + place] }
    }
    return Double(hits) / Double(10 * test.count)
  }

  @Test func figures() async throws {
    let set = try data(labelled: true)
    let (training, test) = (try set.training.array(), try set.test.array())
    let model = try await CardFixture.model(on: training)
    let section = try CardFixture.section("search", of: model, set)
    let components = try await PrincipalComponents(of: training, count: 2, seed: CardFixture.seed)
    let own = try precision(model.encode(training), model.encode(test))
    let simple = try precision(components.project(training), components.project(test))
    let whole = precision(training, test)
    // Sums in another order may swap a result or two of 600.
    for (name, expected) in [
      ("precision_at_10", own), ("precision_at_10_pca", simple), ("precision_at_10_samples", whole),
    ] {
      let given = try #require(section.metrics[name], "\(name)")
      #expect(abs(given - expected) < 0.004, "\(name): \(given) instead of \(expected)")
    }
    #expect(section.metrics.count == 3)
    #expect(whole > 0.4 && whole < 1, "the classes lie apart, but not wholly")
    #expect(section.isBetter == (own > simple))
    #expect(section.verdict.hasPrefix("The autoencoder's codes find more") == (own > simple))
  }

  /// Without classes nobody can say which results are right.
  @Test func withoutClassesThereIsNoFigure() async throws {
    let set = try data(labelled: false)
    let section = try CardFixture.section(
      "search", of: await CardFixture.model(on: set.training.array()), set)
    #expect(section.metrics.isEmpty && section.isBetter == nil && section.verdict.contains("no labels"))
  }
}
