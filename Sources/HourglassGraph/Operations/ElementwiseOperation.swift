import HourglassBase

/// A function of each element.
package enum ElementwiseOperation: Hashable, Sendable {
  case unary(UnaryFunction)
  /// Both operands have the same shape.
  case binary(BinaryFunction)
}

/// Elementwise functions of one value.
package enum UnaryFunction: String, Hashable, Sendable, CaseIterable {
  case negate, absolute
  /// -1, 0 or 1.
  case sign
  /// 1 above 0, else 0: the derivative of ReLU.
  case step
  case square, squareRoot, reciprocal, exponential, logarithm, tanh, sigmoid
  /// log(1 + exp(x)).
  case softplus
  case relu
  /// The cumulative distribution function of the standard normal distribution.
  case normalCumulative
  /// The nearest whole number; of two equally near the even one.
  case round
  /// The value itself, which gradients take for a constant.
  case stopGradient
}

/// Elementwise functions of two values.
package enum BinaryFunction: String, Hashable, Sendable, CaseIterable {
  case add, subtract, multiply, divide, maximum, minimum
  /// 1 where the first is greater, else 0.
  case greater
  /// The first, which gradients take for the second. Not `second + stopGradient(first - second)`: that rounds, and is
  /// NaN where both are infinite.
  case straightThrough
}

extension ElementwiseOperation: OperationFamily {
  var name: String {
    switch self {
    case .unary(let function): function.rawValue
    case .binary(let function): function.rawValue
    }
  }

  func isPerSample(inputs: [Bool]) -> Bool { inputs.contains(true) }

  var lanedInputs: Int? { nil }

  func expectedShapes(inputs: [Shape], result: Shape) -> (inputs: [Shape], result: Shape)? {
    switch self {
    case .unary: inputs.count == 1 ? ([result], result) : nil
    case .binary: inputs.count == 2 ? ([result, result], result) : nil
    }
  }

  func contribution(to position: Int, inputs: [Tensor], result: Tensor, adjoint: Tensor) -> Tensor? {
    switch self {
    case .unary(let function):
      function.derivative(of: inputs[0], result: result).map { adjoint * $0 }
    case .binary(let function):
      function.contribution(to: position, inputs: inputs, adjoint: adjoint)
    }
  }
}

extension UnaryFunction {
  /// f'(x), written with f(x) where that saves keeping x; nil where it is zero.
  fileprivate func derivative(of x: Tensor, result y: Tensor) -> Tensor? {
    switch self {
    case .negate: x.builder.constant(-1, shape: x.shape)
    case .absolute: x.sign
    case .sign, .step, .round, .stopGradient: nil
    case .square: x * 2
    case .squareRoot: 0.5 / y
    case .reciprocal: -y.square
    case .exponential: y
    case .logarithm: x.reciprocal
    case .tanh: 1 - y.square
    case .sigmoid: y * (1 - y)
    case .softplus: x.sigmoid
    case .relu: y.step
    case .normalCumulative: (x.square * -0.5).exponential * 0.3989422804014327
    }
  }
}

extension BinaryFunction {
  fileprivate func contribution(to position: Int, inputs: [Tensor], adjoint: Tensor) -> Tensor? {
    let (a, b) = (inputs[0], inputs[1])
    switch (self, position) {
    case (.add, _), (.subtract, 0): return adjoint
    case (.subtract, _): return -adjoint
    case (.multiply, 0): return adjoint * b
    case (.multiply, _): return adjoint * a
    case (.divide, 0): return adjoint / b
    case (.divide, _): return -(adjoint * a / b.square)
    // Where both are equal the first takes the whole.
    case (.maximum, 0): return adjoint * (1 - b.greater(than: a))
    case (.maximum, _): return adjoint * b.greater(than: a)
    case (.minimum, 0): return adjoint * (1 - a.greater(than: b))
    case (.minimum, _): return adjoint * a.greater(than: b)
    case (.greater, _), (.straightThrough, 0): return nil
    case (.straightThrough, _): return adjoint
    }
  }
}
