import HourglassBase
import HourglassEngine
import HourglassLearning
import HourglassModels
import HourglassNN
import HourglassTestSupport
import Testing

/// Units whose meaning is known: an identity encoder with ReLU, and a decoder of known weights.
@Suite struct CodeFeaturesTests {
  /// Three numbers to a code of three and back; weights as `[outputs][inputs]`.
  private func model(
    _ form: SampleForm = .vector(3), encoder: [Float] = [1, 0, 0, 0, 1, 0, 0, 0, -1],
    decoder: [Float] = [2, 0, 1, 0, -3, 1, 1, 0, 1]
  ) throws -> TrainedModel {
    let isFlat = form.shape.rank == 1
    let autoencoder = try Autoencoder(
      input: form,
      encoder: (isFlat ? [] : [Flatten()]) + [Dense(3, activation: .relu, bias: false)],
      decoder: [Dense(3, bias: false)] + (isFlat ? [] : [Reshape(form.shape)]))
    let parameters = ParameterStore(
      try autoencoder.parameters().map {
        ($0.name, $0.specification.shape, $0.specification.isTrainable)
      })
    let numbers = [encoder, decoder]
    for (entry, values) in zip(parameters.entries, numbers) { parameters.write(entry.name, values) }
    return TrainedModel(model: autoencoder, objective: .undercomplete(), parameters: parameters, seed: 1)
  }

  private func samples(_ shape: Shape = [3]) throws -> SampleArray {
    try SampleArray(floats: [4, 0, 1, 0, 0, 1, 2, 0.5, 1, 0, 1, 1], count: 4, shape: shape)
  }

  /// Unit 0 is 4, 0, 2, 0; unit 1 is 0, 0, 0.5, 1; unit 2 is -1, so ReLU keeps it at 0.
  @Test func unitsOfAKnownModel() throws {
    let features = try CodeFeatures(model(), samples: samples())
    #expect(features.sampleCount == 4 && !features.areChannels && !features.isVariational)
    #expect(features.units.map(\.index) == [0, 1, 2])
    let (first, second) = (features.units[0], features.units[1])
    #expect(first.activeShare == 0.5 && first.meanActivation == 1.5 && first.range == 0...4)
    #expect(first.variance == 2.75)
    #expect(first.strongest.map(\.sample) == [0, 2, 1, 3] && first.strongest.map(\.value) == [4, 2, 0, 0])
    // What the decoder makes of (4, mean, mean) less that of (0, mean, mean): four times its first column.
    #expect(first.effect == [8, 0, 4])
    #expect(second.activeShare == 0.5 && second.effect == [0, -3, 0])
    #expect(features.dead.map(\.index) == [2] && features.dead[0].effect.isEmpty)
  }

  /// The most active first.
  @Test func unitsAreSortedByActivity() throws {
    let swapped = try model(encoder: [0, 0, -1, 0, 1, 0, 0, 0, 1])
    let features = try CodeFeatures(swapped, samples: samples())
    #expect(features.units.map(\.index) == [2, 1, 0])
    #expect(features.units.map(\.activeShare) == [1, 0.5, 0])
    // Unit 2 is 1 in all samples: it is active, and yet says nothing.
    #expect(features.units.map(\.isDead) == [true, false, true])
  }

  @Test func pageOfVectors() throws {
    let (model, samples) = (try model(), try samples())
    let features = try CodeFeatures(model, samples: samples)
    let html = try FeaturePage(
      title: "a <b>", features: features, samples: samples, form: model.model.input,
      captions: ["one", "two", "three", "f<our"]
    ).html()
    #expect(html.contains("<h1>a &lt;b&gt;</h1>") && html.contains("f&lt;our") && !html.contains("f<our"))
    #expect(
      html.contains("<span>active in 50 %</span><span>mean size 1.5</span>")
        && html.contains("changes up to 8"))
    #expect(html.contains("number 0: +8") && html.contains("number 1: -3"))
    #expect(html.contains("1 of 3 units is dead") && html.contains("Not shown: unit 2."))
    #expect(html.components("<section") == 2 && html.components("<li>") == 8)
    #expect(html.components("class=\"bars\"") == 10 && !html.contains("<img"))
  }

  @Test func pageOfSeriesAndPictures() throws {
    let series = try model(.series(channels: 1, length: 3))
    let waves = try samples([1, 3])
    let lines = try FeaturePage(
      title: "t", features: CodeFeatures(series, samples: waves), samples: waves, form: series.model.input
    ).html()
    #expect(lines.components("class=\"line\"") == 10 && !lines.contains("<img"))
    let images = try model(.image(channels: 1, height: 1, width: 3))
    let pixels = try samples([1, 1, 3])
    let pictures = try FeaturePage(
      title: "t", features: CodeFeatures(images, samples: pixels), samples: pixels, form: images.model.input
    ).html()
    #expect(pictures.components("<img") == 10 && pictures.contains("Grey is no change"))
    #expect(pictures.contains("4 images"))
  }

  /// A channel has its largest value of all places, and its middle place is changed.
  @Test func channelsOfAConvolution() throws {
    let autoencoder = try Autoencoder(
      input: .image(channels: 1, height: 3, width: 3), encoder: [Conv2D(1, kernel: 1, bias: false)],
      decoder: [Conv2D(1, kernel: 1, bias: false)])
    let parameters = ParameterStore(
      try autoencoder.parameters().map {
        ($0.name, $0.specification.shape, $0.specification.isTrainable)
      })
    for (entry, value) in zip(parameters.entries, [1, 10] as [Float]) {
      parameters.write(entry.name, [value])
    }
    let model = TrainedModel(
      model: autoencoder, objective: .undercomplete(), parameters: parameters, seed: 1)
    let samples = try SampleArray(
      floats: (0..<18).map(Float.init), count: 2, shape: [1, 3, 3])
    let features = try CodeFeatures(model, samples: samples)
    #expect(features.areChannels && features.units.count == 1)
    #expect(features.units[0].range == 8...17 && features.units[0].strongest.map(\.sample) == [1, 0])
    #expect(features.units[0].effect == [0, 0, 0, 0, 90, 0, 0, 0, 0])
  }

  @Test func refusals() throws {
    let model = try model()
    expectSentence(["no samples"], .usage) {
      _ = try CodeFeatures(model, samples: SampleArray(trustedFloats: [], count: 0, shape: [3]))
    }
    expectSentence(["shape"], .usage) {
      _ = try CodeFeatures(model, samples: SampleArray(trustedFloats: [1, 2], count: 1, shape: [2]))
    }
    expectSentence(["code of sample 1 is not finite"], .badData) {
      _ = try CodeFeatures(
        model, samples: SampleArray(trustedFloats: [1, 2, 3, .infinity, 1, 1], count: 2, shape: [3]))
    }
  }

  @Test func progressEndsTheWork() throws {
    struct Enough: Error {}
    let (model, samples) = (try model(), try samples())
    #expect(throws: Enough.self) { try CodeFeatures(model, samples: samples) { _ in throw Enough() } }
    let features = try CodeFeatures(model, samples: samples)
    #expect(throws: Enough.self) {
      try FeaturePage(title: "t", features: features, samples: samples, form: model.model.input)
        .html { _ in throw Enough() }
    }
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func components(_ text: String) -> Int {
    split(separator: text, omittingEmptySubsequences: false).count - 1
  }
}
