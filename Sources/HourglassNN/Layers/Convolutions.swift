import HourglassBase
import HourglassGraph

/// What convolution layers are made of.
package struct ConvolutionSettings: Sendable {
  package var filters: Int
  var kernel: Pair
  var stride: Pair
  var padding: Padding
  package var sum: WeightedSum

  static let fields = Fields(ConvolutionSettings(1, kernel: 1)) {
    Field("filters", \.filters, .whole(1...65_536), "channels it makes", .required)
    Field("kernel", \.kernel, .pair(1...255), "size of the window that it sees", .required)
    Field("stride", \.stride, .pair(1...255), "pixels from one window to the next")
    Field("padding", \.padding, .choice, "whether zeros beyond the edges keep the size (same) or not (valid)")
    Field(including: \.sum, WeightedSum.fields("channel"))
  }

  init(
    _ filters: Int, kernel: Pair, stride: Pair = 1, padding: Padding = .same,
    sum: WeightedSum = WeightedSum()
  ) {
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.sum = sum
  }

  func image(_ shape: Shape) throws(HourglassError) {
    guard shape.rank == 3 else {
      throw HourglassError(
        .usage, "takes an image (channels, height, width), but gets \(shape); put a reshape layer before it")
    }
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
    Fields(Self(options: ConvolutionSettings(1, kernel: 1))) {
      Field(including: \.options, ConvolutionSettings.fields)
    }
  }

  public func parameters(_ input: Shape) -> [ParameterSpecification] {
    options.sum.parameters(geometry(input), filters: options.filters)
  }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let weight = options.sum.weight(geometry(input.shape), in: context)
    return options.sum.finish(convolve(input, with: weight), in: context)
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
      filters, kernel: kernel, stride: stride, padding: padding,
      sum: WeightedSum(
        activation: activation, bias: bias, initializer: initializer, weightRegularizer: weightRegularizer,
        activityRegularizer: activityRegularizer))
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
    LayerTraits(activation: options.sum.activation, reduction: options.stride)
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
      filters, kernel: kernel, stride: stride, padding: padding,
      sum: WeightedSum(
        activation: activation, bias: bias, initializer: initializer, weightRegularizer: weightRegularizer,
        activityRegularizer: activityRegularizer))
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
    LayerTraits(activation: options.sum.activation, enlargement: options.stride)
  }
}
