import Hourglass

// Pictures of 16x16 pixels, each with a bright rectangle on a dark ground.
func pictures(_ count: Int, seed: UInt64) throws -> SampleArray {
  var random = RandomNumbers(seed: seed, purpose: .augmentation)
  var pixels: [UInt8] = []
  for _ in 0..<count {
    let (top, left) = (random.index(below: 8), random.index(below: 8))
    let (height, width) = (4 + random.index(below: 5), 4 + random.index(below: 5))
    for row in 0..<16 {
      for column in 0..<16 {
        let isInside = row >= top && row < top + height && column >= left && column < left + width
        pixels.append(isInside ? 230 : 25)
      }
    }
  }
  return try SampleArray(bytes: pixels, count: count, shape: [1, 16, 16])
}

let model = try Autoencoder(input: .image(channels: 1, height: 16, width: 16)) {
  Encoder {
    Conv2D(16, kernel: 3, stride: 2, activation: .relu)
    Conv2D(8, kernel: 3, stride: 2, activation: .relu)
  }
  Decoder {
    Conv2DTranspose(8, kernel: 3, stride: 2, activation: .relu)
    Conv2DTranspose(16, kernel: 3, stride: 2, activation: .relu)
    Conv2D(1, kernel: 3, activation: .sigmoid)
  }
}
print(try model.summary())

// The model is shown noisy pictures and trained to give back the clean ones.
let (trained, history) = try await model.train(
  on: pictures(2048, seed: 1), objective: .denoising(.gaussian(0.4)), optimizer: .adam(learningRate: 0.003),
  epochs: 10, seed: 1)

let test = try pictures(256, seed: 2)
let pass = try trained.pass(over: test)

func error(_ samples: SampleArray) throws -> Double {
  let errors = try (0..<test.count).map { try meanSquaredError(samples.sample($0), test.sample($0)) }
  return (errors.reduce(0, +) / Double(test.count) * 1000).rounded() / 1000
}
print("epochs: \(history.count)")
print("mean squared error, noisy:   \(try error(pass.shown))")
print("mean squared error, cleaned: \(try error(pass.reconstruction))")
