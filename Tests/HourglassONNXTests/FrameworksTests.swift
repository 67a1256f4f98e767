import Foundation
import HourglassBase
import HourglassFiles
import HourglassModels
import HourglassNN
import HourglassONNX
import HourglassTestSupport
import Testing

/// Models that PyTorch and Keras exported, with what they themselves make of samples; `Tests/Interop/frameworks.py --stored` writes
/// them.
@Suite struct FrameworksTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "Frameworks"
  ).path
  private let scratch = ScratchFolder()

  private static func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".onnx") }.sorted()
      .map { String($0.dropLast(5)) }
  }

  @Test func codesAndReconstructionsAreTheFrameworks() throws {
    let names = try Self.names()
    #expect(names.count(where: { $0.hasPrefix("torch-") }) >= 5)
    #expect(names.count(where: { $0.hasPrefix("keras-") }) >= 5)
    for name in names {
      let model = try TrainedModel.readONNX(path: "\(Self.folder)/\(name).onnx")
      let arrays = try SafeTensors.read(path: "\(Self.folder)/\(name).safetensors")
      let samples = try #require(arrays["input"])
      #expect(model.model.inputShape == Shape(Array(samples.shape.dimensions.dropFirst())), "\(name)")
      let predictor = try model.predictor()
      expectEqual(try predictor.encode(samples.values), try #require(arrays["code"]).values, "\(name), code")
      expectEqual(
        try predictor.reconstruct(samples.values), try #require(arrays["reconstruction"]).values,
        "\(name), reconstruction")
    }
  }

  /// A layer that gives mean and log variance together is one of distributions.
  @Test func distributionsAreFound() throws {
    for name in ["torch-variational-dynamo", "keras-variational-torch"] {
      let model = try TrainedModel.readONNX(path: "\(Self.folder)/\(name).onnx")
      #expect(model.model.encoder.layers.last is GaussianCode, "\(name)")
    }
  }

  @Test func damageIsAnErrorAndNoTrap() throws {
    var numbers = TestNumbers(5)
    let path = "\(scratch.path)/model.onnx"
    for name in try Self.names() {
      let bytes = try BoundedFile.read("\(Self.folder)/\(name).onnx", limit: 1 << 24)
      for _ in 0..<60 {
        try AtomicFile.write(numbers.mutating(bytes), to: path)
        if let model = try? TrainedModel.readONNX(path: path) { _ = try? model.predictor() }
      }
    }
  }
}
