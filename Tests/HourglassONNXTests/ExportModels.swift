import HourglassBase
import HourglassEngine
import HourglassModels
import HourglassNN
import HourglassTestSupport

/// Small models with every layer, weights at random.
enum ExportModels {
  static func all() throws -> [(name: String, model: TrainedModel)] {
    [
      ("dense", try trained(dense(), .undercomplete())), ("variational", try trained(variational(), .vae())),
      ("images", try trained(images(), .undercomplete())), ("pools", try trained(pools(), .undercomplete())),
      ("series", try trained(series(), .undercomplete())),
      ("moments", try trained(moments(), .undercomplete())),
      ("tied", try trained(tied(), .undercomplete())),
      ("quantised", try trained(quantised(), .rateDistortion(rateWeight: 0.1))),
      ("denoiser", try trained(denoiser(level: nil), .denoising(.gaussian(0.1)))),
      ("deblurrer", try trained(denoiser(level: 1), .denoising(.blur(0.5...1.5)))),
    ]
  }

  static func dense() throws -> Autoencoder {
    try Autoencoder(input: .vector(6)) {
      Encoder {
        Dense(5, activation: .leakyReLU)
        BatchNorm()
        Dense(4, activation: .elu(alpha: 0.5), bias: false)
        LayerNorm()
        Dropout(0.2)
        Dense(2, activation: .gelu)
      }
      Decoder {
        Residual {
          Dense(3, activation: .softplus)
          Dense(2, activation: .tanh)
        }
        Dense(6, activation: .sigmoid)
      }
    }
  }

  static func variational() throws -> Autoencoder {
    try Autoencoder(input: .vector(5)) {
      Encoder {
        Dense(4, activation: .relu)
        GaussianCode(2)
      }
      Decoder { Dense(5) }
    }
  }

  /// Sizes, strides and paddings of all kinds.
  static func images() throws -> Autoencoder {
    try Autoencoder(input: .image(channels: 2, height: 9, width: 8)) {
      Encoder {
        Conv2D(3, kernel: 3, stride: 2, activation: .relu)
        BatchNorm()
        Conv2D(4, kernel: Pair(2, 3), padding: .valid, activation: .tanh)
        LayerNorm()
        Flatten()
        Dense(6)
      }
      Decoder {
        Dense(16)
        Reshape([4, 2, 2])
        Conv2DTranspose(3, kernel: Pair(3, 2), stride: 2, activation: .relu)
        Conv2DTranspose(3, kernel: 2, stride: 3, padding: .valid)
        Upsample2D(2, interpolation: .bilinear)
        Conv2D(2, kernel: Pair(8, 1), stride: Pair(2, 3), padding: .valid)
        ActivationLayer(.sigmoid)
      }
    }
  }

  static func pools() throws -> Autoencoder {
    try Autoencoder(input: .image(channels: 1, height: 8, width: 12)) {
      Encoder {
        MaxPool2D(2)
        AveragePool2D(3, stride: 2, padding: .same)
        MaxPool2D(3, stride: 1, padding: .same)
      }
      Decoder {
        Upsample2D(2)
        Conv2D(3, kernel: 3)
        Upsample2D(2)
        Conv2D(1, kernel: 3, bias: false)
      }
    }
  }

  static func series() throws -> Autoencoder {
    try Autoencoder(input: .series(channels: 2, length: 6)) {
      Encoder {
        BatchNorm()
        LayerNorm()
        Reshape([2, 1, 6])
        Conv2D(3, kernel: Pair(1, 3))
        Flatten()
        Dense(3)
      }
      Decoder {
        Dense(12)
        Reshape([2, 6])
      }
    }
  }

  /// Layers along series.
  static func moments() throws -> Autoencoder {
    try Autoencoder(input: .series(channels: 2, length: 12)) {
      Encoder {
        Conv1D(3, kernel: 3, activation: .tanh)
        Residual { Conv1D(3, kernel: 3, dilation: 2, activation: .relu) }
        Conv1D(4, kernel: 2, stride: 2, activation: .relu)
        MaxPool1D(2)
      }
      Decoder {
        Upsample1D(2)
        Conv1DTranspose(3, kernel: 4, stride: 2)
        AveragePool1D(3, stride: 1, padding: .same)
        Conv1D(2, kernel: 3, padding: .causal, activation: .sigmoid)
      }
    }
  }

  static func tied() throws -> Autoencoder {
    try Autoencoder(input: .vector(5)) {
      Encoder { Dense(3, activation: .sigmoid) }
      Decoder { TiedDense(to: "encoder.0", units: 5) }
    }
  }

  static func quantised() throws -> Autoencoder {
    try Autoencoder(input: .vector(5)) {
      Encoder {
        Dense(3)
        QuantizedCode(step: 0.25)
      }
      Decoder { Dense(5) }
    }
  }

  static func denoiser(level: Double?) throws -> Autoencoder {
    try Autoencoder(input: .image(channels: 3, height: 8, width: 8), isResidual: true, level: level) {
      Encoder {
        Conv2D(4, kernel: 4, stride: 2, activation: .relu)
        Residual { Conv2D(4, kernel: 3) }
      }
      Decoder { Conv2DTranspose(3, kernel: 4, stride: 2) }
    }
  }

  /// - Parameter values: which numbers the samples of the training held.
  static func trained(
    _ model: Autoencoder, _ objective: any Objective, values: ValueRange? = nil
  ) throws -> TrainedModel {
    let parameters = try model.parameters()
    let store = ParameterStore(
      parameters.map { ($0.name, $0.specification.shape, $0.specification.isTrainable) })
    var numbers = TestNumbers(3)
    for parameter in parameters {
      // Variances are above 0.
      let isVariance = parameter.name.hasSuffix("variance")
      store.write(
        parameter.name,
        (0..<parameter.specification.shape.count).map { _ in
          isVariance ? 0.5 + numbers.unit() : numbers.unit() - 0.4
        })
    }
    return TrainedModel(model: model, objective: objective, parameters: store, seed: 1, values: values)
  }
}
