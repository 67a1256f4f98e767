import HourglassBase
import HourglassGraph

/// Small programs that together use every operation in every form: what the engine, the gradients and the passes
/// are tested with.
enum OperationCatalogue {
  static let batches = [1, 15, 16, 17, 33, 64]

  static let all: [EngineCase] = differentiable + statedAdjoints

  /// Programs whose gradients are the derivatives of their values.
  static let differentiable: [EngineCase] =
    unaryFunctions + binaryFunctions + chains + convolutions + upsampledConvolutions + epilogues + products
    + residuals + pooling + resampling + blurs + shapes + alongAxes + rows + randomDraws + stages + sizes

  /// The same program with every batch size.
  static let sizes: [EngineCase] = batches.map { model.with(batch: $0) }

  /// A little of everything: convolutions, pooling, up-sampling, dense layers, a regulariser.
  static let model = EngineCase("model") { c in
    let x = c.input([2, 8, 6])
    let encoded = layer(x, c, outputs: 5).relu.maxPooled(pool(channels: 5, 8, 6, window: 2, stride: 2))
    let dense = c.parameter([9, 60])
    let code = (encoded.flattened.multiplied(by: dense) + c.parameter([9])).sigmoid
    let wide = c.parameter([60, 9])
    let image = code.multiplied(by: wide).tanh.reshaped(to: [5, 4, 3])
    let up = image.resampled(
      Resampling(kind: .nearest, channels: 5, height: 4, width: 3, factors: (rows: 2, columns: 2)))
    let decoded = layer(up, c, outputs: 2).sigmoid
    let rate = code.batchMean
    return [decoded, code, ((rate - 0.1).square + (decoded - x).square.mean.batchMean).sum]
  }
}

// MARK: - Pieces

/// A convolution with bias, three by three.
func layer(_ x: Tensor, _ c: CaseBuilder, outputs: Int) -> Tensor {
  let geometry = convolution(channels: x.shape[0], outputs, x.shape[1], x.shape[2], kernel: 3)
  let weights = c.parameter(geometry.weightShape, -0.5...0.5)
  let bias = c.parameter([outputs])
  return x.convolved(with: weights, geometry)
    + bias.reshaped(to: [outputs, 1, 1]).broadcast(to: geometry.outputShape)
}

func convolution(
  channels: Int, _ outputs: Int, _ height: Int, _ width: Int, kernel: Int, stride: Int = 1,
  padding: Padding = .same
) -> ConvolutionGeometry {
  ConvolutionGeometry(
    inputChannels: channels, outputChannels: outputs,
    rows: WindowAxis(input: height, kernel: kernel, stride: stride, padding: padding),
    columns: WindowAxis(input: width, kernel: kernel, stride: stride, padding: padding))
}

/// The convolution that a transposed layer of this input is the adjoint of.
func transposedConvolution(
  channels: Int, _ outputs: Int, _ height: Int, _ width: Int, kernel: Int, stride: Int, padding: Padding
) -> ConvolutionGeometry {
  ConvolutionGeometry(
    inputChannels: outputs, outputChannels: channels,
    rows: WindowAxis(transposedInput: height, kernel: kernel, stride: stride, padding: padding),
    columns: WindowAxis(transposedInput: width, kernel: kernel, stride: stride, padding: padding))
}

func pool(
  channels: Int, _ height: Int, _ width: Int, window: Int, stride: Int, padding: Padding = .valid
) -> PoolGeometry {
  PoolGeometry(
    channels: channels, rows: WindowAxis(input: height, kernel: window, stride: stride, padding: padding),
    columns: WindowAxis(input: width, kernel: window, stride: stride, padding: padding))
}
