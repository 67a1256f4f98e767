import HourglassBase

/// How a parameter's first values are drawn, as Keras draws them.
public enum Initializer: Sendable, Hashable {
  case zeros
  case ones
  /// Uniform in ±sqrt(6 / (fan in + fan out)) (Glorot & Bengio 2010).
  case glorotUniform
  /// Normal, cut off at two deviations, variance 2 / (fan in + fan out).
  case glorotNormal
  /// Uniform in ±sqrt(6 / fan in) (He et al. 2015).
  case heUniform
  /// Normal, cut off at two deviations, variance 2 / fan in.
  case heNormal

  /// The name in recipes.
  enum Name: String, CaseIterable {
    case zeros
    case ones
    case glorotUniform = "glorot_uniform"
    case glorotNormal = "glorot_normal"
    case heUniform = "he_uniform"
    case heNormal = "he_normal"
  }

  var name: Name {
    switch self {
    case .zeros: .zeros
    case .ones: .ones
    case .glorotUniform: .glorotUniform
    case .glorotNormal: .glorotNormal
    case .heUniform: .heUniform
    case .heNormal: .heNormal
    }
  }

  init(_ name: Name) {
    switch name {
    case .zeros: self = .zeros
    case .ones: self = .ones
    case .glorotUniform: self = .glorotUniform
    case .glorotNormal: self = .glorotNormal
    case .heUniform: self = .heUniform
    case .heNormal: self = .heNormal
    }
  }

  /// `count` numbers; the same key gives the same numbers.
  func values(count: Int, fanIn: Int, fanOut: Int, seed: UInt64, stream: UInt32) -> [Float] {
    var random = RandomNumbers(seed: seed, purpose: .initialization, stream: stream)
    switch self {
    case .zeros: return Array(repeating: 0, count: count)
    case .ones: return Array(repeating: 1, count: count)
    case .glorotUniform: return uniform(6 / Double(fanIn + fanOut))
    case .heUniform: return uniform(6 / Double(fanIn))
    case .glorotNormal: return normal(2 / Double(fanIn + fanOut))
    case .heNormal: return normal(2 / Double(fanIn))
    }
    func uniform(_ squaredLimit: Double) -> [Float] {
      let limit = squaredLimit.squareRoot()
      return (0..<count).map { _ in Float((2 * random.uniform() - 1) * limit) }
    }
    func normal(_ variance: Double) -> [Float] {
      // Cutting a normal distribution off at two deviations leaves this share of its deviation.
      let deviation = variance.squareRoot() / 0.87962566103423978
      return (0..<count).map { _ in
        var draw = random.normal()
        while abs(draw) > 2 { draw = random.normal() }
        return Float(draw * deviation)
      }
    }
  }
}
