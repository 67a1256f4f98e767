import HourglassBase

/// Everything a graph can do. The list is closed: a gradient is built from the same operations, so a gradient can
/// be differentiated again. No `switch` over it has a `default:`, so that the compiler lists what a new case needs.
///
/// "Per sample" values exist once for every sample of a batch; "shared" values (parameters and what is computed
/// from them alone) exist once.
public enum Operation: Hashable, Sendable {
  // MARK: Leaves

  /// Data of the sample, by name.
  case input(String)
  /// A shared tensor that training changes, by name.
  case parameter(String)
  /// Every element is this number; shared.
  case constant(Double)
  /// A draw per element, keyed by seed, epoch, sample and `stream`; per sample. A stream with the bit
  /// `RandomDistribution.fixedStream` has the draws of epoch 0 in every epoch but an evaluation's.
  case random(RandomDistribution, stream: UInt32)

  // MARK: Linear algebra

  /// (input `[C, H, W]`, weights `[O, C, kh, kw]`) gives `[O, H', W']`.
  case convolution(ConvolutionGeometry)
  /// (output gradient `[O, H', W']`, weights) gives `[C, H, W]`: the adjoint in the input, and the transposed
  /// convolution layer.
  case convolutionTransposed(ConvolutionGeometry)
  /// (input, output gradient) gives weights' shape: the batch mean of the adjoint in the weights; shared.
  case convolutionWeightGradient(ConvolutionGeometry)
  /// (weights `[m, n]`, vector) gives `W x`, or `transpose(W) x`.
  case matrixProduct(transposed: Bool)
  /// (a `[m]`, b `[n]`) gives the batch mean of `a transpose(b)`, `[m, n]`; shared.
  case outerProduct

  // MARK: Pooling and resampling

  /// The largest value of each window.
  case maxPool(PoolGeometry)
  /// (input, pooled) puts each pooled value where its window's first maximum of `input` is: the adjoint of
  /// `maxPool`.
  case maxPoolScatter(PoolGeometry)
  /// (input, values of the input's shape) takes the value where each window's first maximum of `input` is: the
  /// adjoint of `maxPoolScatter`.
  case maxPoolGather(PoolGeometry)
  /// A separable linear map of every channel: average pooling, up-sampling.
  case resample(Resampling)
  /// Its adjoint.
  case resampleTransposed(Resampling)

  // MARK: Elementwise

  case unary(UnaryFunction)
  /// Both operands have the same shape.
  case binary(BinaryFunction)

  // MARK: Shape

  /// Repeats along axes of extent 1 to this shape of the same rank.
  case broadcast(Shape)
  /// Sums along these axes, which keep extent 1.
  case sum(axes: [Int])
  case reshape(Shape)
  /// The elements `start..<start + count` along an axis.
  case slice(axis: Int, start: Int, count: Int)
  /// Zeros before and after along an axis: the adjoint of `slice`.
  case pad(axis: Int, before: Int, after: Int)
  case concatenate(axis: Int)

  // MARK: Between samples

  /// The mean over the samples of the batch: the one operation, with the two weight gradients above, that couples
  /// samples. What uses its result runs in a later stage.
  case batchMean
  /// A shared value given to every sample: the adjoint of `batchMean`.
  case perSample
}

/// The distributions of `Operation.random`.
public enum RandomDistribution: String, Hashable, Sendable {
  /// [0, 1).
  case uniform
  /// Mean 0, standard deviation 1.
  case normal

  /// Marks streams whose draws do not change from epoch to epoch.
  public static let fixedStream: UInt32 = 1 << 31
}

/// Elementwise functions of one value.
public enum UnaryFunction: String, Hashable, Sendable, CaseIterable {
  case negate, absolute
  /// -1, 0 or 1.
  case sign
  /// 1 above 0, else 0: the derivative of ReLU.
  case step
  case square, squareRoot, reciprocal, exponential, logarithm, tanh, sigmoid
  /// log(1 + exp(x)).
  case softplus
  case relu
  /// The cumulative distribution function of the standard normal distribution.
  case normalCumulative
  /// The nearest whole number; of two equally near the even one.
  case round
}

/// Elementwise functions of two values.
public enum BinaryFunction: String, Hashable, Sendable, CaseIterable {
  case add, subtract, multiply, divide, maximum, minimum
  /// 1 where the first is greater, else 0.
  case greater
}
