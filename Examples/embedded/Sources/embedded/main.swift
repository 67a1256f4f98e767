import HourglassCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

// Readings of six sensors that follow two hidden causes; a broken sensor breaks the pattern.
func readings(_ count: Int, seed: UInt64, broken: Bool = false) throws -> SampleArray {
  var random = RandomNumbers(seed: seed, purpose: .sampling)
  var numbers: [Float] = []
  for _ in 0..<count {
    let (load, heat) = (Float(random.uniform()), Float(random.uniform()))
    var row = [load, heat, load + heat, load - heat, 0.5 * load + 0.2 * heat, 0.3 * load + 0.8 * heat]
    if broken { row[random.index(below: row.count)] += 1 }
    numbers += row
  }
  return try SampleArray(floats: numbers, count: count, shape: [6])
}

let model = try Autoencoder(input: .vector(6)) {
  Encoder { Dense(2) }
  Decoder { Dense(6) }
}
let (trained, history) = try await model.train(
  on: readings(1024, seed: 1), optimizer: .adam(learningRate: 0.02), epochs: 20, seed: 1)
print("epochs: \(history.count)")

// Saved and read back: what a program trains tonight another one uses tomorrow.
let file = FileManager.default.temporaryDirectory.appendingPathComponent("embedded.safetensors").path
try trained.write(to: file)
let loaded = try TrainedModel.read(path: file)
try FileManager.default.removeItem(atPath: file)
print("the same weights: \(loaded.weightsDigest == trained.weightsDigest)")

// A predictor is made once and then asked as often as there are readings, without memory or threads.
let predictor = try loaded.predictor()
let reading = try readings(1, seed: 2).sample(0)
let code = try predictor.encode(reading)
print("a code has \(code.count) numbers; decoded it has \(try predictor.decode(code).count)")

// Whose reconstruction is far from it is unlike what the model has seen.
func scores(_ samples: SampleArray) throws -> [Double] {
  try predictor.score((0..<samples.count).flatMap { samples.sample($0) })
}
let limit = try scores(readings(64, seed: 2)).max() ?? 0
let found = try scores(readings(64, seed: 3, broken: true)).count { $0 > limit }
print("broken readings found: \(found) of 64")
