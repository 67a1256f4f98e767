import HourglassBase
import HourglassData
import HourglassPictures
import HourglassRuns
import HourglassTestSupport
import Testing

@Suite struct RunDataTests {
  private func split(_ validation: String, limit: String = "", count: Int = 40, seed: Int = 3) throws
    -> RunData
  {
    let images = SampleArray(
      trustedBytes: Array(repeating: 7, count: count * 16), count: count, shape: [1, 4, 4])
    let data = try DataSet(
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

  // MARK: - Data without a test part

  private func withoutTest(
    _ settings: [String], bytes: [UInt8] = (0..<40 * 16).map { UInt8(truncatingIfNeeded: $0) }
  ) throws -> RunData {
    let images = SampleArray(trustedBytes: bytes, count: 40, shape: [1, 4, 4])
    return try RunData(
      DataSet(name: "photos", training: images), for: recipe(smallRecipe, set: ["limit="] + settings))
  }

  @Test func withoutTestPartATenthIsKeptOut() throws {
    let open = try withoutTest(["validation="])
    #expect(open.choice == .split(0.1))
    #expect(open.validationSamples.count == 4 && open.trainingSamples.count == 36)
    #expect(try withoutTest(["validation=none"]).trainingSamples.count == 40)
    #expect(try withoutTest(["validation=0.5"]).validationSamples.count == 20)
    expectSentence(
      ["photos has no test samples", "in a recipe by validation: 0.1 or validation: none."], .badData
    ) {
      _ = try withoutTest(["validation=test"])
    }
  }

  // MARK: - Patches

  /// Twelve patches of each of some photos.
  private func patches(photos: Int, validation: String) throws -> RunData {
    try withScratchFolder { folder in
      for photo in 0..<photos {
        let bytes = [UInt8](repeating: UInt8(photo), count: 90)
        try PNG.write(
          Picture(width: 10, height: 9, channels: 1, trusted: bytes), to: "\(folder)/\(photo).png")
      }
      let data = try PatchSampling(size: 4, count: 12 * photos).load(directory: folder, channels: 1, seed: 1)
      return try RunData(data, for: recipe(smallRecipe, set: ["limit=", "validation=\(validation)"]))
    }
  }

  /// The shades of photos are their numbers.
  private func photos(_ samples: [UInt32], _ data: RunData) throws -> Set<Int> {
    try Set(samples.map { try Int((data.training.numbers(of: Int($0))[0] * 255).rounded()) })
  }

  @Test func photosAreKeptOutOfTrainingWhole() throws {
    for (share, kept) in [("0.2", 1), ("0.5", 3), ("0.01", 1), ("0.99", 4)] {
      let data = try patches(photos: 5, validation: share)
      let (seen, unseen) = try (
        photos(data.trainingSamples, data), photos(data.validationSamples, data)
      )
      #expect(seen.isDisjoint(with: unseen) && unseen.count == kept && seen.count == 5 - kept)
      #expect(data.validationSamples.count == 12 * kept && data.trainingSamples.count == 12 * (5 - kept))
      #expect(data.notes.first?.contains("those of \(kept) of 5 photos") ?? false)
    }
    let single = try patches(photos: 1, validation: "0.25")
    #expect(single.validationSamples.count == 3 && single.trainingSamples.count == 9)
    #expect(single.notes.first?.contains("one photo only") ?? false)
    #expect(try split("0.25").notes.isEmpty)
  }

  @Test func whatIsLeftOpenIsTheTestPartWhereThereIsOne() throws {
    let images = SampleArray(trustedBytes: Array(0..<32), count: 2, shape: [1, 4, 4])
    let data = try DataSet(name: "test", training: images, test: images)
    let open = try RunData(data, for: recipe(smallRecipe, set: ["validation="]))
    #expect(open.choice == .test && open.validationSamples == [0, 1])
  }

  // MARK: - Augmentation

  @Test func addedImagesAreTrainedAndValidatedOn() throws {
    let augment = "data={name: mnist, augment: {share: 0.25, transformations: [flip-left-right]}}"
    let data = try withoutTest([augment, "validation=0.2"])
    #expect(data.training.count == 50)
    #expect(data.trainingSamples.count == 40 && data.validationSamples.count == 10)
    #expect((data.trainingSamples + data.validationSamples).sorted() == Array(0..<50))
    #expect(data.validationSamples.contains { $0 >= 40 } || data.trainingSamples.contains { $0 >= 40 })
    let again = try withoutTest([augment, "validation=0.2"])
    #expect(try (0..<50).allSatisfy { try again.training.numbers(of: $0) == data.training.numbers(of: $0) })
    let other = try withoutTest([augment, "validation=0.2", "seed=99"])
    #expect(try (40..<50).contains { try other.training.numbers(of: $0) != data.training.numbers(of: $0) })
  }

  // MARK: - Samples of another form

  @Test func samplesAreViewedAsTheModelTakesThem() throws {
    let recipe = try recipe(
      """
      name: waves
      data: somewhere/waves.npz
      validation: 0.25
      model:
        input: [2, 16]
        encoder: [flatten, {dense: {units: 4}}]
        decoder: [{dense: {units: 32}}, {reshape: {shape: [2, 16]}}]
      epochs: 8
      """)
    #expect(recipe.model.input == .series(channels: 2, length: 16))
    // As a file of NumPy's gives them.
    let data = try RunData(
      DataSet(name: "waves", training: Waves.samples(40, shape: [1, 2, 16])), for: recipe)
    #expect((data.training as? SampleArray)?.kind == .series && data.training.shape == [2, 16])
  }

  @Test func misfitsNameTheSettingsThatHelp() throws {
    func sentence(_ shape: Shape, _ words: [String], floats: Bool = false) {
      expectSentence(words, .badData) {
        let samples =
          floats
          ? SampleArray(trustedFloats: Array(repeating: 0, count: shape.count), count: 1, shape: shape)
          : SampleArray(trustedBytes: Array(repeating: 0, count: shape.count), count: 1, shape: shape)
        _ = try RunData(DataSet(name: "odd", training: samples), for: recipe(smallRecipe))
      }
    }
    sentence(
      [3, 5, 6],
      ["(3, 5, 6)", "(1, 4, 4)", "set data.channels to 1 and data.resize to 4 in the recipe, or set"])
    sentence([1, 5, 4], ["set data.resize to 4 in the recipe,"])
    sentence([3, 4, 4], ["set data.channels to 1 in the recipe, or set model.input"])
    sentence([16], ["The samples of odd", "give other data"])
    sentence([1, 5, 4], ["give other data"], floats: true)
  }

  @Test func splitThatLeavesNothingIsExplained() {
    expectSentence(["no training samples"], .badData) { _ = try split("0.99", count: 1) }
  }
}
