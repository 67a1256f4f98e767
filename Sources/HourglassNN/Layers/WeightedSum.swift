import HourglassBase
import HourglassGraph

/// What layers share that weigh their inputs and add them up, dense layers and convolutions: how their weights begin, and
/// what is done to their sums.
package struct WeightedSum: Sendable {
  package var activation: Activation
  var usesBias: Bool
  var initializer: Initializer
  var weightRegularizer: Regularizer
  var activityRegularizer: Regularizer

  /// - Parameter outputs: what a bias is added to, in words.
  static func fields(_ outputs: String) -> Fields<WeightedSum> {
    Fields(WeightedSum()) {
      Field("activation", \.activation)
      Field("bias", \.usesBias, .yesOrNo, "whether a learnt number is added to each \(outputs)")
      Field("initializer", \.initializer, .choice, "how the first weights are drawn")
      Field("weight_regularizer", \.weightRegularizer, .regularizer, "penalty on the weights")
      Field("activity_regularizer", \.activityRegularizer, .regularizer, "penalty on what it makes")
    }
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

  func bias(_ outputs: Int) -> ParameterSpecification {
    ParameterSpecification("bias", [outputs], .zeros)
  }

  private func weight(_ shape: Shape, fanIn: Int, fanOut: Int) -> ParameterSpecification {
    ParameterSpecification(
      "weight", shape, initializer, fanIn: fanIn, fanOut: fanOut, regularizer: weightRegularizer)
  }

  /// - Parameters:
  ///   - outputs: units, or filters of a convolution.
  ///   - fanIn: numbers that go into one of a layer's.
  ///   - fanOut: numbers that one goes into.
  func parameters(
    _ shape: Shape, outputs: Int, fanIn: Int, fanOut: Int
  ) -> [ParameterSpecification] {
    [weight(shape, fanIn: fanIn, fanOut: fanOut)] + (usesBias ? [bias(outputs)] : [])
  }

  /// The weights, with the penalty on them.
  func weight(_ shape: Shape, fanIn: Int, fanOut: Int, in context: LayerContext) -> Tensor {
    let weight = context.parameter(weight(shape, fanIn: fanIn, fanOut: fanOut))
    context.penalize(weight, weightRegularizer)
    return weight
  }

  /// Bias, activation and the penalty on what comes of them.
  ///
  /// - Parameter sum: `[outputs]`, or `[filters, rows, columns]` of a convolution.
  func finish(_ sum: Tensor, in context: LayerContext) -> Tensor {
    var sum = sum
    if usesBias {
      let outputs = sum.shape[0]
      let bias = context.parameter(bias(outputs))
      sum = sum + bias.reshaped(to: Shape([outputs] + sum.shape.dimensions.dropFirst().map { _ in 1 }))
    }
    let result = activation(sum)
    context.penalize(result, activityRegularizer)
    return result
  }
}

extension WeightedSum {
  /// Keras counts the fans of a transposed convolution's weights as those of the convolution it mirrors.
  private func fans(_ geometry: ConvolutionGeometry) -> (in: Int, out: Int) {
    let area = geometry.rows.kernel * geometry.columns.kernel
    return (area * geometry.inputChannels, area * geometry.outputChannels)
  }

  /// - Parameters:
  ///   - shape: of the weights; as the geometry has them when nil.
  ///   - filters: that the layer makes.
  func parameters(
    _ geometry: ConvolutionGeometry, as shape: Shape? = nil, filters: Int
  ) -> [ParameterSpecification] {
    let fans = fans(geometry)
    return parameters(shape ?? geometry.weightShape, outputs: filters, fanIn: fans.in, fanOut: fans.out)
  }

  /// A convolution's weights as the geometry has them, with the penalty on them.
  func weight(_ geometry: ConvolutionGeometry, as shape: Shape? = nil, in context: LayerContext) -> Tensor {
    let fans = fans(geometry)
    return weight(shape ?? geometry.weightShape, fanIn: fans.in, fanOut: fans.out, in: context)
      .reshaped(to: geometry.weightShape)
  }
}
