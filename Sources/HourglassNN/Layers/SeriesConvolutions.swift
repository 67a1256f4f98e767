import HourglassBase
import HourglassGraph

/// How zeros are put around a series before a window moves over it, as Keras names it.
public enum SeriesPadding: String, Hashable, Sendable, CaseIterable {
  /// On both sides, so that there are as many values as steps of the window fit into the series.
  case same
  /// Nowhere: only whole windows.
  case valid
  /// Before the series only: a value sees no number that comes after it.
  case causal
}

/// A convolution along a series `[channels, length]`, as Keras's and PyTorch's `Conv1D`; weights are `[filters, channels,
/// kernel]`. With `causal` padding no value depends on what comes after it, and with dilations that double from layer to
/// layer a few layers see far back (van den Oord et al. 2016).
///
/// ```swift
/// Conv1D(16, kernel: 3, padding: .causal, dilation: 4, activation: .relu)
/// ```
public struct Conv1D: Layer {
  public static let kind = "conv1d"
  public static let title = "Conv1D"
  public static let summary = "A convolution along a series."
  public static let fields = Fields(Conv1D(1, kernel: 1)) {
    Field("filters", \.filters, .whole(1...65_536), "channels it makes", .required)
    Field("kernel", \.kernel, .whole(1...255), "length of the window that it sees", .required)
    Field("stride", \.stride, .whole(1...255), "moments from one window to the next")
    Field(
      "padding", \.padding, .choice,
      "whether zeros beyond both ends keep the length (same), zeros before the beginning alone (causal), or none are there (valid)"
    )
    Field("dilation", \.dilation, .whole(1...65_536), "moments from one number of a window to the next")
    Field(including: \.sum, WeightedSum.fields("channel"))
  }

  var filters: Int
  var kernel: Int
  var stride: Int
  var padding: SeriesPadding
  var dilation: Int
  var sum: WeightedSum

  /// - Parameters:
  ///   - filters: channels it makes, 1 to 65,536.
  ///   - kernel: numbers of each channel that a window has, 1 to 255.
  ///   - stride: moments from one window to the next, 1 to 255; 1 where `dilation` is more.
  ///   - dilation: moments from one number of a window to the next, 1 to 65,536.
  public init(
    _ filters: Int, kernel: Int, stride: Int = 1, padding: SeriesPadding = .same, dilation: Int = 1,
    activation: Activation = .linear, bias: Bool = true, initializer: Initializer = .glorotUniform,
    weightRegularizer: Regularizer = .none, activityRegularizer: Regularizer = .none
  ) {
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    sum = WeightedSum(
      activation: activation, bias: bias, initializer: initializer, weightRegularizer: weightRegularizer,
      activityRegularizer: activityRegularizer)
  }

  /// Moments from the first to the last number of a window, both counted.
  private var extent: Int { (kernel - 1) * dilation + 1 }

  /// The zeros before a series of this length, and how many windows there are, as Keras has it.
  private func windows(_ length: Int) -> (before: Int, count: Int) {
    switch padding {
    case .same:
      let count = (length + stride - 1) / stride
      return (max((count - 1) * stride + extent - length, 0) / 2, count)
    case .causal: return (extent - 1, (length + stride - 1) / stride)
    case .valid: return (0, length < extent ? 0 : (length - extent) / stride + 1)
    }
  }

  /// Whether its numbers lie apart: moments that are `dilation` apart are then made to lie below one another, in rows.
  private var isDilated: Bool { dilation > 1 && kernel > 1 }

  private func geometry(_ input: Shape) -> ConvolutionGeometry {
    let windows = windows(input[1])
    let moments = WindowAxis(
      input: input[1], output: windows.count, kernel: kernel, stride: stride, padding: windows.before)
    guard isDilated else {
      return ConvolutionGeometry(
        inputChannels: input[0], outputChannels: filters, rows: .one, columns: moments)
    }
    func rows(_ moments: Int) -> Int { (moments + dilation - 1) / dilation }
    return ConvolutionGeometry(
      inputChannels: input[0], outputChannels: filters,
      rows: WindowAxis(
        input: rows(input[1] + windows.before % dilation), output: rows(windows.count), kernel: kernel,
        stride: 1, padding: windows.before / dilation),
      columns: WindowAxis(input: dilation, output: dilation, kernel: 1, stride: 1, padding: 0))
  }

