import HourglassBase
import HourglassGraph

/// A code of whole multiples of a step, with a learnt distribution of each channel by which it can be stored in few
/// bits: the last layer of a compressing model's encoder.
///
/// In training the rounding is replaced by uniform noise of one step's width, which has a gradient and the same
/// spread; the density of the noisy code at a whole number is then the probability of that number (Ballé, Laparra &
/// Simoncelli 2017, "End-to-end optimized image compression"). Each channel of an image, or each number of a vector,
/// has a logistic distribution of its own, whose place and width are learnt with everything else.
///
/// The layer's value is the code. An objective that weighs its size finds the distribution in
/// `LayerContext.quantizedCode`.
///
/// ```swift
/// QuantizedCode(step: 0.125)
/// ```
public struct QuantizedCode: Layer {
  public static let kind = "quantized_code"
  public static let title = "QuantizedCode"
  public static let summary = "A code of whole multiples of a step, for the objective rate-distortion."
  public static let fields = Fields(QuantizedCode()) {
    Field("step", \.step, .number(0x1p-20...0x1p20), "what neighbouring values of the code differ by")
  }

  /// What neighbouring values of the code differ by.
  var step: Double

  /// - Parameter step: 2^-20 to 2^20; with 1/8 a network with usual first weights begins with a few values for each
  ///   number.
  public init(step: Double = 0.125) { self.step = step }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    guard 1...3 ~= input.rank else {
      throw HourglassError(.usage, "takes a vector, a series or an image, but gets \(input)")
    }
    return input
  }

  private func perChannel(_ name: String, _ input: Shape) -> ParameterSpecification {
    ParameterSpecification(name, Shape([input[0]] + input.dimensions.dropFirst().map { _ in 1 }), .zeros)
  }

  public func parameters(_ input: Shape) -> [ParameterSpecification] {
    [perChannel("location", input), perChannel("log_width", input)]
  }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let parameters = parameters(input.shape).map { context.parameter($0) }
    let steps = input / step
    let noise = context.isTraining ? context.builder.random(.uniform, shape: input.shape) - 0.5 : nil
    let code = QuantizedCodeInGraph(
      steps: noise.map { steps + $0 } ?? steps.rounded, location: parameters[0], logWidth: parameters[1])
    context.quantizedCode = code
    return code.steps * step
  }

  public var traits: LayerTraits { LayerTraits(isRandomInTraining: true, code: .quantized(step: step)) }
}

/// A code in steps, and how its values are distributed.
package struct QuantizedCodeInGraph {
  /// Whole numbers; in training numbers with noise between -1/2 and 1/2.
  var steps: Tensor
  var location: Tensor
  var logWidth: Tensor

  /// - Parameters:
  ///   - location: one number for each channel, shaped so that it can be added to `steps`; `logWidth` likewise.
  init(steps: Tensor, location: Tensor, logWidth: Tensor) {
    self.steps = steps
    self.location = location
    self.logWidth = logWidth
  }

  /// A step of Adam changes a parameter by about the learning rate, but a distribution has to follow a code that
  /// spreads over orders of magnitude within an epoch.
  static let gain = 10.0
  /// A channel that says nothing may not get a density as narrow as rounding errors.
  static let leastWidth = 0.02

  /// The middle and the width of a channel's logistic distribution in steps, from its two parameters.
  package static func distribution(location: Double, logWidth: Double) -> (middle: Double, width: Double) {
    (location * gain, leastWidth + UnaryFunction.exponential.value(logWidth * gain))
  }

  /// The parameter that makes this width, in steps.
  package static func logWidth(_ width: Double) -> Double {
    UnaryFunction.logarithm.value(max(width - leastWidth, 1e-4)) / gain
  }

  /// What the code of a sample takes in bits, a scalar: the sum of -log2 p(q) with
  /// `p(q) = sigmoid((q + 1/2 - m) / s) - sigmoid((q - 1/2 - m) / s)`.
  ///
  /// With u and v the two arguments, p is `sigmoid(u) sigmoid(-v) (1 - exp(-1 / s))`: three factors that do not
  /// cancel, however far q lies from the middle.
  package var bits: Tensor {
    let rate = (Self.leastWidth + (logWidth * Self.gain).exponential).reciprocal
    let centred = steps - location * Self.gain
    let above = (centred + 0.5) * rate
    let below = (centred - 0.5) * rate
    let normalizer = (1 - (-rate).exponential).logarithm
    // The part that no sample has a say in is summed once, and multiplied by the places that a channel has.
    let places = Double(steps.shape.count / logWidth.shape.count)
    let nats = ((-above).softplus + below.softplus).sum - normalizer.sum * places
    return nats / 0.6931471805599453
  }
}
