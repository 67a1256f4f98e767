import Hourglass
import HourglassData
import HourglassEngine
import HourglassNN
import Testing

@Suite struct RunDataTests {
  private func split(_ validation: String, limit: String = "", count: Int = 40, seed: Int = 3) throws
    -> RunData
  {
    let images = SampleArray(bytes: Array(repeating: 7, count: count * 16), count: count, shape: [1, 4, 4])
    let data = try ImageDataSet(
      name: "test", training: images, trainingLabels: Array(repeating: 0, count: count), test: images,
      testLabels: Array(repeating: 0, count: count), classNames: nil)
    return try RunData(
      data, for: recipe(smallRecipe, set: ["validation=\(validation)", "limit=\(limit)", "seed=\(seed)"]))
  }

  @Test func splitIsDisjointCompleteAndKeyedBySeed() throws {
    let data = try split("0.25")
    #expect(data.trainingSamples.count == 30 && data.validationSamples.count == 10)
    #expect((data.trainingSamples + data.validationSamples).sorted() == Array(0..<40))
    #expect(try split("0.25").validationSamples == data.validationSamples)
    #expect(try split("0.25", seed: 4).validationSamples != data.validationSamples)
  }

  @Test func limitLeavesValidationAlone() throws {
    let data = try split("0.25", limit: "5")
    #expect(data.trainingSamples.count == 5 && data.validationSamples.count == 10)
    #expect(Set(data.trainingSamples).isDisjoint(with: data.validationSamples))
    #expect(try split("test", limit: "5").trainingSamples == [0, 1, 2, 3, 4])
    #expect(try split("none", limit: "1000").trainingSamples.count == 40)
    #expect(try split("none").validationSamples.isEmpty)
  }

  @Test func splitThatLeavesNothingIsExplained() {
    expectSentence(["no training samples"], .badData) { _ = try split("0.99", count: 2) }
  }
}
