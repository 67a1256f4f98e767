import HourglassBase
import HourglassGraph
import HourglassMessages

extension GraphTranslation {
  mutating func value(_ function: UnaryFunction, of x: Value) -> Value {
    var result = x
    result.name = name(function, x.name)
    return result
  }

  private mutating func name(_ function: UnaryFunction, _ x: String) -> String {
    switch function {
    case .negate: writer.add("Neg", [x])
    case .absolute: writer.add("Abs", [x])
    case .sign: writer.add("Sign", [x])
    case .step: isGreater(x, writer.number(0))
    case .square: writer.add("Mul", [x, x])
    case .squareRoot: writer.add("Sqrt", [x])
    case .reciprocal: writer.add("Reciprocal", [x])
    case .exponential: writer.add("Exp", [x])
    case .logarithm: writer.add("Log", [x])
    case .tanh: writer.add("Tanh", [x])
    case .sigmoid: writer.add("Sigmoid", [x])
    case .softplus: writer.add("Softplus", [x])
    case .relu: writer.add("Relu", [x])
    case .normalCumulative: normalCumulative(x)
    case .round: writer.add("Round", [x])
    case .stopGradient: x
    }
  }

  /// (1 + erf(x / sqrt(2))) / 2, as other exporters write it.
  private mutating func normalCumulative(_ x: String) -> String {
    let erf = writer.add("Erf", [writer.add("Div", [x, writer.number(1.4142135623730951)])])
    return writer.add("Mul", [writer.add("Add", [erf, writer.number(1)]), writer.number(0.5)])
  }

  /// 1 or 0.
  private mutating func isGreater(_ a: String, _ b: String) -> String {
    let answer = writer.add("Greater", [a, b])
    return writer.add("Cast", [answer], .integer("to", ONNXElementKind.float.rawValue))
  }

  mutating func value(_ function: BinaryFunction, _ a: Value, _ b: Value) -> Value {
    if case .straightThrough = function { return a }
    return Value(
      name: name(function, a.name, b.name), shape: Self.stretched(a.shape, b.shape),
      hasBatch: a.hasBatch || b.hasBatch)
  }

  private mutating func name(_ function: BinaryFunction, _ a: String, _ b: String) -> String {
    switch function {
    case .add: writer.add("Add", [a, b])
    case .subtract: writer.add("Sub", [a, b])
    case .multiply: writer.add("Mul", [a, b])
    case .divide: writer.add("Div", [a, b])
    case .maximum: writer.add("Max", [a, b])
    case .minimum: writer.add("Min", [a, b])
    case .greater: isGreater(a, b)
    case .straightThrough: a
    }
  }

  /// The shape that both broadcast to: as NumPy's, by their last axes.
  private static func stretched(_ a: Shape, _ b: Shape) -> Shape {
    let (long, short) = a.rank >= b.rank ? (a, b) : (b, a)
    let missing = long.rank - short.rank
    return Shape(
      long.dimensions.enumerated().map { $0 < missing ? $1 : max($1, short[$0 - missing]) })
  }
}
