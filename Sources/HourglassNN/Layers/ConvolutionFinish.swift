import HourglassBase
import HourglassGraph

/// What convolutions over images and over series share: how their weights begin, and what is done to their sums.
package struct ConvolutionFinish: Sendable {
  package var activation: Activation
  var usesBias: Bool
  var initializer: Initializer
  var weightRegularizer: Regularizer
  var activityRegularizer: Regularizer

  static let fields = Fields(ConvolutionFinish()) {
    Field("activation", \.activation)
    Field("bias", \.usesBias, .yesOrNo, "whether a learnt number is added to each channel")
    Field("initializer", \.initializer, .choice, "how the first weights are drawn")
    Field("weight_regularizer", \.weightRegularizer, .regularizer, "penalty on the weights")
    Field("activity_regularizer", \.activityRegularizer, .regularizer, "penalty on what it makes")
  }

  init(
    activation: Activation = .linear, bias: Bool = true, initializer: Initializer = .glorotUniform,
    weightRegularizer: Regularizer = .none, activityRegularizer: Regularizer = .none
  ) {
    self.activation = activation
    usesBias = bias
    self.initializer = initializer
    self.weightRegularizer = weightRegularizer
    self.activityRegularizer = activityRegularizer
  }

  private func bias(_ filters: Int) -> ParameterSpecification {
    ParameterSpecification("bias", [filters], .zeros)
  }

  /// Keras counts the fans of a transposed convolution's weights as those of the convolution it mirrors.
  ///
  /// - Parameter shape: of the weights; that of the geometry when nil.
  private func weight(_ geometry: ConvolutionGeometry, _ shape: Shape?) -> ParameterSpecification {
    let area = geometry.rows.kernel * geometry.columns.kernel
    return ParameterSpecification(
      "weight", shape ?? geometry.weightShape, initializer, fanIn: area * geometry.inputChannels,
      fanOut: area * geometry.outputChannels, regularizer: weightRegularizer)
  }

  func parameters(
    _ geometry: ConvolutionGeometry, as shape: Shape? = nil, filters: Int
  ) -> [ParameterSpecification] {
    [weight(geometry, shape)] + (usesBias ? [bias(filters)] : [])
  }

  /// The weights, with the penalty on them, as the geometry has them.
  func weight(_ geometry: ConvolutionGeometry, as shape: Shape? = nil, in context: LayerContext) -> Tensor {
    let weight = context.parameter(weight(geometry, shape))
    context.penalize(weight, weightRegularizer)
    return shape == nil ? weight : weight.reshaped(to: geometry.weightShape)
  }

  /// Bias, activation and the penalty on it.
  ///
  /// - Parameter sum: the convolution's `[filters, rows, columns]`.
  func apply(to sum: Tensor, filters: Int, in context: LayerContext) -> Tensor {
    var sum = sum
    if usesBias {
      sum = sum + context.parameter(bias(filters)).reshaped(to: [filters, 1, 1])
    }
    let result = activation(sum)
    context.penalize(result, activityRegularizer)
    return result
  }
}
