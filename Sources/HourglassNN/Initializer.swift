import HourglassBase

/// How a parameter's first values are drawn, as Keras draws them.
public enum Initializer: String, Sendable, CaseIterable {
  case zeros
  case ones
  /// Uniform in ±sqrt(6 / (fan in + fan out)) (Glorot & Bengio 2010).
  case glorotUniform = "glorot_uniform"
  /// Normal, cut off at two deviations, variance 2 / (fan in + fan out).
  case glorotNormal = "glorot_normal"
  /// Uniform in ±sqrt(6 / fan in) (He et al. 2015).
  case heUniform = "he_uniform"
  /// Normal, cut off at two deviations, variance 2 / fan in.
  case heNormal = "he_normal"

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
