import Foundation
import HourglassBase
import HourglassFiles
import HourglassGraph
import HourglassModels
import HourglassNN
import HourglassONNX
import HourglassTestSupport
import Testing

/// Writes a model of every layer for `script/interop`, which sets the folder, with what this library makes of samples: files of
/// 32-bit floats beside each, named after what the model gives.
@Suite struct InteropFilesTests {
  private static let folder = ProcessInfo.processInfo.environment["HOURGLASS_INTEROP_FILES"]
  private static let count = 17

  @Test(.enabled(if: folder != nil)) func writesModelsAndWhatTheyMake() throws {
    let folder = try #require(Self.folder)
    for (name, model) in try ExportModels.all() {
      let place = "\(folder)/\(name)"
      try ONNXExport(model).write(to: "\(place).onnx")
      var numbers = TestNumbers(name)
      let samples = (0..<Self.count * model.model.inputShape.count).map { _ in numbers.unit() }
      let predictor = try model.predictor()
      var results = [
        "input": samples, "code": try predictor.encode(samples),
        "reconstruction": try predictor.reconstruct(samples),
      ]
      if model.objective.traits.hasNormalCodes { results["log_variance"] = try logVariances(model, samples) }
      for (result, values) in results {
        try AtomicFile.write(values.withUnsafeBytes { Array($0) }, to: "\(place).\(result).f32")
      }
    }
  }

  private func logVariances(_ model: TrainedModel, _ samples: [Float]) throws -> [Float] {
    let builder = GraphBuilder()
    let halves = ModelInGraph(
      model: model.model, context: LayerContext(builder: builder, isTraining: false))
    let posterior = halves.posterior(builder.input("x", shape: model.model.inputShape))
    builder.output("log_variance", posterior.logVariance)
    let data = SampleArray(trustedFloats: samples, count: Self.count, shape: model.model.inputShape)
    let pass = try ForwardPass(builder.graph, over: data, parameters: model.parameters, seed: 1)
    return try pass.collect(["log_variance"], (0..<UInt32(Self.count)).map { $0 })[0].floats
  }
}
