import HourglassBase
import HourglassGraph

/// The nonlinearity at the end of a layer, with Keras's names and defaults.
public enum Activation: Sendable, Hashable {
  case linear
  case relu
  /// x above 0, `slope` times x below.
  case leakyReLU(slope: Double)
  /// x above 0, `alpha (exp(x) - 1)` below (Clevert et al. 2015).
  case elu(alpha: Double)
  /// x times the normal distribution function of x, exact, not the tanh approximation (Hendrycks & Gimpel 2016).
  case gelu
  case sigmoid
  case tanh
  case softplus

  /// Keras's default slope and alpha.
  public static let leakyReLU = Activation.leakyReLU(slope: 0.3)
  public static let elu = Activation.elu(alpha: 1)

  func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .linear: return x
    case .relu: return x.relu
    // The part below 0, which includes 0: the derivative there is that from below, as TensorFlow's.
    case .leakyReLU(let slope):
      let low = x.minimum(0)
      return x - low + low * slope
    case .elu(let alpha):
      let low = x.minimum(0)
      return x - low + (low.exponential - 1) * alpha
    case .gelu: return x * x.normalCumulative
    case .sigmoid: return x.sigmoid
    case .tanh: return x.tanh
    case .softplus: return x.softplus
    }
  }

  /// The name in recipes.
  public var name: String {
    switch self {
    case .linear: "linear"
    case .relu: "relu"
    case .leakyReLU: "leaky_relu"
    case .elu: "elu"
    case .gelu: "gelu"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .softplus: "softplus"
    }
  }

  static let names = ["linear", "relu", "leaky_relu", "elu", "gelu", "sigmoid", "tanh", "softplus"]

  /// Reads `activation`, with `slope` and `alpha` beside it where they apply.
  init(_ reader: SettingsReader, default fallback: String? = "linear") throws(HourglassError) {
    let name = try reader.string("activation", default: fallback)
    switch name {
    case "linear": self = .linear
    case "relu": self = .relu
    case "leaky_relu": self = .leakyReLU(slope: try reader.double("slope", in: 0...1, default: 0.3))
    case "elu": self = .elu(alpha: try reader.double("alpha", in: 0...100, default: 1))
    case "gelu": self = .gelu
    case "sigmoid": self = .sigmoid
    case "tanh": self = .tanh
    case "softplus": self = .softplus
    default: throw unknownName(name, what: "\(reader.path).activation", among: Self.names)
    }
  }

  var settings: [Setting] {
    switch self {
    case .linear: []
    case .leakyReLU(let slope): [Setting("activation", name), Setting("slope", slope)]
    case .elu(let alpha): [Setting("activation", name), Setting("alpha", alpha)]
    case .relu, .gelu, .sigmoid, .tanh, .softplus: [Setting("activation", name)]
    }
  }
}
