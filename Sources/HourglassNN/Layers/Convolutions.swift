import HourglassBase
import HourglassGraph

/// What both kinds of convolution layer are made of.
package struct ConvolutionSettings: Sendable {
  package var filters: Int
  var kernel: Pair
  var stride: Pair
  var padding: Padding
  var activation: Activation
  var usesBias: Bool
  var initializer: Initializer
  var weightRegularizer: Regularizer
  var activityRegularizer: Regularizer

  static let fields = Fields(
    ConvolutionSettings(1, 1, 1, .same, .linear, true, .glorotUniform, .none, .none)
  ) {
    Field("filters", \.filters, .whole(1...65_536), "channels it makes", .required)
    Field("kernel", \.kernel, .pair(1...255), "size of the window that it sees", .required)
    Field("stride", \.stride, .pair(1...255), "pixels from one window to the next")
    Field("padding", \.padding, .choice, "whether zeros beyond the edges keep the size (same) or not (valid)")
    Field("activation", \.activation)
    Field("bias", \.usesBias, .yesOrNo, "whether a learnt number is added to each channel")
    Field("initializer", \.initializer, .choice, "how the first weights are drawn")
    Field("weight_regularizer", \.weightRegularizer, .regularizer, "penalty on the weights")
    Field("activity_regularizer", \.activityRegularizer, .regularizer, "penalty on what it makes")
  }

  init(
    _ filters: Int, _ kernel: Pair, _ stride: Pair, _ padding: Padding, _ activation: Activation,
    _ bias: Bool,
    _ initializer: Initializer, _ weightRegularizer: Regularizer, _ activityRegularizer: Regularizer
  ) {
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.activation = activation
    usesBias = bias
    self.initializer = initializer
    self.weightRegularizer = weightRegularizer
    self.activityRegularizer = activityRegularizer
  }

  var bias: ParameterSpecification { ParameterSpecification("bias", [filters], .zeros) }

  func parameters(_ weight: ParameterSpecification) -> [ParameterSpecification] {
    usesBias ? [weight, bias] : [weight]
  }

  func image(_ shape: Shape) throws(HourglassError) {
    guard shape.rank == 3 else {
      throw HourglassError(
        .usage, "takes an image (channels, height, width), but gets \(shape); put a reshape layer before it")
    }
  }

  /// Bias, activation and the penalty on it.
  func finish(_ sum: Tensor, _ context: LayerContext) -> Tensor {
    var sum = sum
    if usesBias {
      sum = sum + context.parameter(bias).reshaped(to: [filters, 1, 1])
    }
    let result = activation(sum)
    context.penalize(result, activityRegularizer)
    return result
  }
}

/// What both kinds of convolution layer share; they differ in what they compute.
protocol ConvolutionLayer: Layer {
  var options: ConvolutionSettings { get set }

  init(options: ConvolutionSettings)

  /// The convolution; for a transposed one, the convolution it is the adjoint of.
  func geometry(_ input: Shape) -> ConvolutionGeometry

  /// The layer's value before bias and activation.
  func convolve(_ input: Tensor, with weight: Tensor) -> Tensor
}

extension ConvolutionLayer {
  public static var fields: Fields<Self> {
    Fields(
      Self(
        options: ConvolutionSettings(1, 1, 1, .same, .linear, true, .glorotUniform, .none, .none))
    ) { Field(including: \.options, ConvolutionSettings.fields) }
  }

  /// Keras counts the fans of a transposed convolution's weights as those of the convolution it mirrors.
  private func weight(_ input: Shape) -> ParameterSpecification {
    let geometry = geometry(input)
    let area = geometry.rows.kernel * geometry.columns.kernel
    return ParameterSpecification(
      "weight", geometry.weightShape, options.initializer, fanIn: area * geometry.inputChannels,
      fanOut: area * geometry.outputChannels, regularizer: options.weightRegularizer)
  }

