import HourglassBase
import HourglassFiles
import HourglassMessages
import HourglassModels
import HourglassNN
import HourglassONNX
import HourglassTestSupport
import Testing

@Suite struct ONNXImportTests: GraphsByHand {
  private let scratch = ScratchFolder()
  var path: String { "\(scratch.path)/model.onnx" }

  /// What a model makes of samples, one after another.
  private func results(_ model: TrainedModel, _ samples: [Float]) throws -> (code: [Float], rebuilt: [Float])
  {
    let predictor = try model.predictor()
    return (try predictor.encode(samples), try predictor.reconstruct(samples))
  }

  private func samples(_ shape: Shape) -> [Float] {
    var numbers = TestNumbers(9)
    return (0..<3 * shape.count).map { _ in numbers.unit() }
  }

  /// Every layer comes back from a file as one that does the same.
  @Test func exportsComeBack() throws {
    for (name, model) in try ExportModels.all() where model.objective.traits.corruption == nil {
      try ONNXExport(model).write(to: path)
      let back = try TrainedModel.readONNX(path: path)
      #expect(back.model.inputShape == model.model.inputShape, "\(name)")
      let samples = samples(model.model.inputShape)
      let (found, expected) = (try results(back, samples), try results(model, samples))
      expectEqual(found.code, expected.code, "\(name), code")
      expectEqual(found.rebuilt, expected.rebuilt, "\(name), reconstruction")
    }
  }

  /// Denoisers take images of any size, of which runs have one.
  @Test func denoisersComeBack() throws {
    for (name, model) in try ExportModels.all() where model.objective.traits.corruption != nil {
      try ONNXExport(model).write(to: path)
      let back = try TrainedModel.readONNX(path: path)
      #expect(back.model.inputShape == [3, 64, 64] && back.model.isResidual, "\(name)")
      #expect(back.model.level == model.model.level, "\(name)")
      let resized = try Autoencoder(
        input: back.model.input, encoder: model.model.encoder.layers, decoder: model.model.decoder.layers,
        isResidual: true, level: model.model.level)
      let original = TrainedModel(
        model: resized, objective: model.objective, parameters: model.parameters, seed: 1)
      let samples = samples(back.model.inputShape)
      expectEqual(try results(back, samples).rebuilt, try results(original, samples).rebuilt, name)
    }
  }

  /// Files that take images of any size are compared at the size of the model's own.
  @Test(arguments: [false, true])
  func filesOfAnySizeAreVerifiedWithoutRuntime(hasChannelsLast: Bool) throws {
    for (name, model) in try ExportModels.all() where model.objective.traits.corruption != nil {
      let export = try ONNXExport(model, hasChannelsLast: hasChannelsLast)
      try export.write(to: path)
      #expect(model.model.inputShape != [3, 64, 64])
      let shape = model.model.inputShape
      let numbers = samples(shape)
      let array = try SampleArray(floats: numbers, count: numbers.count / shape.count, shape: shape)
      let result = try export.verification(
        of: array, by: model, file: path, hasChannelsLast: hasChannelsLast, runtime: nil)
      let code = try #require(result.differences.first { $0.output == "code" })
      #expect(code.difference < 1e-5, "\(name): \(code.difference)")
    }
  }

  @Test func channelsLastComeBack() throws {
    let models = try ExportModels.all().filter { $0.model.model.input.isImage }
    for (name, model) in models where model.objective.traits.corruption == nil {
      try ONNXExport(model, hasChannelsLast: true).write(to: path)
      let samples = samples(model.model.inputShape)
      let found = try results(TrainedModel.readONNX(path: path), samples)
      expectEqual(found.rebuilt, try results(model, samples).rebuilt, name)
    }
  }

  @Test func bytesAndDistributionsComeBack() throws {
    let values = ValueRange(bytesWorth: 1 / 255)
    let model = try ExportModels.trained(ExportModels.variational(), .vae(), values: values)
    try ONNXExport(model).write(to: path)
    let back = try TrainedModel.readONNX(path: path)
    #expect(back.model.encoder.layers.last is GaussianCode)
    let file = try back.safeTensors()
    #expect(file.metadata["values"] == (try model.safeTensors().metadata["values"]))
    for weight in model.weights {
      #expect(back.weights.contains { $0.values == weight.values }, "\(weight.name)")
    }
  }

