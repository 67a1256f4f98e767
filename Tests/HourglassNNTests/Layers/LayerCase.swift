import HourglassBase
import HourglassGraph
import HourglassNN
import Testing

/// A layer on an input, with the output shape and the number of parameters that Keras documents for it.
struct LayerCase: Sendable, CustomTestStringConvertible {
  var layer: any Layer
  var input: Shape
  var output: Shape
  var parameters: Int

  init(_ layer: any Layer, _ input: Shape, _ output: Shape, _ parameters: Int = 0) {
    self.layer = layer
    self.input = input
    self.output = output
    self.parameters = parameters
  }

  var testDescription: String { "\(LayerCatalogue.value(layer).text) on \(input)" }

  static let activations: [Activation] = [
    .linear, .relu, .leakyReLU, .leakyReLU(slope: 0.01), .elu, .elu(alpha: 0.5), .gelu, .sigmoid, .tanh,
    .softplus,
  ]

  /// Every kind of layer, with the settings that change its computation. Sizes follow Keras: `same` gives
  /// ceil(size / stride), `valid` floor((size - kernel) / stride) + 1, a transposed convolution size * stride or
  /// size * stride + max(kernel - stride, 0).
  static let all: [LayerCase] =
    convolutions + transposed + pooling + shaping + normalization
    + activations.flatMap { activation in
      [
        LayerCase(ActivationLayer(activation), [2, 3, 4], [2, 3, 4]),
        LayerCase(Dense(3, activation: activation), [5], [3], 18),
        LayerCase(Conv2D(2, kernel: 2, activation: activation), [1, 3, 3], [2, 3, 3], 10),
        LayerCase(Conv2DTranspose(2, kernel: 2, activation: activation), [1, 3, 3], [2, 3, 3], 10),
      ]
    } + [
      LayerCase(Dense(4, bias: false), [6], [4], 24),
      LayerCase(
        Dense(
          2, initializer: .heNormal, weightRegularizer: Regularizer(l1: 0.1, l2: 0.2),
          activityRegularizer: Regularizer(l1: 0.3)), [3], [2], 8),
      LayerCase(Dense(1), [1], [1], 2),
      LayerCase(SparseDense(4, activation: .tanh), [6], [4], 28),
      LayerCase(SparseDense(2, bias: false, weightRegularizer: Regularizer(l2: 0.2)), [3], [2], 6),
      LayerCase(SampledDense(5, share: 0.5), [4], [5], 25),
      LayerCase(SampledDense(3, share: 1, bias: false), [4], [3], 12),
      LayerCase(GaussianCode(3), [5], [3], 36),
      LayerCase(GaussianCode(2, initializer: .heNormal), [4], [2], 20),
      LayerCase(QuantizedCode(), [5], [5], 10),
      LayerCase(QuantizedCode(step: 0.5), [2, 3, 2], [2, 3, 2], 4),
      LayerCase(TiedDense(to: "other.0", units: 4, activation: .tanh), [3], [4], 4),
      LayerCase(TiedDense(to: "other.0", units: 4, bias: false), [3], [4]),
    ] + residuals + series

