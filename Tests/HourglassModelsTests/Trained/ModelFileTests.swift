import Foundation
import HourglassBase
import HourglassFiles
import HourglassModels
import HourglassNN
import HourglassTestSupport
import Testing

@Suite struct ModelFileTests {
  private func trained() async throws -> (model: TrainedModel, data: SampleArray) {
    var numbers = TestNumbers(4)
    let data = SampleArray(trustedFloats: numbers.units(40 * 16), count: 40, shape: [1, 4, 4])
    let model = try Autoencoder(inputShape: [1, 4, 4]) {
      [Conv2D(2, kernel: 3, stride: 2), BatchNorm(), Flatten(), Dense(3, activation: .elu(alpha: 0.5))]
    } decoder: {
      [Dense(16), Reshape([1, 4, 4])]
    }
    let result = try await model.train(
      on: data, objective: .denoising(.gaussian(0.25), loss: .huber(delta: 0.5)), epochs: 2, batchSize: 8,
      seed: UInt64.max)
    return (result.model, data)
  }

  @Test func writtenModelIsTheSameWhenRead() async throws {
    let (model, data) = try await trained()
    try withScratchFolder { folder in
      let path = "\(folder)/model.safetensors"
      try model.write(to: path)
      let read = try TrainedModel.read(path: path)
      #expect(read.weightsDigest == model.weightsDigest && read.seed == UInt64.max)
      #expect(try read.model.summary() == model.model.summary())
      #expect(ObjectiveCatalogue.value(read.objective) == ObjectiveCatalogue.value(model.objective))
      for entry in model.parameters.entries {
        #expect(
          bits(read.parameters.read(entry.name)) == bits(model.parameters.read(entry.name)))
        #expect(read.parameters.entry(entry.name)?.isTrainable == entry.isTrainable)
      }
      let indices = Array(0..<UInt32(40))
      #expect(
        try read.evaluate(data, indices: indices).metrics
          == model.evaluate(data, indices: indices, threads: 1).metrics)
      // A second writing replaces the first with the same bytes.
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      try read.write(to: path)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    }
  }

  @Test func spoiltTensorsAreRefused() async throws {
    let file = try await trained().model.safeTensors()
    try withScratchFolder { folder in
      let path = "\(folder)/model.safetensors"
      func expect(
        _ words: String..., sourceLocation: SourceLocation = #_sourceLocation,
        change: (inout SafeTensors) -> Void
      ) {
        var spoilt = file
        change(&spoilt)
        expectSentence(words, .badData, sourceLocation: sourceLocation) {
          try spoilt.write(to: path)
          _ = try TrainedModel.read(path: path)
        }
      }
      expect("lacks the tensor \"encoder.0.weight\"") { $0.tensors.removeFirst() }
      expect("\"extra\"") { $0.tensors.append(.init(name: "extra", shape: [1], values: [1])) }
      expect("encoder.0.weight", "(2, 1, 3, 3)", "(18)") { $0.tensors[0].shape = [18] }
      expect("encoder.0.weight", "not finite") { $0.tensors[0].values[3] = .nan }
      expect("encoder.0.weight", "not finite") { $0.tensors[0].values[3] = -.infinity }
      expect("no model of hourglass") { $0.metadata["format"] = "pt" }
      expect("no model of hourglass") { $0.metadata = [:] }
      for key in ["model", "objective", "seed"] { expect("lacks") { $0.metadata[key] = nil } }
      expect("seed") { $0.metadata["seed"] = "-1" }
    }
  }

  @Test func flippedBitsAreNoticed() async throws {
    let (model, _) = try await trained()
    try withScratchFolder { folder in
      let path = "\(folder)/model.safetensors"
      try model.write(to: path)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      var flipped = bytes
      flipped[bytes.count - 3] ^= 1
      try flipped.write(to: URL(fileURLWithPath: path))
      expectSentence([path, "is damaged", "SHA-256"], .badData) { _ = try TrainedModel.read(path: path) }
      // Without a seal, as in older files, nobody can tell; in another order the contents are the same.
      try bytes.write(to: URL(fileURLWithPath: path))
      var file = try SafeTensors.read(path: path)
      file.tensors.reverse()
      try file.write(to: path)
      #expect(try TrainedModel.read(path: path).weightsDigest == model.weightsDigest)
      #expect(file.metadata.removeValue(forKey: "sha256")?.count == 64)
      file.tensors[0].values[0] += 1
      try file.write(to: path)
      #expect(try TrainedModel.read(path: path).weightsDigest != model.weightsDigest)
    }
  }

  @Test(arguments: [
    "", "{", "null", "[]", "3", "{}", "\"x\"", "{\"input\": 3}", "{\"input\": [1,4,4]}",
    "{\"input\": [1,4,4], \"encoder\": {}, \"decoder\": []}",
    "{\"input\": [1,4,5], \"encoder\": [], \"decoder\": []}",
    "{\"input\": [1,4,4], \"encoder\": [\"nothing\"], \"decoder\": []}",
    "{\"input\": [1,4,4], \"encoder\": [], \"decoder\": [], \"more\": 1}",
    "{\"input\": [1,4,4], \"input\": [1,4,4], \"encoder\": [], \"decoder\": []}",
    "{\"input\": [1e99,4,4], \"encoder\": [], \"decoder\": []}",
    "{\"input\": [1e999], \"encoder\": [], \"decoder\": []}",
    "{\"input\": [65536], \"encoder\": [{\"dense\": {\"units\": 1000000}}], \"decoder\": [{\"dense\": {\"units\": 65536}}]}",
    "{\"input\": [65536,65536,65536], \"encoder\": [], \"decoder\": []}",
    "{\"input\": [1,4096,4096], \"encoder\": [{\"conv2d\": {\"filters\": 65536, \"kernel\": 255}}], \"decoder\": []}",
    "{\"input\": [16], \"encoder\": [{\"dense\": {\"units\": 16384}}, {\"dense\": {\"units\": 16384}}], \"decoder\": [{\"dense\": {\"units\": 16}}]}",
    "{\"input\": [1,4,4], \"encoder\": [{\"dropout\": {\"rate\": -0}}], \"decoder\": [{\"dropout\": {\"rate\": 1}}]}",
  ])
  func hostileArchitecturesAreRefused(_ text: String) async throws {
    var file = try await trained().model.safeTensors()
    file.metadata["model"] = text
    try withScratchFolder { folder in
      let path = "\(folder)/model.safetensors"
      try file.write(to: path)
      expectSentence(["model.safetensors"], .badData) { _ = try TrainedModel.read(path: path) }
    }
  }

  @Test func deepAndLongArchitecturesAreRefused() async throws {
    let file = try await trained().model.safeTensors()
    let flattens = Array(repeating: "\"flatten\"", count: 100_000).joined(separator: ",")
    let texts = [
      String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
      "{\"input\": [16], \"encoder\": [\(flattens)], \"decoder\": []}",
      "{\"input\": \"\(String(repeating: "x", count: 1 << 20))\"}",
      "{\"input\": [\(Array(repeating: "1", count: 100_000).joined(separator: ","))]}",
    ]
    try withScratchFolder { folder in
      for key in ["model", "objective"] {
        for text in texts {
          var spoilt = file
          spoilt.metadata[key] = text
          let path = "\(folder)/model.safetensors"
          try spoilt.write(to: path)
          expectSentence(["model.safetensors"], .badData) { _ = try TrainedModel.read(path: path) }
        }
      }
    }
  }

  @Test func changedBytesNeverTrap() async throws {
    let bytes = try await trained().model.safeTensors().serialized()
    var random = TestNumbers(11)
    try withScratchFolder { folder in
      let path = "\(folder)/model.safetensors"
      for _ in 0..<300 {
        var spoilt = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          let place = Int.random(in: 0..<spoilt.count, using: &random)
          switch Int.random(in: 0..<3, using: &random) {
          case 0: spoilt[place] = UInt8.random(in: 0...255, using: &random)
          case 1: spoilt[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
          default: spoilt.removeSubrange(place...)
          }
          if spoilt.isEmpty { break }
        }
        try Data(spoilt).write(to: URL(fileURLWithPath: path))
        do { _ = try TrainedModel.read(path: path) } catch is HourglassError {}
      }
    }
  }
}

extension Autoencoder {
  /// Layers as plain lists.
  fileprivate init(
    inputShape: Shape, _ encoder: () -> [any Layer], decoder: () -> [any Layer]
  ) throws {
    try self.init(inputShape: inputShape, encoder: encoder(), decoder: decoder())
  }
}
