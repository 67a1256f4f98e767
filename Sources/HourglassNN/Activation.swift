import HourglassBase
import HourglassGraph

/// The nonlinearity at the end of a layer, with Keras's names and defaults.
///
/// One of your own is an `ActivationFunction`:
///
/// ```swift
/// Dense(32, activation: Activation(Swish()))
/// ```
public struct Activation: Sendable, Hashable {
  let function: any ActivationFunction

  public init(_ function: any ActivationFunction) { self.function = function }

  public static let linear = Activation(Linear())
  public static let relu = Activation(ReLU())
  public static let gelu = Activation(GELU())
  public static let sigmoid = Activation(Sigmoid())
  public static let tanh = Activation(Tanh())
  public static let softplus = Activation(Softplus())
  /// x above 0, `slope` times x below.
  public static func leakyReLU(slope: Double) -> Activation { Activation(LeakyReLU(slope: slope)) }
  /// x above 0, `alpha (exp(x) - 1)` below.
  public static func elu(alpha: Double) -> Activation { Activation(ELU(alpha: alpha)) }

  /// Keras's default slope and alpha.
  public static let leakyReLU = Activation(LeakyReLU())
  public static let elu = Activation(ELU())

  public func callAsFunction(_ x: Tensor) -> Tensor { function.apply(x) }

  /// The name in recipes.
  package var name: String { type(of: function).kind }

  /// Where its values end; nil where they have no end, or nobody knows.
  package var outputs: ClosedRange<Double>? {
    switch self {
    case .sigmoid: 0...1
    case .tanh: -1...1
    case .relu, .softplus: 0...Double.infinity
    default: nil
    }
  }

  public static func == (first: Activation, second: Activation) -> Bool {
    AnyHashable(first.function) == AnyHashable(second.function)
  }

  public func hash(into hasher: inout Hasher) { function.hash(into: &hasher) }
}

/// A function of each element, which a layer ends with.
///
/// A new one is a type like those below; `Catalogue.adding(_:)` makes it known to recipes and model files.
public protocol ActivationFunction: Configurable, Hashable {
  func apply(_ x: Tensor) -> Tensor
}

extension Catalogue {
  /// A new activation of the library's is one line here.
  package var activations: [any ActivationFunction.Type] {
    kinds([
      Linear.self, ReLU.self, LeakyReLU.self, ELU.self, GELU.self, Sigmoid.self, Tanh.self, Softplus.self,
    ])
  }
}

extension Field {
  /// An activation, with its settings beside it.
  public init(
    _ name: String, _ path: WritableKeyPath<Owner, Activation> & Sendable, _ presence: Presence = .optional
  ) {
    self.init(
      name, beside: path, presence, "function of each element at the end", among: { $0.activations },
      make: { ($0 as? any ActivationFunction).map(Activation.init) }, part: \.function)
  }
}

// MARK: - The library's

struct Linear: ActivationFunction {
  static let kind = "linear"
  static let summary = "x itself."
  static let fields = Fields(Linear())
  func apply(_ x: Tensor) -> Tensor { x }
}

struct ReLU: ActivationFunction {
  static let kind = "relu"
  static let summary = "x above 0, else 0."
  static let fields = Fields(ReLU())
  func apply(_ x: Tensor) -> Tensor { x.relu }
}

struct LeakyReLU: ActivationFunction {
  static let kind = "leaky_relu"
  static let summary = "x above 0, below it slope times x."
  static let fields = Fields(LeakyReLU()) {
    Field("slope", \.slope, .number(0...1), "of the part below 0 of leaky_relu", .written)
  }
  var slope: Double

  init(slope: Double = 0.3) { self.slope = slope }

  // The part below 0 includes 0: the derivative there is that from below, as TensorFlow's.
  func apply(_ x: Tensor) -> Tensor {
    let low = x.minimum(0)
    return x - low + low * slope
  }
}

/// Clevert et al. 2015.
struct ELU: ActivationFunction {
  static let kind = "elu"
  static let summary = "x above 0, below it alpha (exp(x) - 1)."
  static let fields = Fields(ELU()) {
    Field("alpha", \.alpha, .number(0...100), "how far elu reaches below 0", .written)
  }
  var alpha: Double

  init(alpha: Double = 1) { self.alpha = alpha }

  func apply(_ x: Tensor) -> Tensor {
    let low = x.minimum(0)
    return x - low + (low.exponential - 1) * alpha
  }
}

/// x times the normal distribution function of x, exact, not the tanh approximation (Hendrycks & Gimpel 2016).
struct GELU: ActivationFunction {
  static let kind = "gelu"
  static let summary = "x times the normal distribution function of x."
  static let fields = Fields(GELU())
  func apply(_ x: Tensor) -> Tensor { x * x.normalCumulative }
}

struct Sigmoid: ActivationFunction {
  static let kind = "sigmoid"
  static let summary = "1 / (1 + exp(-x)), between 0 and 1."
  static let fields = Fields(Sigmoid())
  func apply(_ x: Tensor) -> Tensor { x.sigmoid }
}

struct Tanh: ActivationFunction {
  static let kind = "tanh"
  static let summary = "The hyperbolic tangent, between -1 and 1."
  static let fields = Fields(Tanh())
  func apply(_ x: Tensor) -> Tensor { x.tanh }
}

struct Softplus: ActivationFunction {
  static let kind = "softplus"
  static let summary = "log(1 + exp(x)), above 0."
  static let fields = Fields(Softplus())
  func apply(_ x: Tensor) -> Tensor { x.softplus }
}
