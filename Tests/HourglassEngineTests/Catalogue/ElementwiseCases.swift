import HourglassBase
import HourglassGraph

extension UnaryFunction {
  func apply(_ x: Tensor) -> Tensor {
    switch self {
    case .negate: -x
    case .absolute: x.absolute
    case .sign: x.sign
    case .step: x.step
    case .square: x.square
    case .squareRoot: x.squareRoot
    case .reciprocal: x.reciprocal
    case .exponential: x.exponential
    case .logarithm: x.logarithm
    case .tanh: x.tanh
    case .sigmoid: x.sigmoid
    case .softplus: x.softplus
    case .relu: x.relu
    case .normalCumulative: x.normalCumulative
    case .round: x.rounded
    case .stopGradient: x.stopGradient
    }
  }

  fileprivate var range: ClosedRange<Double> {
    switch self {
    case .squareRoot, .reciprocal, .logarithm: 0.5...3
    case .negate, .absolute, .sign, .step, .square, .exponential, .tanh, .sigmoid, .softplus, .relu,
      .normalCumulative, .round, .stopGradient:
      -2...2
    }
  }
}

extension BinaryFunction {
  func apply(_ a: Tensor, _ b: Tensor) -> Tensor {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .maximum: a.maximum(b)
    case .minimum: a.minimum(b)
    case .greater: a.greater(than: b)
    case .straightThrough: a.straightThrough(to: b)
    }
  }
}

extension OperationCatalogue {
  static let unaryFunctions = UnaryFunction.allCases.filter { $0 != .stopGradient }.flatMap(cases)

  static func cases(of function: UnaryFunction) -> [EngineCase] {
    [
      EngineCase("\(function)") { c in [function.apply(c.input([3, 5, 7], function.range))] },
      EngineCase("\(function) of a shared value", batch: 2) { c in
        [function.apply(c.parameter([3, 7], function.range))]
      },
      EngineCase("\(function) of one number", batch: 17) { c in
        [
          function.apply(c.input(.scalar, function.range)),
          function.apply(c.parameter(.scalar, function.range)),
        ]
      },
    ]
  }

  static let binaryFunctions = BinaryFunction.allCases.filter { $0 != .straightThrough }.flatMap(cases)

  static func cases(of function: BinaryFunction) -> [EngineCase] {
    [
      EngineCase("\(function)") { c in
        [function.apply(c.input([4, 3], 0.5...2), c.input([4, 3], 0.5...2))]
      },
      EngineCase("\(function) of shared values") { c in
        [function.apply(c.parameter([5, 4, 3], 0.5...2), c.parameter([5, 1, 3], 0.5...2))]
      },
      EngineCase("\(function) of per-sample and shared", batch: 16) { c in
        let a = c.input([2, 3, 4], 0.5...2)
        let b = c.parameter([2, 3, 4], 0.5...2)
        let each = c.parameter([2, 1, 1], 0.5...2)
        return [function.apply(a, b), function.apply(each, a), function.apply(a, c.graph.constant(1.25))]
      },
      EngineCase("\(function) with itself", batch: 15) { c in
        let x = c.input([5], 0.5...2)
        return [function.apply(x, x) * x]
      },
    ]
  }

  static let chains: [EngineCase] = [
    // More operands than one map takes, in both directions of growth.
    EngineCase("left chain of 30 operands") { c in
      var x = c.input([6])
      for _ in 0..<29 { x = x + c.input([6]) }
      return [x]
    },
    EngineCase("right chain of 30 operands") { c in
      var x = c.input([6])
      for _ in 0..<29 { x = c.input([6]) * 0.5 - x }
      return [x]
    },
    EngineCase("balanced tree of 32 operands") { c in
      var level = (0..<32).map { _ in c.input([2, 3]) }
      while level.count > 1 {
        level = stride(from: 0, to: level.count, by: 2).map { level[$0] * level[$0 + 1] + level[$0] }
      }
      return level
    },
    EngineCase("comb of trees") { c in
      var x = c.input([5])
      for _ in 0..<6 {
        let y = (c.input([5]) + c.input([5])).tanh * (c.input([5]) - c.input([5]))
        x = (y - x) * (c.input([5]) + 1.5)
      }
      return [x]
    },
    // More steps than one map takes.
    EngineCase("chain of 100 steps") { c in
      var x = c.input([4, 2, 2])
      for step in 0..<100 { x = step % 2 == 0 ? x.tanh : x * 1.5 }
      return [x]
    },
    EngineCase("a value used inside and outside a chain", batch: 17) { c in
      let x = c.input([3, 4])
      let inner = x.sigmoid * 2
      let outer = (inner + x).tanh
      return [inner, outer * inner, outer.square + x.square * inner]
    },
    EngineCase("operands of all kinds", batch: 5) { c in
      let x = c.input([3, 4, 5])
      let parts = [
        c.input([3, 1, 1]), c.input([1, 4, 1]), c.input([1, 1, 5]), c.parameter([3, 1, 5]),
        c.parameter([1, 4, 1]), c.parameter([1, 1, 1]), c.parameter([3, 4, 5]),
      ]
      return [parts.reduce(x) { ($0 * $1).tanh + $0 }]
    },
    EngineCase("shared values through reshape and broadcast") { c in
      let x = c.input([4, 3, 2])
      let shared = c.parameter([2, 2]).reshaped(to: [4, 1, 1]).broadcast(to: [4, 3, 2])
      let more = c.parameter([4, 6]).square.reshaped(to: [4, 3, 2])
      return [x * shared + more, shared]
    },
  ]
}