  private func weightShape(_ input: Shape) -> Shape { [filters, input[0], kernel] }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    try SeriesForm.check(input)
    guard stride == 1 || dilation == 1 else {
      throw HourglassError(
        .usage, "has a stride of \(stride) and a dilation of \(dilation); make one of them 1")
    }
    let count = windows(input[1]).count
    guard count > 0 else {
      throw HourglassError(
        .usage,
        "has windows of \(extent) moments with valid padding, longer than its input \(input); use a smaller kernel or "
          + "padding: same")
    }
    return [filters, count]
  }

  public func parameters(_ input: Shape) -> [ParameterSpecification] {
    sum.parameters(geometry(input), as: weightShape(input), filters: filters)
  }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let geometry = geometry(input.shape)
    let weight = sum.weight(geometry, as: weightShape(input.shape), in: context)
    guard isDilated else {
      return sum.finish(SeriesForm.image(input).convolved(with: weight, geometry), in: context).asSeries
    }
    let windows = windows(input.shape[1])
    let before = windows.before % dilation
    let numbers = geometry.rows.input * dilation
    let filled = input.padded(axis: 1, before: before, after: numbers - before - input.shape[1])
    let sums = filled.reshaped(to: geometry.inputShape).convolved(with: weight, geometry)
    let values = sum.finish(sums, in: context)
    return values.reshaped(to: [filters, geometry.rows.output * dilation])
      .slice(axis: 1, start: 0, count: windows.count)
  }

  public var traits: LayerTraits {
    LayerTraits(activation: sum.activation, reduction: Pair(1, stride))
  }
}

/// A transposed convolution along a series, as Keras's `Conv1DTranspose`; weights are `[channels, filters, kernel]`.
///
/// ```swift
/// Conv1DTranspose(8, kernel: 4, stride: 2, activation: .relu)
/// ```
public struct Conv1DTranspose: Layer {
  public static let kind = "conv1d_transpose"
  public static let title = "Conv1DTranspose"
  public static let summary = "A transposed convolution along a series, which lengthens it by its stride."
  public static let fields = Fields(Conv1DTranspose(1, kernel: 1)) {
    Field("filters", \.filters, .whole(1...65_536), "channels it makes", .required)
    Field("kernel", \.kernel, .whole(1...255), "length of the window that it sees", .required)
    Field("stride", \.stride, .whole(1...255), "by how much it lengthens the series")
    Field(
      "padding", \.padding, .choice,
      "whether the length is that of the input times the stride (same), or whole windows stick out beyond it (valid)"
    )
    Field(including: \.sum, WeightedSum.fields("channel"))
  }

  var filters: Int
  var kernel: Int
  var stride: Int
  var padding: Padding
  var sum: WeightedSum

  /// - Parameters:
  ///   - filters: channels it makes, 1 to 65,536.
  ///   - kernel: numbers of each channel that a window has, 1 to 255.
  ///   - stride: by how much it lengthens the series, 1 to 255.
  public init(
    _ filters: Int, kernel: Int, stride: Int = 1, padding: Padding = .same,
    activation: Activation = .linear, bias: Bool = true, initializer: Initializer = .glorotUniform,
    weightRegularizer: Regularizer = .none, activityRegularizer: Regularizer = .none
  ) {
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    sum = WeightedSum(
      activation: activation, bias: bias, initializer: initializer, weightRegularizer: weightRegularizer,
      activityRegularizer: activityRegularizer)
  }

  private func geometry(_ input: Shape) -> ConvolutionGeometry {
    ConvolutionGeometry(
      inputChannels: filters, outputChannels: input[0], rows: .one,
      columns: WindowAxis(
        transposedInput: input[1], kernel: kernel, stride: stride, padding: padding))
  }

  private func weightShape(_ input: Shape) -> Shape { [input[0], filters, kernel] }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    try SeriesForm.check(input)
    return geometry(input).inputShape.withoutRow
  }

  public func parameters(_ input: Shape) -> [ParameterSpecification] {
    sum.parameters(geometry(input), as: weightShape(input), filters: filters)
  }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let geometry = geometry(input.shape)
    let weight = sum.weight(geometry, as: weightShape(input.shape), in: context)
    let sums = SeriesForm.image(input).convolvedTransposed(with: weight, geometry)
    return sum.finish(sums, in: context).asSeries
  }

  public var traits: LayerTraits {
    LayerTraits(activation: sum.activation, enlargement: Pair(1, stride))
  }
}
