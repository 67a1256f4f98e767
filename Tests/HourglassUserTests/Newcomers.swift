import Hourglass

// What a user's own package adds: one of each sort.

/// x times the sigmoid of beta x.
struct Swish: ActivationFunction {
  static let kind = "swish"
  static let summary = "x times the sigmoid of beta x."
  static let fields = Fields(Swish()) {
    Field("beta", \.beta, .number(0...10), "how steep the sigmoid is")
  }
  var beta = 1.0

  func apply(_ x: Tensor) -> Tensor { x * (x * beta).sigmoid }
}

/// The mean fourth power of the differences, times a weight.
struct FourthPower: LossFunction {
  static let kind = "fourth_power"
  static let summary = "Mean fourth power of the differences."
  static let fields = Fields(FourthPower()) {
    Field("weight", \.weight, .number(0...100), "what it is multiplied by", .written)
  }
  var weight = 1.0

  func distance(_ prediction: Tensor, _ target: Tensor) -> Tensor {
    (prediction - target).square.square.mean * weight
  }
}

/// Adds uniform noise between two numbers.
struct UniformNoise: CorruptionProcess {
  static let kind = "uniform"
  static let summary = "Adds uniform noise."
  static let fields = Fields(UniformNoise()) {
    Field("low", \.low, .number(-1...0), "the least")
    Field("high", \.high, .number(0...1), "the most", .required)
  }
  var low = 0.0
  var high = 0.1

  func apply(_ sample: Tensor, _ noise: CorruptionNoise) -> Tensor {
    sample + noise.uniform() * (high - low) + low
  }
}

/// A learnt factor for each feature.
struct Gain: Layer {
  static let kind = "gain"
  static let title = "Gain"
  static let summary = "A learnt factor for each feature."
  static let fields = Fields(Gain()) {
    Field("activation", \.activation)
    Field("penalty", \.penalty, .regularizer, "penalty on the factors")
  }
  var activation = Activation.linear
  var penalty = Regularizer.none

  private func factors(_ input: Shape) -> ParameterSpecification {
    ParameterSpecification("factors", input, .ones)
  }

  func outputShape(_ input: Shape) throws(HourglassError) -> Shape { input }
  func parameters(_ input: Shape) -> [ParameterSpecification] { [factors(input)] }

  func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
    let factors = context.parameter(factors(input.shape))
    context.penalize(factors, penalty)
    return activation(input * factors)
  }
}

/// Reconstruction with codes near the sphere of radius 1.
struct Spherical: Objective {
  static let kind = "spherical"
  static let summary = "Codes near the sphere of radius 1."
  static let fields = Fields(Spherical()) {
    Field("strength", \.strength, .number(0...10), "weight of the distance from the sphere", .required)
    Field("loss", \.loss)
  }
  var strength = 0.1
  var loss = Loss.l2

  func loss(_ sample: Tensor, _ model: ModelInGraph) -> SampleLoss {
    let code = model.encode(sample)
    let reconstruction = model.decode(code)
    return .init(
      loss(reconstruction, sample) + (code.square.sum - 1).square * strength,
      metrics: [("mse", Loss.l2(reconstruction, sample))])
  }
}
