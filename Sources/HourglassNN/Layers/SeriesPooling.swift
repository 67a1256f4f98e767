import HourglassBase
import HourglassGraph

/// The windows of both layers that pool series.
struct SeriesPoolingSettings: Sendable {
  var window: Int
  var stride: Int
  var padding: Padding

  init(_ window: Int, _ stride: Int?, _ padding: Padding) {
    self.window = window
    self.stride = stride ?? window
    self.padding = padding
  }

  static let fields = Fields(SeriesPoolingSettings(2, nil, .valid)) {
    Field("window", \.window, .whole(1...255), "length of the window", .written)
    Field(
      "stride", \.ownStride, .whole(1...255),
      "moments from one window to the next; the window's length when left out")
    Field("padding", \.padding, .choice, "whether windows reach beyond the ends (same) or not (valid)")
  }

  /// nil where it is the window's length.
  private var ownStride: Int? {
    get { stride == window ? nil : stride }
    set { stride = newValue ?? window }
  }

  func geometry(_ input: Shape) -> PoolGeometry {
    PoolGeometry(
      channels: input[0], rows: .one,
      columns: WindowAxis(input: input[1], kernel: window, stride: stride, padding: padding))
  }

  func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    try SeriesForm.check(input)
    let output = geometry(input).outputShape.withoutRow
    guard output.count > 0 else {
      throw HourglassError(
        .usage, "has a window of \(window), larger than its input \(input); use a smaller window")
    }
    return output
  }
}

/// What both layers that pool series share; they differ in what they make of a window.
protocol SeriesPoolingLayer: Layer {
  var options: SeriesPoolingSettings { get set }

  init(options: SeriesPoolingSettings)

  func pool(_ image: Tensor, _ geometry: PoolGeometry) -> Tensor
}

extension SeriesPoolingLayer {
  public static var fields: Fields<Self> {
    Fields(Self(options: SeriesPoolingSettings(2, nil, .valid))) {
      Field(including: \.options, SeriesPoolingSettings.fields)
    }
  }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape { try options.outputShape(input) }
  public func parameters(_ input: Shape) -> [ParameterSpecification] { [] }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    pool(SeriesForm.image(input), options.geometry(input.shape)).asSeries
  }

  public var traits: LayerTraits { LayerTraits(reduction: Pair(1, options.stride)) }
}

/// The largest value of each window of a series, as Keras's `MaxPooling1D`.
public struct MaxPool1D: Layer, SeriesPoolingLayer {
  public static let kind = "max_pool1d"
  public static let title = "MaxPool1D"
  public static let summary = "The largest value of each window of a series."

  var options: SeriesPoolingSettings

  init(options: SeriesPoolingSettings) { self.options = options }

  /// - Parameters:
  ///   - window: its length, 1 to 255.
  ///   - stride: 1 to 255; nil for the window's own length.
  public init(_ window: Int = 2, stride: Int? = nil, padding: Padding = .valid) {
    options = SeriesPoolingSettings(window, stride, padding)
  }

  func pool(_ image: Tensor, _ geometry: PoolGeometry) -> Tensor { image.maxPooled(geometry) }
}

/// The mean of each window's part inside the series, as Keras's `AveragePooling1D`.
public struct AveragePool1D: Layer, SeriesPoolingLayer {
  public static let kind = "average_pool1d"
  public static let title = "AveragePool1D"
  public static let summary = "The mean of each window of a series."

  var options: SeriesPoolingSettings

  init(options: SeriesPoolingSettings) { self.options = options }

  /// - Parameters:
  ///   - window: its length, 1 to 255.
  ///   - stride: 1 to 255; nil for the window's own length.
  public init(_ window: Int = 2, stride: Int? = nil, padding: Padding = .valid) {
    options = SeriesPoolingSettings(window, stride, padding)
  }

  func pool(_ image: Tensor, _ geometry: PoolGeometry) -> Tensor {
    image.resampled(Resampling(average: geometry))
  }
}

/// Lengthens a series by a whole factor, as Keras's `UpSampling1D`.
public struct Upsample1D: Layer {
  public static let kind = "upsample1d"
  public static let title = "Upsample1D"
  public static let summary = "Lengthens a series by a whole factor."
  public static let fields = Fields(Upsample1D()) {
    Field("factor", \.factor, .whole(1...64), "how many times as long", .written)
    Field("interpolation", \.interpolation, .choice, "how new values are made")
  }

  public enum Interpolation: String, Sendable, CaseIterable {
    /// Each value is repeated.
    case nearest
    /// On the line between the middles of neighbours, as PyTorch's `linear` without aligned corners.
    case linear
  }

  var factor: Int
  var interpolation: Interpolation

  /// - Parameter factor: how many times as long, 1 to 64.
  public init(_ factor: Int = 2, interpolation: Interpolation = .nearest) {
    self.factor = factor
    self.interpolation = interpolation
  }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    try SeriesForm.check(input)
    return [input[0], input[1] * factor]
  }

  public func parameters(_ input: Shape) -> [ParameterSpecification] { [] }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    SeriesForm.image(input).resampled(
      Resampling(
        kind: interpolation == .nearest ? .nearest : .bilinear, channels: input.shape[0], height: 1,
        width: input.shape[1], factors: (1, factor))
    ).asSeries
  }

  public var traits: LayerTraits { LayerTraits(enlargement: Pair(1, factor)) }
}