  /// What layers make of `[channels, length]`.
  private static let series = [
    LayerCase(ActivationLayer(.tanh), [2, 7], [2, 7]),
    LayerCase(Dropout(0.3), [2, 7], [2, 7]),
    LayerCase(BatchNorm(), [3, 5], [3, 5], 12),
    LayerCase(LayerNorm(), [3, 5], [3, 5], 6),
    LayerCase(QuantizedCode(), [2, 4], [2, 4], 4),
    LayerCase(Flatten(), [2, 7], [14]),
    LayerCase(Reshape([2, 1, 7]), [2, 7], [2, 1, 7]),
    LayerCase(Reshape([2, 7]), [2, 1, 7], [2, 7]),
    LayerCase(Reshape([7, 2]), [14], [7, 2]),
    LayerCase(Residual([ActivationLayer(.sigmoid), BatchNorm()]), [2, 5], [2, 5], 8),
    LayerCase(Conv1D(3, kernel: 3), [2, 7], [3, 7], 21),
    LayerCase(Conv1D(3, kernel: 3, padding: .valid), [2, 7], [3, 5], 21),
    LayerCase(Conv1D(3, kernel: 3, padding: .causal), [2, 7], [3, 7], 21),
    LayerCase(Conv1D(3, kernel: 4, stride: 2), [2, 7], [3, 4], 27),
    LayerCase(Conv1D(3, kernel: 3, stride: 2, padding: .valid), [2, 8], [3, 3], 21),
    LayerCase(Conv1D(3, kernel: 3, stride: 3, padding: .causal), [2, 8], [3, 3], 21),
    LayerCase(Conv1D(3, kernel: 3, dilation: 2), [2, 8], [3, 8], 21),
    LayerCase(Conv1D(2, kernel: 2, dilation: 3), [1, 7], [2, 7], 6),
    LayerCase(Conv1D(2, kernel: 3, padding: .causal, dilation: 4), [2, 9], [2, 9], 14),
    LayerCase(Conv1D(2, kernel: 3, padding: .valid, dilation: 2), [2, 9], [2, 5], 14),
    LayerCase(Conv1D(2, kernel: 3, dilation: 50), [1, 4], [2, 4], 8),
    LayerCase(Conv1D(4, kernel: 1, dilation: 3, bias: false), [3, 4], [4, 4], 12),
    LayerCase(
      Conv1D(
        2, kernel: 2, activation: .tanh, initializer: .heUniform,
        weightRegularizer: Regularizer(l2: 0.5), activityRegularizer: Regularizer(l1: 0.1, l2: 0.2)),
      [1, 4], [2, 4], 6),
    LayerCase(
      Conv1D(
        2, kernel: 3, dilation: 2, activation: .sigmoid, weightRegularizer: Regularizer(l1: 0.1)),
      [1, 6], [2, 6], 8),
    LayerCase(Conv1DTranspose(3, kernel: 3), [2, 5], [3, 5], 21),
    LayerCase(Conv1DTranspose(3, kernel: 4, stride: 2), [2, 5], [3, 10], 27),
    LayerCase(Conv1DTranspose(3, kernel: 3, stride: 2, padding: .valid), [2, 5], [3, 11], 21),
    LayerCase(Conv1DTranspose(1, kernel: 2, stride: 3, activation: .tanh, bias: false), [1, 3], [1, 9], 2),
    LayerCase(MaxPool1D(), [2, 7], [2, 3]),
    LayerCase(MaxPool1D(2, padding: .same), [2, 7], [2, 4]),
    LayerCase(MaxPool1D(3, stride: 2), [1, 8], [1, 3]),
    LayerCase(AveragePool1D(), [2, 6], [2, 3]),
    LayerCase(AveragePool1D(3, stride: 1, padding: .same), [1, 5], [1, 5]),
    LayerCase(Upsample1D(), [2, 3], [2, 6]),
    LayerCase(Upsample1D(3, interpolation: .linear), [2, 3], [2, 9]),
    // A block of a temporal network: causal, dilations that double.
    LayerCase(
      Residual([
        Conv1D(3, kernel: 3, padding: .causal, dilation: 1, activation: .tanh),
        Conv1D(2, kernel: 3, padding: .causal, dilation: 2),
      ]), [2, 7], [2, 7], 21 + 20),
  ]

  private static let residuals = [
    LayerCase(
      Residual([Conv2D(4, kernel: 3, activation: .tanh), Conv2D(2, kernel: 3)]), [2, 4, 5], [2, 4, 5], 150),
    LayerCase(Residual([Dense(3, activation: .sigmoid), Dense(4)]), [4], [4], 31),
    // Strides that undo one another, statistics of the batch, a residual within a residual.
    LayerCase(
      Residual([
        Conv2D(3, kernel: 4, stride: 2), BatchNorm(momentum: 0.5),
        Residual([Conv2D(3, kernel: 1, activation: .tanh, activityRegularizer: Regularizer(l2: 0.1))]),
        Conv2DTranspose(1, kernel: 4, stride: 2),
      ]), [1, 4, 6], [1, 4, 6], 51 + 12 + 12 + 49),
  ]

  private static let convolutions = [
    LayerCase(Conv2D(3, kernel: 3), [2, 5, 4], [3, 5, 4], 57),
    LayerCase(Conv2D(3, kernel: 3, padding: .valid), [2, 5, 4], [3, 3, 2], 57),
    LayerCase(Conv2D(3, kernel: 3, stride: 2), [2, 5, 4], [3, 3, 2], 57),
    LayerCase(Conv2D(3, kernel: 3, stride: 2, padding: .valid), [2, 6, 5], [3, 2, 2], 57),
    LayerCase(Conv2D(2, kernel: Pair(1, 4), stride: Pair(3, 2)), [1, 7, 6], [2, 3, 3], 10),
    LayerCase(Conv2D(2, kernel: Pair(4, 2), stride: Pair(1, 3), padding: .valid), [1, 7, 6], [2, 4, 2], 18),
    LayerCase(Conv2D(4, kernel: 1, bias: false), [3, 2, 2], [4, 2, 2], 12),
    LayerCase(Conv2D(1, kernel: 5), [1, 2, 3], [1, 2, 3], 26),
    LayerCase(Conv2D(1, kernel: 2, stride: 5), [1, 6, 11], [1, 2, 3], 5),
    LayerCase(
      Conv2D(
        2, kernel: 2, activation: .tanh, initializer: .heUniform,
        weightRegularizer: Regularizer(l2: 0.5), activityRegularizer: Regularizer(l1: 0.1, l2: 0.2)),
      [1, 3, 3], [2, 3, 3], 10),
  ]

