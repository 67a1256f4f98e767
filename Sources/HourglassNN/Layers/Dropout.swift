import HourglassBase
import HourglassGraph

/// Sets a random share of elements to zero in training and scales the rest up, so that means stay
/// (Srivastava et al. 2014).
public struct Dropout: Layer {
  public static let kind = "dropout"
  public static let title = "Dropout"
  public static let summary = "Sets a random share of elements to zero in training."
  public static let fields = Fields(Dropout(0)) {
    Field("rate", \.rate, .number(0...0.999), "share of elements dropped", .required)
  }

  var rate: Double

  /// - Parameter rate: share of elements dropped, 0 up to but not including 1.
  public init(_ rate: Double) { self.rate = rate }

  public func outputShape(_ input: Shape) throws(HourglassError) -> Shape { input }
  public func parameters(_ input: Shape) -> [ParameterSpecification] { [] }

  public func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    guard context.isTraining, rate > 0 else { return input }
    let draws = context.builder.random(.uniform, shape: input.shape)
    let kept = 1 - draws.binaryLess(than: rate)
    return input * kept * (1 / (1 - rate))
  }

  public var traits: LayerTraits { LayerTraits(passesValuesOn: true, isRandomInTraining: rate > 0) }
}

extension Tensor {
  /// 1 where this is below `bound`.
  fileprivate func binaryLess(than bound: Double) -> Tensor {
    builder.constant(bound, shape: shape).greater(than: self)
  }
}