  /// The narrowest value is the code, unless another is named.
  @Test func theCodeCanBeNamed() throws {
    let model = try ExportModels.trained(ExportModels.dense(), .undercomplete())
    try ONNXExport(model).write(to: path)
    #expect(try TrainedModel.readONNX(path: path).model.codeShape == [2])
    #expect(try TrainedModel.readONNX(path: path, code: "encoder.2/Elu").model.codeShape == [4])
    expectSentence(["no value \"encoder.2/Elv\"", "encoder.2/Elu"], .usage) {
      _ = try TrainedModel.readONNX(path: path, code: "encoder.2/Elv")
    }
  }

  // MARK: Graphs by hand

  /// PyTorch's padding of 1 before a kernel of 3 and a stride of 2: output `y` reads inputs `2y - 1` to `2y + 1`.
  @Test func otherPaddingBecomesZerosInTheKernel() throws {
    try write(
      [
        node("Conv", ["x", "w"], "c", ["strides": [2, 2], "pads": [1, 1, 1, 1]]),
        node(
          "ConvTranspose", ["c", "v"], "y",
          ["strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]]),
      ], input: [1, 4, 4],
      [
        tensor("w", [1, 1, 3, 3], [0, 0, 0, 1, 2, 4, 0, 0, 0]),
        tensor("v", [1, 1, 3, 3], [0, 0, 0, 0, 1, 0, 0, 0, 0]),
      ])
    let model = try TrainedModel.readONNX(path: path, code: "c")
    let sample = (0..<16).map { Float($0) }
    let (code, rebuilt) = try results(model, sample)
    // 1, 2 and 4 times what lies before, at and after every other place of rows 0 and 2, such as 1 + 2 * 2 + 4 * 3.
    #expect(code == [4, 17, 52, 73])
    #expect(rebuilt == [4, 0, 17, 0, 0, 0, 0, 0, 52, 0, 73, 0, 0, 0, 0, 0])
  }

  @Test func whatHasNoLayerIsNamed() throws {
    try write([node("Sin", ["x"], "y")], input: [4], [])
    expectSentence(["model.onnx", "Sin (node \"y\")", "has no layer"], .badData) {
      _ = try TrainedModel.readONNX(path: path)
    }
    try write([node("Relu", ["z"], "y")], input: [4], [])
    expectSentence(["Relu (node \"y\")", "reads \"z\""], .badData) {
      _ = try TrainedModel.readONNX(path: path)
    }
    try write(
      [node("MatMul", ["x", "w"], "y")], input: [4], [tensor("w", [4, 2], [Float](repeating: 1, count: 8))])
    expectSentence(["gives no output of the shape of its input, (4)"], .badData) {
      _ = try TrainedModel.readONNX(path: path)
    }
    try write([node("MatMul", ["x", "w"], "y")], input: [4], [tensor("w", [1 << 40, 1 << 40], [])])
    expectSentence(["the tensor \"w\"", "cannot be"], .badData) { _ = try TrainedModel.readONNX(path: path) }
    try write([node("MatMul", ["x", "w"], "y")], input: [4], [tensor("w", [4, 4], [1, 2])])
    expectSentence(["the tensor \"w\"", "2 numbers"], .badData) { _ = try TrainedModel.readONNX(path: path) }
  }

  @Test func otherFilesAreOnlyThoseBeside() throws {
    func weight(_ location: String, _ length: Int) -> ONNXTensor {
      var tensor = tensor("w", [2, 2], [])
      tensor.dataLocation = .external
      tensor.externalData = [("location", location), ("length", "\(length)")].map { key, value in
        var entry = ONNXEntry()
        (entry.key, entry.value) = (key, value)
        return entry
      }
      return tensor
    }
    let nodes = [node("MatMul", ["x", "w"], "y")]
    let numbers: [Float] = [1, 2, 3, 4]
    try scratch.write(numbers.withUnsafeBytes { Array($0) }, "weights.bin")
    try write(nodes, input: [2], [weight("weights.bin", 16)])
    #expect(try results(TrainedModel.readONNX(path: path), [1, 0]).rebuilt == [1, 2])
    for (location, length) in [
      ("../weights.bin", 16), ("/etc/passwd", 16), ("weights.bin", 17), ("none.bin", 16),
    ] {
      try write(nodes, input: [2], [weight(location, length)])
      expectSentence(["the tensor \"w\""], .badData) { _ = try TrainedModel.readONNX(path: path) }
    }
  }

  @Test func damageIsAnErrorAndNoTrap() throws {
    let model = try ExportModels.trained(ExportModels.images(), .undercomplete())
    try ONNXExport(model).write(to: path)
    let bytes = try BoundedFile.read(path, limit: 1 << 24)
    var numbers = TestNumbers(2)
    for _ in 0..<500 {
      try AtomicFile.write(numbers.mutating(bytes), to: path)
      _ = try? TrainedModel.readONNX(path: path)
    }
  }
}
