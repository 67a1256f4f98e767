import HourglassBase
import HourglassFiles
import HourglassGraph
import HourglassMessages
import HourglassModels
import HourglassNN
import HourglassONNX
import HourglassTestSupport
import Testing

@Suite struct ONNXExportTests {
  private func written(_ export: ONNXExport) throws -> ONNXModel {
    let scratch = ScratchFolder()
    let path = "\(scratch.path)/model.onnx"
    try export.write(to: path)
    let bytes = try BoundedFile.read(path, limit: 1 << 24)
    return try ONNXModel(decoding: bytes, source: "model.onnx")
  }

  /// Every value is there before it is read, and has one name.
  @Test func graphsAreWhole() throws {
    for (name, model) in try ExportModels.all() {
      for part in ONNXExport.Part.allCases where part != .decoder || !model.model.isResidual {
        let graph = try written(ONNXExport(model, part: part)).graph
        var known = Set(graph.initializer.map(\.name)).union(graph.input.map(\.name))
        for node in graph.node {
          for input in node.input where !input.isEmpty {
            #expect(known.contains(input), "\(name): \(node.name) reads \(input)")
          }
          for output in node.output {
            #expect(known.insert(output).inserted, "\(name): \(output) comes twice")
          }
        }
        for output in graph.output { #expect(known.contains(output.name), "\(name)") }
      }
    }
  }

  private func operators(_ model: TrainedModel, _ part: ONNXExport.Part = .whole) throws -> [String] {
    try written(ONNXExport(model, part: part)).graph.node.map(\.opType)
  }

  @Test func layersAreTheOperatorsThatPeopleKnow() throws {
    let models = Dictionary(uniqueKeysWithValues: try ExportModels.all().map { ($0.name, $0.model) })
    func operators(_ name: String) throws -> [String] { try self.operators(#require(models[name])) }
    #expect(try operators("variational") == ["Gemm", "Relu", "Gemm", "Gemm", "Gemm", "Identity"])
    #expect(
      try operators("dense") == [
        "Gemm", "LeakyRelu", "BatchNormalization", "Gemm", "Elu", "LayerNormalization", "Gemm", "Div", "Erf",
        "Add", "Mul", "Mul", "Gemm", "Softplus", "Gemm", "Tanh", "Add", "Gemm", "Sigmoid",
      ])
    #expect(
      try operators("pools") == ["MaxPool", "AveragePool", "MaxPool", "Resize", "Conv", "Resize", "Conv"])
    #expect(try operators("tied") == ["Gemm", "Sigmoid", "Gemm"])
    #expect(try operators("quantised").contains("Round"))
  }

  @Test func portsSayWhatIsTakenAndGiven() throws {
    let variational = try ExportModels.trained(ExportModels.variational(), .vae())
    let whole = try ONNXExport(variational)
    #expect(whole.inputs.map(\.name) == ["input"])
    #expect(whole.inputs[0].axes == ["batch", "5"])
    #expect(whole.outputs.map(\.name) == ["code", "mean", "log_variance", "reconstruction"])
    let decoder = try ONNXExport(variational, part: .decoder)
    #expect(decoder.inputs.map(\.name) == ["code"])
    #expect(decoder.inputs[0].axes == ["batch", "2"])
    #expect(decoder.outputs.map(\.name) == ["reconstruction"])
    #expect(
      try ONNXExport(variational, part: .encoder).outputs.map(\.name) == ["code", "mean", "log_variance"])
  }

  @Test func denoisersTakeAnySize() throws {
    let model = try ExportModels.trained(ExportModels.denoiser(level: 1), .denoising(.blur(0.5...1.5)))
    let export = try ONNXExport(model, hasChannelsLast: true)
    #expect(export.inputs.map(\.axes) == [["batch", "height", "width", "3"], []])
    #expect(export.inputs.map(\.name) == ["input", "level"])
    #expect(
      export.outputs.map(\.axes) == [
        ["batch", "4", "code_height", "code_width"], ["batch", "height", "width", "3"],
      ])
    // Another family takes the size it was trained on.
    let plain = try ExportModels.trained(ExportModels.pools(), .undercomplete())
    #expect(try ONNXExport(plain).inputs[0].axes == ["batch", "1", "8", "12"])
  }

  @Test func bytesAreTakenAsTheyAreStored() throws {
    let model = try ExportModels.trained(
      ExportModels.variational(), .vae(), values: ValueRange(bytesWorth: 1 / 255))
    #expect(try operators(model).first == "Mul")
    #expect(try operators(model).last == "Div")
    #expect(try operators(model, .decoder) == ["Gemm", "Div"])
  }

  @Test func whatCannotBeWrittenIsSaid() throws {
    let residual = try ExportModels.trained(ExportModels.denoiser(level: nil), .denoising(.gaussian(0.1)))
    expectSentence(["decoder alone gives no sample", "export the whole model"], .usage) {
      _ = try ONNXExport(residual, part: .decoder)
    }
    let noisy = try Autoencoder(input: .vector(2)) {
      Encoder { Noisy() }
      Decoder { Dense(2) }
    }
    expectSentence(["Layer encoder.0", "random normal", "ONNX has no operator"], .usage) {
      _ = try ONNXExport(ExportModels.trained(noisy, .undercomplete()))
    }
  }

  /// A layer of a user's own that draws numbers.
  private struct Noisy: Layer {
    static let kind = "noisy"
    static let title = "Noisy"
    static let summary = "Adds noise."
    static let fields = Fields(Noisy())
    func outputShape(_ input: Shape) throws(HourglassError) -> Shape { input }
    func parameters(_ input: Shape) -> [ParameterSpecification] { [] }
    func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
      input + context.builder.random(.normal, shape: input.shape)
    }
  }
}
