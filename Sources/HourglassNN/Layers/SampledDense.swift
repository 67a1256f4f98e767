import HourglassBase
import HourglassGraph

/// `weight * x + bias` with very many units, such as the words of a vocabulary, of which each training step computes and trains
/// only some: a share of them, drawn anew for each step, the same for all samples of a batch. The others are 0, and a loss takes
/// their targets for 0 too; the loss `multinomial` leaves them out of its sum, so that what is maximised is the likelihood of
/// the words that were drawn, given that it was they (as in Jean et al. 2015, without their correction, which uniform draws do not
/// need). Outside of training all units are computed.
///
/// ```swift
/// SampledDense(50_000, share: 0.1)
/// ```
public struct SampledDense: Layer {
  public static let kind = "sampled_dense"
  public static let title = "SampledDense"
  public static let summary =
    "A dense layer with very many units, such as words, of which each training step trains a share."
  public static let fields = Fields(SampledDense(1)) {
    Field("units", \.units, .whole(1...1_000_000), "features it makes", .required)
    Field("share", \.share, .number(0.001...1), "part of the units that a training step computes", .written)
    Field("bias", \.sum.usesBias, .yesOrNo, "whether a learnt number is added to each feature")
    Field("initializer", \.sum.initializer, .choice, "how the first weights are drawn")
    Field("weight_regularizer", \.sum.weightRegularizer, .regularizer, "penalty on the weights")
  }

  var units: Int
  var share: Double
  var sum: WeightedSum

  /// - Parameters:
  ///   - units: features it makes, at least 1.
  ///   - share: part of the units that a training step computes, 0.001 to 1.
  public init(
    _ units: Int, share: Double = 0.1, bias: Bool = true, initializer: Initializer = .glorotUniform,
    weightRegularizer: Regularizer = .none
  ) {
    self.units = units
    self.share = share
    sum = WeightedSum(bias: bias, initializer: initializer, weightRegularizer: weightRegularizer)
  }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
    try input.checkIsVector()
    return [units]
  }

  public func parameters(_ input: Shape) -> [ParameterSpecification] {
    sum.parameters([units, input[0]], outputs: units, fanIn: input[0], fanOut: units)
  }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let inputs = input.shape[0]
    let weight = sum.weight([units, inputs], fanIn: inputs, fanOut: units, in: context)
    guard context.isTraining, share < 1 else {
      return sum.finish(input.multiplied(by: weight), in: context)
    }
    let mask = context.drawnUnits(units, share: share)
    let product = input.multiplied(by: weight, mask: mask)
    return sum.usesBias ? product + context.parameter(sum.bias(units)) * mask : product
  }

  public var traits: LayerTraits { LayerTraits(fixesSize: true) }
}
