import HourglassBase
import HourglassGraph

/// Normalises each channel (or feature) over the batch, and over pixels for images (Ioffe & Szegedy 2015), as
/// Keras's `BatchNormalization`: in training with the batch's own mean and variance, otherwise with their moving
/// averages.
public struct BatchNorm: Layer {
  public static let kind = "batch_norm"
  public static let title = "BatchNorm"
  public static let summary = "Normalises each channel over the batch."
  public static let fields = Fields(BatchNorm()) {
    Field(
      "momentum", \.momentum, .number(0...1), "share of the old moving average kept at each step", .written)
    Field("epsilon", \.epsilon, .number(1e-12...1), "added to the variance", .written)
  }

  var momentum: Double
  package var epsilon: Double

  /// - Parameter momentum: share of the old moving average kept at each step.
  public init(momentum: Double = 0.99, epsilon: Double = 1e-3) {
    self.momentum = momentum
    self.epsilon = epsilon
  }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape { input }

  private func specification(_ name: String, _ input: Shape, _ initializer: Initializer, trainable: Bool)
    -> ParameterSpecification
  {
    ParameterSpecification(name, [input[0]], initializer, isTrainable: trainable)
  }

  public func parameters(_ input: Shape) -> [ParameterSpecification] {
    [
      specification("gamma", input, .ones, trainable: true),
      specification("beta", input, .zeros, trainable: true),
      specification("moving_mean", input, .zeros, trainable: false),
      specification("moving_variance", input, .ones, trainable: false),
    ]
  }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let shape = input.shape
    let perChannel = Shape([shape[0]] + Array(repeating: 1, count: shape.rank - 1))
    let axes = Array(1..<shape.rank)
    let parameters = parameters(shape).map { context.parameter($0) }
    let (gamma, beta) = (parameters[0].reshaped(to: perChannel), parameters[1].reshaped(to: perChannel))
    var mean = parameters[2].reshaped(to: perChannel)
    var variance = parameters[3].reshaped(to: perChannel)
    if context.isTraining {
      mean = input.mean(axes: axes).batchMean
      variance = (input - mean).square.mean(axes: axes).batchMean
      for (index, value) in [(2, mean), (3, variance)] {
        let name = self.parameters(shape)[index].name
        let moved = parameters[index] * momentum + value.reshaped(to: [shape[0]]) * (1 - momentum)
        context.assign(name, moved)
      }
    }
    let scale = gamma / (variance + epsilon).squareRoot
    return (input - mean) * scale + beta
  }

  public var traits: LayerTraits { LayerTraits(keepsStatistics: true, couplesSamples: true) }
}

/// Normalises the channels of each pixel (or the features of a vector) of one sample (Ba et al. 2016), as Keras's
/// `LayerNormalization` over its last axis.
public struct LayerNorm: Layer {
  public static let kind = "layer_norm"
  public static let title = "LayerNorm"
  public static let summary = "Normalises the channels of each pixel, or the features of a vector."
  public static let fields = Fields(LayerNorm()) {
    Field("epsilon", \.epsilon, .number(1e-12...1), "added to the variance", .written)
  }

  package var epsilon: Double

  public init(epsilon: Double = 1e-3) { self.epsilon = epsilon }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape { input }

  public func parameters(_ input: Shape) -> [ParameterSpecification] {
    [
      ParameterSpecification("gamma", [input[0]], .ones),
      ParameterSpecification("beta", [input[0]], .zeros),
    ]
  }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let shape = input.shape
    let perChannel = Shape([shape[0]] + Array(repeating: 1, count: shape.rank - 1))
    let parameters = parameters(shape).map { context.parameter($0).reshaped(to: perChannel) }
    let mean = input.mean(axes: [0])
    let centered = input - mean
    let variance = centered.square.mean(axes: [0])
    return centered / (variance + epsilon).squareRoot * parameters[0] + parameters[1]
  }
}
