import HourglassBase
import HourglassEngine

/// How gradients change parameters, with Keras's defaults and its placement of epsilon.
public struct Optimizer: Sendable, Hashable {
  package enum Rule: Sendable, Hashable {
    /// Stochastic gradient descent, with momentum (Polyak 1964) or Nesterov's (1983).
    case sgd(momentum: Double, nesterov: Bool)
    /// Kingma & Ba 2015.
    case adam(beta1: Double, beta2: Double, epsilon: Double)
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
    case adamW(beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double)
    /// Tieleman & Hinton 2012.
    case rmsprop(decay: Double, momentum: Double, epsilon: Double)
  }

  package var rule: Rule
  public var learningRate: Double
  public var schedule: LearningRateSchedule
  /// Gradients whose norm (over all parameters) is larger are scaled down to it; nil for no limit.
  public var clipNorm: Double?

  package init(
    _ rule: Rule, learningRate: Double, schedule: LearningRateSchedule = .constant, clipNorm: Double? = nil
  ) {
    self.rule = rule
    self.learningRate = learningRate
    self.schedule = schedule
    self.clipNorm = clipNorm
  }

  public static func sgd(
    learningRate: Double = 0.01, momentum: Double = 0, nesterov: Bool = false
  ) -> Optimizer {
    Optimizer(.sgd(momentum: momentum, nesterov: nesterov), learningRate: learningRate)
  }

  public static func adam(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7
  ) -> Optimizer {
    Optimizer(.adam(beta1: beta1, beta2: beta2, epsilon: epsilon), learningRate: learningRate)
  }

  public static func adamW(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7,
    weightDecay: Double = 0.004
  ) -> Optimizer {
    Optimizer(
      .adamW(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay),
      learningRate: learningRate)
  }

  public static func rmsprop(
    learningRate: Double = 0.001, decay: Double = 0.9, momentum: Double = 0, epsilon: Double = 1e-7
  ) -> Optimizer {
    Optimizer(.rmsprop(decay: decay, momentum: momentum, epsilon: epsilon), learningRate: learningRate)
  }

  func update(step: Int, learningRate: Double, gradientNorm: Double) -> UpdateSettings {
    let scale = clipNorm.map { gradientNorm > $0 ? $0 / gradientNorm : 1 } ?? 1
    var weightDecay = 0.0
    let engineRule: UpdateSettings.Rule
    switch rule {
    case .sgd(let momentum, let nesterov):
      engineRule = .sgd(momentum: momentum, nesterov: nesterov)
    case .adam(let beta1, let beta2, let epsilon):
      engineRule = .adam(beta1: beta1, beta2: beta2, epsilon: epsilon)
    case .adamW(let beta1, let beta2, let epsilon, let decay):
      engineRule = .adam(beta1: beta1, beta2: beta2, epsilon: epsilon)
      weightDecay = decay
    case .rmsprop(let decay, let momentum, let epsilon):
      engineRule = .rmsprop(decay: decay, momentum: momentum, epsilon: epsilon)
    }
    return UpdateSettings(
      rule: engineRule, learningRate: learningRate, weightDecay: weightDecay, gradientScale: scale, step: step
    )
  }
}

// MARK: - In recipes

extension Optimizer {
  /// Reads `adam`, or `adam: {learning_rate: 0.001, schedule: ..., clip_norm: ...}`.
  package init(_ value: SettingValue, path: String) throws(HourglassError) {
    self = try SettingType<Optimizer>.optimizer.read(value, SettingPlace(path: path, catalogue: .standard))
  }

  /// The inverse of reading.
  package var value: SettingValue { SettingType<Optimizer>.optimizer.write(self) }

  private static let learningRateField = Field<Optimizer>(
    "learning_rate", \.learningRate, .number(1e-12...1e6), "how far a step goes", .written)

  @FieldBuilder<Optimizer> private static var commonFields: [Field<Optimizer>] {
    Field(including: \.schedule, LearningRateSchedule.fields)
    Field("clip_norm", \.clipNorm, .number(1e-12...1e12), "gradients of a larger norm are scaled down to it")
  }

