import HourglassBase
import HourglassGraph

/// The windows of both pooling layers.
struct PoolingSettings: Sendable {
  var window: Pair
  var stride: Pair
  var padding: Padding

  init(_ window: Pair, _ stride: Pair?, _ padding: Padding) {
    self.window = window
    self.stride = stride ?? window
    self.padding = padding
  }

  static let fields = Fields(PoolingSettings(2, nil, .valid)) {
    Field("window", \.window, .pair(1...255), "size of the window", .written)
    Field(
      "stride", \.ownStride, .pair(1...255),
      "pixels from one window to the next; the window's size when left out")
    Field("padding", \.padding, .choice, "whether windows reach beyond the edges (same) or not (valid)")
  }

  /// nil where it is the window's size.
  private var ownStride: Pair? {
    get { stride == window ? nil : stride }
    set { stride = newValue ?? window }
  }

  func geometry(_ input: Shape) -> PoolGeometry {
    PoolGeometry(
      channels: input[0],
      rows: WindowAxis(input: input[1], kernel: window.rows, stride: stride.rows, padding: padding),
      columns: WindowAxis(
        input: input[2], kernel: window.columns, stride: stride.columns, padding: padding))
  }

  func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    guard input.rank == 3 else {
      throw HourglassError(
        .usage, "takes an image (channels, height, width), but gets \(input); put a reshape layer before it")
    }
    let output = geometry(input).outputShape
    guard output.count > 0 else {
      throw HourglassError(
        .usage,
        "has a window of \(window.rows)x\(window.columns), larger than its input \(input); use a smaller window"
      )
    }
    return output
  }
}

/// What both pooling layers share; they differ in what they make of a window.
protocol PoolingLayer: Layer {
  var options: PoolingSettings { get set }

  init(options: PoolingSettings)

  func pool(_ input: Tensor, _ geometry: PoolGeometry) -> Tensor
}

extension PoolingLayer {
  public static var fields: Fields<Self> {
    Fields(Self(options: PoolingSettings(2, nil, .valid))) {
      Field(including: \.options, PoolingSettings.fields)
    }
  }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape { try options.outputShape(input) }
  public func parameters(_ input: Shape) -> [ParameterSpecification] { [] }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    pool(input, options.geometry(input.shape))
  }

  public var traits: LayerTraits { LayerTraits(reduction: options.stride) }
}

/// The largest value of each window, as Keras's `MaxPooling2D`.
public struct MaxPool2D: Layer, PoolingLayer {
  public static let kind = "max_pool2d"
  public static let title = "MaxPool2D"
  public static let summary = "The largest value of each window."

  var options: PoolingSettings

  init(options: PoolingSettings) { self.options = options }

  /// - Parameter stride: nil for the window's own size.
  public init(_ window: Pair = 2, stride: Pair? = nil, padding: Padding = .valid) {
    options = PoolingSettings(window, stride, padding)
  }

  func pool(_ input: Tensor, _ geometry: PoolGeometry) -> Tensor { input.maxPooled(geometry) }
}

/// The mean of each window's part inside the image, as Keras's `AveragePooling2D`.
public struct AveragePool2D: Layer, PoolingLayer {
  public static let kind = "average_pool2d"
  public static let title = "AveragePool2D"
  public static let summary = "The mean of each window."

  var options: PoolingSettings

  init(options: PoolingSettings) { self.options = options }

  /// - Parameter stride: nil for the window's own size.
  public init(_ window: Pair = 2, stride: Pair? = nil, padding: Padding = .valid) {
    options = PoolingSettings(window, stride, padding)
  }

  func pool(_ input: Tensor, _ geometry: PoolGeometry) -> Tensor {
    input.resampled(Resampling(average: geometry))
  }
}

/// Enlarges an image by whole factors, as Keras's `UpSampling2D`.
public struct Upsample2D: Layer {
  public static let kind = "upsample2d"
  public static let title = "Upsample2D"
  public static let summary = "Enlarges an image by whole factors."
  public static let fields = Fields(Upsample2D()) {
    Field("factor", \.factor, .pair(1...64), "how many times as many rows and columns", .written)
    Field("interpolation", \.interpolation, .choice, "how new pixels are made")
  }

  public enum Interpolation: String, Sendable, CaseIterable {
    case nearest, bilinear
  }

  var factor: Pair
  var interpolation: Interpolation

  public init(_ factor: Pair = 2, interpolation: Interpolation = .nearest) {
    self.factor = factor
    self.interpolation = interpolation
  }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    guard input.rank == 3 else {
      throw HourglassError(
        .usage, "takes an image (channels, height, width), but gets \(input); put a reshape layer before it")
    }
    return [input[0], input[1] * factor.rows, input[2] * factor.columns]
  }

  public func parameters(_ input: Shape) -> [ParameterSpecification] { [] }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let shape = input.shape
    return input.resampled(
      Resampling(
        kind: interpolation == .nearest ? .nearest : .bilinear, channels: shape[0], height: shape[1],
        width: shape[2], factors: (factor.rows, factor.columns)))
  }

  public var traits: LayerTraits { LayerTraits(enlargement: factor) }
}
