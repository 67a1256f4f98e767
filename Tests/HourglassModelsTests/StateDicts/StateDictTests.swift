import Foundation
import HourglassBase
import HourglassFiles
import HourglassModels
import HourglassNN
import HourglassTestSupport
import Testing

/// Weights of PyTorch; those in `Stored` are its own, which `Tests/Interop/frameworks.py weights` writes.
@Suite struct StateDictTests {
  private static let stored = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Stored")
    .path
  private let scratch = ScratchFolder()

  private static func halves() throws -> Autoencoder {
    try Autoencoder(input: .image(channels: 1, height: 16, width: 16)) {
      Encoder {
        Conv2D(4, kernel: 4, stride: 2)
        BatchNorm()
        ActivationLayer(.relu)
        Conv2D(8, kernel: 4, stride: 2, activation: .relu)
        Flatten()
        Dense(5)
      }
      Decoder {
        Dense(128, activation: .relu)
        Reshape([8, 4, 4])
        Conv2DTranspose(4, kernel: 4, stride: 2, activation: .relu)
        Conv2DTranspose(1, kernel: 4, stride: 2, activation: .sigmoid)
      }
    }
  }

  private static func variational() throws -> Autoencoder {
    try Autoencoder(input: .vector(12)) {
      Encoder {
        Dense(10, activation: .relu)
        GaussianCode(3)
      }
      Decoder {
        Dense(10, activation: .relu)
        Dense(12, activation: .sigmoid)
      }
    }
  }

  private static func series() throws -> Autoencoder {
    try Autoencoder(input: .series(channels: 2, length: 16)) {
      Encoder {
        Reshape([2, 1, 16])
        Conv2D(4, kernel: Pair(1, 5), activation: .relu)
        Conv2D(4, kernel: Pair(1, 5))
      }
      Decoder {
        Conv2D(4, kernel: Pair(1, 5), activation: .relu)
        Conv2D(2, kernel: Pair(1, 5))
        Reshape([2, 16])
      }
    }
  }

  private func expectEqual(_ found: [Float], _ expected: [Float], _ what: String) {
    let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(found.count == expected.count && difference <= 1e-5, "\(what): \(difference)")
  }