  private static let momentum = "share of the last step that is gone again"
  private static let squares = "share of the old mean of squared gradients kept at each step"
  private static let epsilon = "added to the root of that mean"

  fileprivate static let forms = [
    form(
      "sgd", "Stochastic gradient descent, with momentum or Nesterov's.",
      Fields(sgd()) {
        learningRateField
        Field("momentum", \.sgd.momentum, .number(0...1), momentum)
        Field("nesterov", \.sgd.nesterov, .yesOrNo, "whether the gradient is taken after the momentum's step")
        commonFields
      }, { if case .sgd = $0 { true } else { false } }),
    form(
      "adam", "Steps of about equal size for every parameter.",
      Fields(adam()) {
        learningRateField
        Field("beta1", \.adam.beta1, .number(0...0.999999), "share of the old mean gradient kept", .written)
        Field("beta2", \.adam.beta2, .number(0...0.999999), squares, .written)
        Field("epsilon", \.adam.epsilon, .number(1e-30...1), epsilon, .written)
        commonFields
      }, { if case .adam = $0 { true } else { false } }),
    form(
      "adamw", "Adam with decoupled weight decay.",
      Fields(adamW()) {
        learningRateField
        Field("beta1", \.adam.beta1, .number(0...0.999999), "share of the old mean gradient kept", .written)
        Field("beta2", \.adam.beta2, .number(0...0.999999), squares, .written)
        Field("epsilon", \.adam.epsilon, .number(1e-30...1), epsilon, .written)
        Field(
          "weight_decay", \.adam.weightDecay, .number(0...1000),
          "share of a weight lost at each step, times the learning rate", .written)
        commonFields
      }, { if case .adamW = $0 { true } else { false } }),
    form(
      "rmsprop", "Steps divided by the root of a moving mean of squared gradients.",
      Fields(rmsprop()) {
        learningRateField
        Field("decay", \.rmsprop.decay, .number(0...1), squares, .written)
        Field("momentum", \.rmsprop.momentum, .number(0...1), momentum, .written)
        Field("epsilon", \.rmsprop.epsilon, .number(1e-30...1), epsilon, .written)
        commonFields
      }, { if case .rmsprop = $0 { true } else { false } }),
  ]

  private static func form(
    _ name: String, _ help: String, _ fields: Fields<Optimizer>, _ matches: @escaping @Sendable (Rule) -> Bool
  ) -> Variant<Optimizer> {
    Variant(name, help, fields, make: { $0 }, take: { matches($0.rule) ? $0 : nil })
  }

  // What the rules are made of, for the fields; those of another rule are never asked for.

  private var sgd: (momentum: Double, nesterov: Bool) {
    get { if case .sgd(let momentum, let nesterov) = rule { (momentum, nesterov) } else { (0, false) } }
    set { rule = .sgd(momentum: newValue.momentum, nesterov: newValue.nesterov) }
  }

  /// Both Adam's and AdamW's.
  private var adam: (beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double) {
    get {
      switch rule {
      case .adam(let beta1, let beta2, let epsilon): (beta1, beta2, epsilon, 0)
      case .adamW(let beta1, let beta2, let epsilon, let decay): (beta1, beta2, epsilon, decay)
      case .sgd, .rmsprop: (0, 0, 0, 0)
      }
    }
    set {
      if case .adamW = rule {
        rule = .adamW(
          beta1: newValue.beta1, beta2: newValue.beta2, epsilon: newValue.epsilon,
          weightDecay: newValue.weightDecay)
      } else {
        rule = .adam(beta1: newValue.beta1, beta2: newValue.beta2, epsilon: newValue.epsilon)
      }
    }
  }

  private var rmsprop: (decay: Double, momentum: Double, epsilon: Double) {
    get {
      if case .rmsprop(let decay, let momentum, let epsilon) = rule {
        (decay, momentum, epsilon)
      } else {
        (0, 0, 0)
      }
    }
    set {
      rule = .rmsprop(decay: newValue.decay, momentum: newValue.momentum, epsilon: newValue.epsilon)
    }
  }
}

extension SettingType where Value == Optimizer {
  package static let optimizer = variants(
    of: "optimizer", like: "adam: {learning_rate: 0.001}", Optimizer.forms)
}
