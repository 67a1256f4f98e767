import HourglassBase
import HourglassGraph
import HourglassNN
import HourglassTestSupport
import Testing

@Suite struct LayerConformanceTests {
  @Test(arguments: LayerCase.all)
  func layerKeepsItsWord(_ layerCase: LayerCase) throws {
    try checkLayer(layerCase.layer, input: layerCase.input)
    let shape = try layerCase.layer.outputShape(layerCase.input)
    #expect(shape == layerCase.output)
    let count = layerCase.layer.parameters(layerCase.input).map(\.shape.count).reduce(0, +)
    #expect(count == layerCase.parameters)
  }

  @Test func everyKindIsChecked() {
    let checked = Set(LayerCase.all.map { type(of: $0.layer).kind })
    #expect(Set(LayerCatalogue.kinds.map { $0.kind }) == checked)
    #expect(Set(LayerCatalogue.kinds.map { $0.title }).count == LayerCatalogue.kinds.count)
  }

  static let misfits: [(any Layer, Shape, String)] = [
    (Conv2D(2, kernel: 3, padding: .valid), [1, 2, 5], "kernel of 3x3"),
    (MaxPool2D(4), [1, 3, 8], "window of 4x4"),
    (AveragePool2D(4), [1, 8, 3], "window of 4x4"),
    (Conv2D(2, kernel: 3), [9], "reshape"),
    (Conv2DTranspose(2, kernel: 3), [9], "reshape"),
    (MaxPool2D(), [9], "takes an image"),
    (AveragePool2D(), [9], "takes an image"),
    (Upsample2D(), [9], "takes an image"),
    (Dense(3), [1, 3, 3], "flatten"),
    (
      Residual([Conv2D(2, kernel: 3)]), [1, 4, 4],
      "adds its input (1, 4, 4) to what its layers make of it, (2, 4, 4)"
    ),
    (Residual([Flatten(), Conv2D(2, kernel: 3)]), [1, 4, 4], "has a layer 1 (Conv2D) that takes an image"),
    (
      Residual([Upsample2D(64), MaxPool2D(64)]), [1, 128, 128],
      "has a layer 0 (Upsample2D) that makes (1, 8192, 8192)"
    ),
    (Conv1D(2, kernel: 3), [1, 4, 4], "takes a series (channels, length), but gets (1, 4, 4)"),
    (Conv1DTranspose(2, kernel: 3), [9], "takes a series"),
    (MaxPool1D(), [1, 4, 4], "takes a series"),
    (Upsample1D(), [9], "takes a series"),
    (Conv1D(2, kernel: 3, padding: .valid, dilation: 4), [1, 8], "windows of 9 moments"),
    (Conv1D(2, kernel: 3, stride: 2, dilation: 2), [1, 8], "a stride of 2 and a dilation of 2"),
    (AveragePool1D(4), [1, 3], "window of 4"),
    (Reshape([2, 5]), [9], "cannot turn (9), 9 elements, into (2, 5)"),
  ]

  @Test(arguments: misfits.indices)
  func inputThatDoesNotFitIsNamed(_ index: Int) {
    let (layer, input, words) = Self.misfits[index]
    let error = thrownError { _ = try Network("encoder", [layer]).shapes(input) }
    #expect(error.code == .usage)
    #expect(error.message.hasPrefix("Layer encoder.0 (\(type(of: layer).title)) "))
    #expect(error.message.contains(words), "\(error.message)")
  }

  @Test func absurdSizesAreRefusedBeforeMemoryIsTaken() {
    let cases: [([any Layer], Shape, String)] = [
      ([Dense(1_000_000)], [16_000_000], "encoder.0 (Dense) has parameters"),
      ([Conv2D(65_536, kernel: 255)], [65_536, 1, 1], "encoder.0 (Conv2D) has parameters"),
      ([Conv2DTranspose(65_536, kernel: 1, stride: 255)], [1, 65_536, 65_536], "more than 16,777,216"),
      (Array(repeating: Upsample2D(64), count: 100), [1, 1, 1], "encoder.2 (Upsample2D)"),
      ([Reshape([1, 1, 1_000_000])], [1_000_000], "more than 65,536"),
      ([Dense(0)], [3], "empty"),
    ]
    for (layers, input, words) in cases {
      let error = thrownError { _ = try Network("encoder", layers).rows(input) }
      #expect(error.code == .usage)
      #expect(error.message.contains(words), "\(error.message)")
    }
  }

  @Test func residualHasARowForEachOfItsLayers() throws {
    let network = Network(
      "encoder", [Residual([Conv2D(4, kernel: 3), Residual([Conv2D(4, kernel: 1)]), Conv2D(1, kernel: 3)])])
    let rows = try network.rows([1, 5, 5])
    #expect(
      rows.map(\.name) == [
        "encoder.0.0", "encoder.0.1.0", "encoder.0.1", "encoder.0.2", "encoder.0",
      ])
    #expect(rows.map(\.parameterCount) == [40, 20, 0, 37, 0])
    let absurd = Network("encoder", [Residual([Conv2D(65_536, kernel: 255), Conv2D(60_000, kernel: 1)])])
    let error = thrownError { _ = try absurd.rows([60_000, 1, 1]) }
    #expect(error.message.contains("Layer encoder.0.0 (Conv2D) has parameters"), "\(error.message)")
  }

  @Test func residualsThatCannotBe() {
    for (text, words) in [
      (SettingValue.list([]), "residual has 0 layers"),
      (
        .list([.map([Setting("gaussian_code", .map([Setting("units", 3)]))])]), "residual[0] is gaussian_code"
      ),
      (.list([.string("flaten")]), "did you mean \"flatten\"?"), (.number(3), "must be a map"),
      (.map([]), "lacks the setting \"layers\""),
    ] {
      let error = thrownError {
        _ = try LayerCatalogue.layer(.map([Setting("residual", text)]), path: "model.encoder[0]")
      }
      #expect(error.code == .usage && error.message.contains(words), "\(error.message)")
    }
  }
}