  /// Codes and reconstructions are those of PyTorch.
  @Test func weightsOfPyTorchDoThere() throws {
    let models: [(String, Autoencoder, any Objective)] = [
      ("halves", try Self.halves(), .undercomplete()), ("variational", try Self.variational(), .vae()),
      ("series", try Self.series(), .undercomplete()),
    ]
    for (name, model, objective) in models {
      let mapping = try StateDictMapping(
        path: "\(Self.stored)/\(name).safetensors", model: model, objective: objective, seed: 1)
      #expect(mapping.rows.count == (try model.parameters().count), "\(name)")
      let samples = try SafeTensors.read(path: "\(Self.stored)/\(name).samples.safetensors")
      let input = try #require(samples["input"]).values
      let predictor = try mapping.model.predictor()
      expectEqual(try predictor.encode(input), try #require(samples["code"]).values, "\(name), code")
      expectEqual(
        try predictor.reconstruct(input), try #require(samples["reconstruction"]).values,
        "\(name), reconstruction")
    }
  }

  /// How each was found is told, and what was left out.
  @Test func theMappingIsTold() throws {
    let halves = try StateDictMapping(
      path: "\(Self.stored)/halves.safetensors", model: Self.halves(), objective: .undercomplete(), seed: 1)
    #expect(halves.ignored == ["encoder.1.num_batches_tracked"])
    #expect(halves.rows.first?.tensor == "encoder.0.weight")
    #expect(
      halves.rows.first { $0.parameter == "encoder.1.moving_variance" }?.tensor == "encoder.1.running_var")
    #expect(halves.rows.first { $0.parameter == "decoder.2.weight" }?.tensor == "decoder.3.weight")
    #expect(halves.rows.allSatisfy { $0.reason == .shape })
    // The only layer that normalises has Keras's epsilon.
    #expect(halves.notes.count == 1 && halves.notes[0].contains("another in encoder.1 (0.001);"))
    let distribution = try StateDictMapping(
      path: "\(Self.stored)/variational.safetensors", model: Self.variational(), objective: .vae(), seed: 1)
    #expect(
      distribution.rows.first { $0.parameter == "encoder.1.log_variance_bias" }?.tensor == "fc_logvar.bias")
    let series = try StateDictMapping(
      path: "\(Self.stored)/series.safetensors", model: Self.series(), objective: .undercomplete(), seed: 1)
    // "dec1" comes before "enc1" in the file.
    #expect(series.rows.map(\.tensor).first == "enc1.weight")
    #expect(series.rows.first { $0.parameter == "decoder.0.weight" }?.tensor == "dec1.weight")
  }

  // MARK: Files by hand

  private func write(_ tensors: [(String, Shape)]) throws -> String {
    let path = "\(scratch.path)/weights.safetensors"
    let all = tensors.enumerated().map { index, tensor in
      SafeTensors.Tensor(
        name: tensor.0, shape: tensor.1, values: Array(repeating: Float(index + 1), count: tensor.1.count))
    }
    try SafeTensors(tensors: all).write(to: path)
    return path
  }

  /// Square layers, which shapes do not tell apart.
  private func square(_ tensors: [(String, Shape)]) throws -> StateDictMapping {
    let model = try Autoencoder(input: .vector(2)) {
      Encoder {
        Dense(2)
        Dense(2)
      }
      Decoder { Dense(2) }
    }
    return try StateDictMapping(path: try write(tensors), model: model, objective: .undercomplete(), seed: 1)
  }

  private func dense(_ name: String) -> [(String, Shape)] {
    [("\(name).weight", [2, 2]), ("\(name).bias", [2])]
  }

  @Test func namesComeFirstThenTheirOrder() throws {
    let named = try square(dense("encoder.1") + dense("decoder.0") + dense("encoder.0"))
    #expect(named.rows.allSatisfy { $0.reason == .name && $0.parameter == $0.tensor })
    // Numbers are numbers, and what is of a decoder comes last.
    let numbered = try square(dense("layer10") + dense("decoder.3") + dense("layer2"))
    #expect(
      numbered.rows.map(\.layer) == [
        "encoder.0", "encoder.0", "encoder.1", "encoder.1", "decoder.0", "decoder.0",
      ])
    #expect(
      numbered.rows.filter { $0.parameter.hasSuffix("weight") }.map(\.tensor) == [
        "layer2.weight", "layer10.weight", "decoder.3.weight",
      ])
    #expect(numbered.rows.allSatisfy { $0.reason == .order })
    #expect(numbered.model.weights.first?.values == [5, 5, 5, 5])
  }

  @Test func whatHasNoPlaceIsNamed() throws {
    expectSentence(
      ["no tensors for decoder.0.weight (2, 2) with decoder.0.bias (2)", "left are none"], .badData
    ) {
      _ = try square(dense("a") + dense("b"))
    }
    expectSentence(["no tensors for encoder.0.weight", "\"a.weight\" (2, 3)"], .badData) {
      _ = try square([("a.weight", [2, 3])])
    }
    expectSentence(["no parameter", "\"d.bias\" of shape (2)"], .badData) {
      _ = try square(dense("a") + dense("b") + dense("c") + dense("d"))
    }
    expectSentence(["\"a.weight_g\" is no weight, bias or moving average"], .badData) {
      _ = try square([("a.weight_g", [2])])
    }
  }

  /// PyTorch's padding of 1 is another than ours where the zeros cannot be as many on both sides.
  @Test func otherPlacesOfWindowsAreTold() throws {
    let model = try Autoencoder(input: .image(channels: 1, height: 4, width: 4)) {
      Encoder { Conv2D(1, kernel: 3, stride: 2, bias: false) }
      Decoder { Conv2DTranspose(1, kernel: 3, stride: 2, bias: false) }
    }
    let path = try write([("encoder.weight", [1, 1, 3, 3]), ("decoder.weight", [1, 1, 3, 3])])
    let notes = try StateDictMapping(path: path, model: model, objective: .undercomplete(), seed: 1).notes
    #expect(notes.count == 2 && notes[0].contains("encoder.0 has a kernel of 3 and a stride of 2"))
  }

  /// Weights do not hold epsilons; PyTorch's own is 1e-5.
  @Test func otherEpsilonsAreTold() throws {
    let model = try Autoencoder(input: .vector(2)) {
      Encoder {
        BatchNorm(epsilon: 1e-5)
        Residual([LayerNorm()])
      }
      Decoder { LayerNorm(epsilon: 1e-5) }
    }
    let path = try write([
      ("encoder.0.weight", [2]), ("encoder.0.bias", [2]), ("encoder.0.running_mean", [2]),
      ("encoder.0.running_var", [2]), ("encoder.1.0.weight", [2]), ("encoder.1.0.bias", [2]),
      ("decoder.0.weight", [2]), ("decoder.0.bias", [2]),
    ])
    let notes = try StateDictMapping(path: path, model: model, objective: .undercomplete(), seed: 1).notes
    #expect(notes.count == 1 && notes[0].contains("another in encoder.1.0 (0.001);"))
  }

  /// Checks which of two layers gives the variances of a distribution.
  ///
  /// - Returns: the notes.
  private func notes(mean: String, variance: String) throws -> [String] {
    let path = try write([
      ("input.weight", [10, 12]), ("input.bias", [10]), ("\(mean).weight", [3, 10]), ("\(mean).bias", [3]),
      ("\(variance).weight", [3, 10]), ("\(variance).bias", [3]), ("hidden.weight", [10, 3]),
      ("hidden.bias", [10]), ("last.weight", [12, 10]), ("last.bias", [12]),
    ])
    let mapping = try StateDictMapping(path: path, model: Self.variational(), objective: .vae(), seed: 1)
    #expect(
      mapping.rows.first { $0.parameter == "encoder.1.log_variance_bias" }?.tensor == "\(variance).bias")
    return mapping.notes
  }

  /// What is around them is read apart: "variational" is no variance, and a block no location.
  @Test func momentsAreFoundInNames() throws {
    for (mean, variance) in [
      ("fc_mu", "fc_logvar"), ("z_mean", "a_variance"), ("variational.fc_mu", "variational.fc_log_var"),
      ("VariationalEncoder.toMu", "VariationalEncoder.aLogVar"), ("block.z1", "block.logvar"),
      ("block.mu", "block.z"), ("multi.loc", "multi.z2"),
    ] { #expect(try notes(mean: mean, variance: variance).isEmpty, "\(mean), \(variance)") }
  }

  /// What a name calls a deviation may be one, and no logarithm of a variance.
  @Test func deviationsAreTold() throws {
    for name in ["fc_sigma", "a_log_std"] {
      let found = try notes(mean: "fc_mu", variance: name)
      #expect(found.count == 1 && found[0].contains("\"\(name)\" sounds like a standard deviation"))
    }
  }
}
