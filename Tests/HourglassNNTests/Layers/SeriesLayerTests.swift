import HourglassBase
import HourglassGraph
import HourglassNN
import HourglassTestSupport
import Testing

/// Layers along series against PyTorch, whose numbers `series_reference.py` computed.
@Suite struct SeriesLayerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var layer: any Layer
    var length: Int
    var testDescription: String { name }
  }

  static let cases: [Case] =
    [
      (SeriesPadding.same, 3, 1, 1, 8), (.same, 4, 2, 1, 9), (.valid, 3, 2, 1, 9), (.causal, 3, 1, 1, 8),
      (.causal, 3, 2, 1, 8), (.same, 3, 1, 2, 9), (.same, 2, 1, 3, 10), (.same, 4, 1, 3, 10),
      (.valid, 3, 1, 4, 11), (.causal, 3, 1, 4, 11), (.causal, 2, 1, 8, 5),
    ].map { padding, kernel, stride, dilation, length in
      Case(
        name: "conv1d \(padding) \(kernel) \(stride) \(dilation)",
        layer: Conv1D(3, kernel: kernel, stride: stride, padding: padding, dilation: dilation), length: length
      )
    }
    + [(Padding.same, 3, 1), (.same, 4, 2), (.valid, 3, 2), (.valid, 3, 1)].map { padding, kernel, stride in
      Case(
        name: "conv1d_transpose \(padding) \(kernel) \(stride)",
        layer: Conv1DTranspose(3, kernel: kernel, stride: stride, padding: padding), length: 5)
    } + [
      Case(name: "max_pool1d 3 2", layer: MaxPool1D(3, stride: 2), length: 9),
      Case(name: "average_pool1d 3 2", layer: AveragePool1D(3, stride: 2), length: 9),
      Case(name: "upsample1d nearest 3", layer: Upsample1D(3), length: 4),
      Case(name: "upsample1d linear 3", layer: Upsample1D(3, interpolation: .linear), length: 4),
    ]

  @Test(arguments: cases)
  func valuesAndGradientsAreThoseOfPyTorch(_ value: Case) throws {
    let shape: Shape = [2, value.length]
    var program = LayerProgram(value.layer, shape, isTraining: false)
    program.samples = program.samples.map { _ in sequence(shape.count, 1) }
    program.probes = program.probes.map { sequence($0.count, 5) }
    for (name, seed) in [("weight", 3), ("bias", 4)] {
      let count = value.layer.parameters(shape).first { $0.name == name }?.shape.count
      if let count { program.parameters["net.0.\(name)"] = sequence(count, seed) }
    }
    let found = program.run()
    let expected = try #require(seriesReferenceNumbers[value.name])
    #expect(expected.count == (value.layer.parameters(shape).isEmpty ? 2 : 4))
    expectClose(found["y"]!.sample(0), try #require(expected["y"]), value.name)
    expectClose(found["gradient/x"]!.sample(0), try #require(expected["x"]), "\(value.name), x")
    for name in ["weight", "bias"] where expected[name] != nil {
      expectClose(found["gradient/\(name)"]!.flat, try #require(expected[name]), "\(value.name), \(name)")
    }
  }

  /// With causal padding, what comes later changes nothing before.
  @Test(arguments: [1, 2, 5])
  func causalValuesDoNotSeeWhatComesLater(_ dilation: Int) {
    let layer = Conv1D(2, kernel: 3, padding: .causal, dilation: dilation)
    var program = LayerProgram(layer, [1, 20], isTraining: false)
    let before = program.run()["y"]!.sample(0)
    program.samples[0][12...] = ArraySlice(Array(repeating: 9, count: 8))
    let after = program.run()["y"]!.sample(0)
    for channel in 0..<2 {
      #expect(before[channel * 20..<channel * 20 + 12] == after[channel * 20..<channel * 20 + 12])
      #expect(before[channel * 20 + 12] != after[channel * 20 + 12])
    }
  }
}

/// The numbers of `series_reference.py`: element `i` of tensor `seed`.
private func sequence(_ count: Int, _ seed: Int) -> [Double] {
  (0..<count).map { Double(($0 * 37 + seed * 17 + 11) % 101 - 50) / 25 }
}