  private static let transposed = [
    LayerCase(Conv2DTranspose(3, kernel: 3), [2, 3, 4], [3, 3, 4], 57),
    LayerCase(Conv2DTranspose(3, kernel: 3, padding: .valid), [2, 3, 4], [3, 5, 6], 57),
    LayerCase(Conv2DTranspose(3, kernel: 3, stride: 2), [2, 3, 4], [3, 6, 8], 57),
    LayerCase(Conv2DTranspose(3, kernel: 3, stride: 2, padding: .valid), [2, 3, 4], [3, 7, 9], 57),
    LayerCase(Conv2DTranspose(2, kernel: Pair(4, 1), stride: Pair(2, 3)), [1, 2, 3], [2, 4, 9], 10),
    LayerCase(Conv2DTranspose(1, kernel: 2, stride: 3, padding: .valid), [1, 2, 2], [1, 6, 6], 5),
    LayerCase(Conv2DTranspose(2, kernel: 5, stride: 2, bias: false), [1, 2, 2], [2, 4, 4], 50),
    LayerCase(
      Conv2DTranspose(
        1, kernel: 2, stride: 2, initializer: .glorotNormal,
        weightRegularizer: Regularizer(l1: 0.5), activityRegularizer: Regularizer(l2: 0.2)),
      [2, 2, 2], [1, 4, 4], 9),
  ]

  private static let pooling = [
    LayerCase(MaxPool2D(), [2, 4, 6], [2, 2, 3]),
    LayerCase(MaxPool2D(), [2, 5, 7], [2, 2, 3]),
    LayerCase(MaxPool2D(2, padding: .same), [2, 5, 7], [2, 3, 4]),
    LayerCase(MaxPool2D(3, stride: 2), [1, 7, 6], [1, 3, 2]),
    LayerCase(MaxPool2D(Pair(3, 2), stride: Pair(1, 2), padding: .same), [1, 4, 5], [1, 4, 3]),
    LayerCase(AveragePool2D(), [2, 4, 6], [2, 2, 3]),
    LayerCase(AveragePool2D(2, padding: .same), [2, 5, 7], [2, 3, 4]),
    LayerCase(AveragePool2D(3, stride: 2), [1, 7, 6], [1, 3, 2]),
    LayerCase(AveragePool2D(Pair(3, 2), stride: 1, padding: .same), [1, 4, 5], [1, 4, 5]),
    LayerCase(Upsample2D(), [2, 2, 3], [2, 4, 6]),
    LayerCase(Upsample2D(Pair(3, 1)), [1, 2, 3], [1, 6, 3]),
    LayerCase(Upsample2D(2, interpolation: .bilinear), [2, 2, 3], [2, 4, 6]),
    LayerCase(Upsample2D(Pair(3, 4), interpolation: .bilinear), [1, 2, 1], [1, 6, 4]),
  ]

  private static let shaping = [
    LayerCase(Flatten(), [2, 3, 4], [24]),
    LayerCase(Flatten(), [5], [5]),
    LayerCase(Reshape([2, 3, 4]), [24], [2, 3, 4]),
    LayerCase(Reshape([4, 3, 2]), [2, 3, 4], [4, 3, 2]),
    LayerCase(Reshape([24]), [2, 3, 4], [24]),
    LayerCase(Dropout(0.4), [2, 3, 4], [2, 3, 4]),
    LayerCase(Dropout(0), [6], [6]),
  ]

  private static let normalization = [
    LayerCase(BatchNorm(), [3, 2, 2], [3, 2, 2], 12),
    LayerCase(BatchNorm(momentum: 0.5, epsilon: 0.01), [4], [4], 16),
    LayerCase(LayerNorm(), [3, 2, 2], [3, 2, 2], 6),
    LayerCase(LayerNorm(epsilon: 0.1), [5], [5], 10),
  ]
}