  public func parameters(_ input: Shape) -> [ParameterSpecification] { options.parameters(weight(input)) }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let weight = context.parameter(weight(input.shape))
    context.penalize(weight, options.weightRegularizer)
    return options.finish(convolve(input, with: weight), context)
  }
}

/// A convolution over an image (LeCun et al. 1989), as Keras's `Conv2D`; weights are `[filters, channels, rows,
/// columns]`.
///
/// ```swift
/// Conv2D(16, kernel: 3, stride: 2, activation: .relu)
/// ```
public struct Conv2D: Layer, ConvolutionLayer {
  public static let kind = "conv2d"
  public static let title = "Conv2D"
  public static let summary = "A convolution over an image."

  package var options: ConvolutionSettings

  package init(options: ConvolutionSettings) { self.options = options }

  public init(
    _ filters: Int, kernel: Pair, stride: Pair = 1, padding: Padding = .same,
    activation: Activation = .linear,
    bias: Bool = true, initializer: Initializer = .glorotUniform, weightRegularizer: Regularizer = .none,
    activityRegularizer: Regularizer = .none
  ) {
    options = ConvolutionSettings(
      filters, kernel, stride, padding, activation, bias, initializer, weightRegularizer,
      activityRegularizer)
  }

  func geometry(_ input: Shape) -> ConvolutionGeometry {
    ConvolutionGeometry(
      inputChannels: input[0], outputChannels: options.filters,
      rows: WindowAxis(
        input: input[1], kernel: options.kernel.rows, stride: options.stride.rows, padding: options.padding),
      columns: WindowAxis(
        input: input[2], kernel: options.kernel.columns, stride: options.stride.columns,
        padding: options.padding))
  }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    try options.image(input)
    let output = geometry(input).outputShape
    guard output.count > 0 else {
      throw HourglassError(
        .usage,
        "has a kernel of \(options.kernel.rows)x\(options.kernel.columns) with valid padding, larger than its "
          + "input \(input); use a smaller kernel or padding: same")
    }
    return output
  }

  func convolve(_ input: Tensor, with weight: Tensor) -> Tensor {
    input.convolved(with: weight, geometry(input.shape))
  }

  public var traits: LayerTraits {
    LayerTraits(activation: options.activation, reduction: options.stride)
  }
}

/// A transposed convolution, as Keras's `Conv2DTranspose`; weights are `[channels, filters, rows, columns]`.
///
/// ```swift
/// Conv2DTranspose(8, kernel: 3, stride: 2, activation: .relu)
/// ```
public struct Conv2DTranspose: Layer, ConvolutionLayer {
  public static let kind = "conv2d_transpose"
  public static let title = "Conv2DTranspose"
  public static let summary = "A transposed convolution over an image, which enlarges it by its stride."

  var options: ConvolutionSettings

  init(options: ConvolutionSettings) { self.options = options }

  public init(
    _ filters: Int, kernel: Pair, stride: Pair = 1, padding: Padding = .same,
    activation: Activation = .linear,
    bias: Bool = true, initializer: Initializer = .glorotUniform, weightRegularizer: Regularizer = .none,
    activityRegularizer: Regularizer = .none
  ) {
    options = ConvolutionSettings(
      filters, kernel, stride, padding, activation, bias, initializer, weightRegularizer,
      activityRegularizer)
  }

  func geometry(_ input: Shape) -> ConvolutionGeometry {
    ConvolutionGeometry(
      inputChannels: options.filters, outputChannels: input[0],
      rows: WindowAxis(
        transposedInput: input[1], kernel: options.kernel.rows, stride: options.stride.rows,
        padding: options.padding),
      columns: WindowAxis(
        transposedInput: input[2], kernel: options.kernel.columns, stride: options.stride.columns,
        padding: options.padding))
  }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    try options.image(input)
    return geometry(input).inputShape
  }

  func convolve(_ input: Tensor, with weight: Tensor) -> Tensor {
    input.convolvedTransposed(with: weight, geometry(input.shape))
  }

  public var traits: LayerTraits {
    LayerTraits(activation: options.activation, enlargement: options.stride)
  }
}
