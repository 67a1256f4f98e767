import HourglassPlatform

extension UnaryFunction {
  /// The function in double precision: what constants are folded with and kernels are tested against.
  package func value(_ x: Double) -> Double {
    switch self {
    case .negate: -x
    case .absolute: abs(x)
    case .sign: x > 0 ? 1 : x < 0 ? -1 : x
    case .step: x > 0 ? 1 : 0
    case .square: x * x
    case .squareRoot: x.squareRoot()
    case .reciprocal: 1 / x
    case .exponential: exp(x)
    case .logarithm: log(x)
    case .tanh: _tanh(x)
    case .sigmoid: 1 / (1 + exp(-x))
    case .softplus: max(x, 0) + log1p(exp(-abs(x)))
    case .relu: x > 0 || x.isNaN ? x : 0
    case .normalCumulative: 0.5 * erfc(-x * 0.7071067811865476)
    case .round: x.rounded(.toNearestOrEven)
    case .stopGradient: x
    }
  }
}

/// `tanh` of the C library, which the case of the same name hides.
private func _tanh(_ x: Double) -> Double { tanh(x) }

extension BinaryFunction {
  /// The function in double precision.
  package func value(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .maximum: a.isNaN || b.isNaN ? .nan : max(a, b)
    case .minimum: a.isNaN || b.isNaN ? .nan : min(a, b)
    case .greater: a > b ? 1 : 0
    case .straightThrough: a
    }
  }
}
