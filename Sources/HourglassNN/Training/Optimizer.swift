import HourglassBase
import HourglassEngine

/// How gradients change parameters, with Keras's defaults and its placement of epsilon.
public struct Optimizer: Sendable, Hashable {
  public enum Rule: Sendable, Hashable {
    /// Stochastic gradient descent, with momentum (Polyak 1964) or Nesterov's (1983).
    case sgd(momentum: Double, nesterov: Bool)
    /// Kingma & Ba 2015.
    case adam(beta1: Double, beta2: Double, epsilon: Double)
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
    case adamW(beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double)
    /// Tieleman & Hinton 2012.
    case rmsprop(decay: Double, momentum: Double, epsilon: Double)
  }

  public var rule: Rule
  public var learningRate: Double
  public var schedule: LearningRateSchedule
  /// Gradients whose norm (over all parameters) is larger are scaled down to it; nil for no limit.
  public var clipNorm: Double?

  public init(
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

extension Optimizer {
  static let names = ["sgd", "adam", "adamw", "rmsprop"]

  /// Reads `adam`, or `adam: {learning_rate: 0.001, schedule: ..., clip_norm: ...}`.
  public init(_ value: SettingValue, path: String) throws(HourglassError) {
    let (name, settings) = try value.nameAndSettings(
      of: "optimizer", like: "adam: {learning_rate: 0.001}", path: path)
    let reader = try SettingsReader(settings, path: "\(path).\(name)")
    func number(_ key: String, _ fallback: Double, most: Double = 1) throws(HourglassError) -> Double {
      try reader.double(key, in: 0...most, default: fallback)
    }
    func epsilon() throws(HourglassError) -> Double {
      try reader.double("epsilon", in: 1e-30...1, default: 1e-7)
    }
    switch name {
    case "sgd":
      self = .sgd(
        learningRate: 0.01, momentum: try number("momentum", 0),
        nesterov: try reader.bool("nesterov", default: false))
    case "adam":
      self = .adam(
        beta1: try reader.double("beta1", in: 0...0.999999, default: 0.9),
        beta2: try reader.double("beta2", in: 0...0.999999, default: 0.999), epsilon: try epsilon())
    case "adamw":
      self = .adamW(
        beta1: try reader.double("beta1", in: 0...0.999999, default: 0.9),
        beta2: try reader.double("beta2", in: 0...0.999999, default: 0.999), epsilon: try epsilon(),
        weightDecay: try number("weight_decay", 0.004, most: 1000))
    case "rmsprop":
      self = .rmsprop(
        decay: try number("decay", 0.9), momentum: try number("momentum", 0), epsilon: try epsilon())
    default:
      throw unknownName(name, what: path, among: Self.names)
    }
    learningRate = try reader.double("learning_rate", in: 1e-12...1e6, default: learningRate)
    schedule = try LearningRateSchedule(reader)
    if reader.value("clip_norm") != nil { clipNorm = try reader.double("clip_norm", in: 1e-12...1e12) }
    try reader.finish()
  }

  /// The inverse of reading.
  public var value: SettingValue {
    var settings = [Setting("learning_rate", learningRate)]
    let name: String
    switch rule {
    case .sgd(let momentum, let nesterov):
      name = "sgd"
      if momentum != 0 { settings.append(Setting("momentum", momentum)) }
      if nesterov { settings.append(Setting("nesterov", true)) }
    case .adam(let beta1, let beta2, let epsilon):
      name = "adam"
      settings += [Setting("beta1", beta1), Setting("beta2", beta2), Setting("epsilon", epsilon)]
    case .adamW(let beta1, let beta2, let epsilon, let weightDecay):
      name = "adamw"
      settings += [
        Setting("beta1", beta1), Setting("beta2", beta2), Setting("epsilon", epsilon),
        Setting("weight_decay", weightDecay),
      ]
    case .rmsprop(let decay, let momentum, let epsilon):
      name = "rmsprop"
      settings += [Setting("decay", decay), Setting("momentum", momentum), Setting("epsilon", epsilon)]
    }
    settings += schedule.settings
    if let clipNorm { settings.append(Setting("clip_norm", clipNorm)) }
    return .map([Setting(name, .map(settings))])
  }
}
