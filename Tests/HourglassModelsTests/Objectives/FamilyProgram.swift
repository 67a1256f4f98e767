import HourglassEngine
import HourglassGraph
import HourglassModels
import HourglassNN
import HourglassTestSupport
import Testing

/// An objective's training graph with numbers, run in double precision.
struct FamilyProgram {
  let program: TrainingProgram
  var parameters: [String: [Double]] = [:]
  var samples: [[Double]]

  static let batch = 3

  init(_ objective: any Objective, _ model: Autoencoder, range: ClosedRange<Double> = -0.6...0.6) throws {
    program = try model.trainingProgram(objective)
    var numbers = TestNumbers(5)
    for parameter in program.parameters {
      parameters[parameter.name] = (0..<parameter.specification.shape.count).map { _ in
        range.lowerBound + (range.upperBound - range.lowerBound) * Double(numbers.unit())
      }
    }
    samples = (0..<Self.batch).map { _ in
      (0..<model.inputShape.count).map { _ in 0.05 + 0.9 * Double(numbers.unit()) }
    }
  }

  func run(_ graph: Graph? = nil) -> [String: ReferenceInterpreter.Value] {
    ReferenceInterpreter(
      graph: graph ?? program.training, parameters: parameters, inputs: ["x": samples],
      draw: { distribution, stream, sample, element in
        var numbers = TestNumbers(UInt64(stream) << 40 | UInt64(sample) << 20 | UInt64(element) + 1)
        _ = numbers.unit()
        let uniform = Double(numbers.unit())
        return distribution == .uniform ? uniform : 3 * (uniform - 0.5)
      }
    ).run(batch: Self.batch)
  }

  func number(_ name: String) -> Double { run()[name]?.flat[0] ?? .nan }

  /// A batch mean of the evaluation graph.
  func metric(_ name: String) -> Double {
    run(program.evaluation)["metric/\(name)"]?.flat[0] ?? .nan
  }

  /// Every trained parameter's gradient against a central difference along a random direction.
  func checkGradients(sourceLocation: SourceLocation = #_sourceLocation) {
    let results = run()
    var numbers = TestNumbers(77)
    for parameter in program.parameters where parameter.specification.isTrainable {
      let name = parameter.name
      guard let gradient = results["gradient/\(name)"]?.flat, let values = parameters[name] else {
        Issue.record("no gradient for \(name)", sourceLocation: sourceLocation)
        continue
      }
      let direction = values.map { _ in Double(numbers.unit()) - 0.5 }
      let products = zip(gradient, direction).map { $0 * $1 }
      let step = 1e-5
      let losses = [step, -step].map { size in
        var shifted = self
        shifted.parameters[name] = zip(values, direction).map { $0 + size * $1 }
        return shifted.number("loss")
      }
      let numerical = (losses[0] - losses[1]) / (2 * step)
      let symbolic = products.reduce(0, +)
      let scale = max(products.map(abs).reduce(0, +), 1e-2)
      #expect(
        abs(symbolic - numerical) <= 2e-6 * scale, "\(name): \(symbolic), by differences \(numerical)",
        sourceLocation: sourceLocation)
    }
  }
}

/// Small models for families.
enum FamilyModels {
  /// 6 features to 3 and back, one sigmoid layer.
  static func oneLayer() throws -> Autoencoder {
    try Autoencoder(input: .vector(6)) {
      Encoder { Dense(3, activation: .sigmoid) }
      Decoder { Dense(6, activation: .sigmoid) }
    }
  }

  static func deep() throws -> Autoencoder {
    try Autoencoder(input: .vector(6)) {
      Encoder {
        Dense(5, activation: .tanh)
        Dense(4, activation: .softplus)
        Dense(3, activation: .sigmoid)
      }
      Decoder { Dense(6, activation: .sigmoid) }
    }
  }

  static func convolutional() throws -> Autoencoder {
    try Autoencoder(input: .image(channels: 1, height: 4, width: 4)) {
      Encoder {
        Conv2D(2, kernel: 3, activation: .tanh)
        MaxPool2D(2)
        Conv2D(2, kernel: 3, activation: .sigmoid)
      }
      Decoder {
        Upsample2D(2)
        Conv2D(1, kernel: 3, activation: .sigmoid)
      }
    }
  }

  static func variational() throws -> Autoencoder {
    try Autoencoder(input: .vector(6)) {
      Encoder {
        Dense(5, activation: .tanh)
        GaussianCode(2)
      }
      Decoder { Dense(6, activation: .sigmoid) }
    }
  }

  static func compressing() throws -> Autoencoder {
    try Autoencoder(input: .vector(6)) {
      Encoder {
        Dense(5, activation: .tanh)
        Dense(3)
        QuantizedCode(step: 0.25)
      }
      Decoder { Dense(6, activation: .sigmoid) }
    }
  }

  static func compressingImages() throws -> Autoencoder {
    try Autoencoder(input: .image(channels: 1, height: 4, width: 4)) {
      Encoder {
        Conv2D(2, kernel: 3, stride: 2)
        QuantizedCode()
      }
      Decoder { Conv2DTranspose(1, kernel: 3, stride: 2, activation: .sigmoid) }
    }
  }

  /// Every family with a model that it can train.
  static func all() throws -> [(objective: any Objective, model: Autoencoder)] {
    [
      (Undercomplete(loss: .l1), try deep()), (Undercomplete(loss: .l2), try convolutional()),
      (SparseL1(lambda: 0.01), try deep()), (SparseL1(lambda: 0.01, loss: .l1), try convolutional()),
      (SparseKL(rho: 0.1, lambda: 0.02), try deep()), (SparseKL(lambda: 0.01), try convolutional()),
      (Contractive(lambda: 0.1), try oneLayer()), (Contractive(lambda: 0.1), try deep()),
      (Contractive(lambda: 0.1), try convolutional()),
      (Contractive(lambda: 0.1, norm: .projections(2)), try deep()),
      (Denoising(.gaussian(0.2)), try deep()), (Denoising(.saltAndPepper(0.3)), try convolutional()),
      (Denoising(.masking(0.3).drawnOnce, loss: .binaryCrossEntropy), try deep()),
      (Denoising(.poisson(peak: 6)), try deep()), (Denoising(.blur(0.8)), try convolutional()),
      (Denoising(.blur(0.5...1.5, noise: 0.01)), try convolutional()),
      (Variational(), try variational()),
      (Variational(likelihood: .gaussian(deviation: 0.4), beta: 0.5, warmUpEpochs: 2), try variational()),
      (RateDistortion(rateWeight: 0.01), try compressing()),
      (RateDistortion(rateWeight: 0.01, loss: .l1, warmUpEpochs: 2), try compressingImages()),
    ]
  }
}
