// The two halves of a model on their own: codes from samples, samples from codes, and a model from its file.
import Foundation
import Hourglass

// Points on a circle, seen through six sensors: one number would be enough to say where each is.
func measurement(_ angle: Double) -> [Float] {
  let (x, y) = (cos(angle), sin(angle))
  return [x, y, x + y, x - y, 0.5 * x, -0.5 * y].map { Float($0) }
}
let angles = (0..<1024).map { 2 * Double.pi * Double($0) / 1024 }
let samples = try SampleArray(floats: angles.flatMap(measurement), count: 1024, shape: [6])

let model = try Autoencoder(input: .vector(6)) {
  Encoder {
    Dense(16, activation: .tanh)
    Dense(2)
  }
  Decoder {
    Dense(16, activation: .tanh)
    Dense(6)
  }
}
let (trained, _) = try await model.train(
  on: samples, optimizer: .adam(learningRate: 0.01), epochs: 20, seed: 7)

let codes = try trained.encode(samples)
let rebuilt = try trained.decode(codes)
print("samples: \(samples.count) of shape \(samples.shape)")
print("codes:   \(codes.count) of shape \(codes.shape)")

let errors = try (0..<samples.count).map { try meanSquaredError(samples.sample($0), rebuilt.sample($0)) }
let mean = errors.reduce(0, +) / Double(errors.count)
print("mean squared error below 0.001: \(mean < 0.001)")

let path = FileManager.default.temporaryDirectory.appendingPathComponent("encode-\(UUID()).safetensors").path
try trained.write(to: path)
let loaded = try TrainedModel.read(path: path)
try FileManager.default.removeItem(atPath: path)
print("read back with the same weights: \(loaded.weightsDigest == trained.weightsDigest)")
