extension GraphPass {
  /// Algebra that needs no thought: factors of one, sums with zero, folded constants, reshapes of reshapes.
  static let simplify = GraphPass(
    name: "simplify", summary: "fold constants, drop neutral elements and double reshapes"
  ) { graph in
    graph.rewritten { node, inputs, builder in
      switch node.operation {
      case .elementwise(.binary(let function)):
        return simplified(function, inputs[0], inputs[1])
      case .elementwise(.unary(let function)):
        return simplified(function, inputs[0])
      case .movement(.reshape(let shape)):
        if case .leaf(.constant(let value)) = inputs[0].node.operation {
          return builder.constant(value, shape: shape)
        }
        if case .movement(.reshape) = inputs[0].node.operation, inputs[0].shape.rank != 1 || !node.isPerSample
        {
          return Tensor(builder: builder, index: inputs[0].node.inputs[0]).reshaped(to: shape)
        }
        return inputs[0].shape == shape ? inputs[0] : nil
      case .movement(.broadcast(let shape)):
        return inputs[0].constantValue.map { builder.constant($0, shape: shape) }
      case .alongAxis(.sum(let axes)):
        return inputs[0].constantValue.map {
          builder.constant($0 * Double(axes.map { inputs[0].shape[$0] }.reduce(1, *)), shape: node.shape)
        }
      case .acrossSamples(.batchMean):
        return inputs[0].isPerSample ? nil : inputs[0]
      case .leaf, .linear, .window, .movement(.slice), .movement(.pad), .movement(.concatenate),
        .alongAxis(.maximum), .alongAxis(.largestMask), .acrossSamples(.perSample):
        return nil
      }
    }
  }

  private static func simplified(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor) -> Tensor? {
    let (first, second) = (a.constantValue, b.constantValue)
    if let first, let second {
      return a.builder.constant(function.value(first, second), shape: a.shape)
    }
    switch function {
    case .add:
      if first == 0 { return b }
      if second == 0 { return a }
    case .subtract:
      if second == 0 { return a }
      if first == 0 { return -b }
    case .multiply:
      if first == 1 { return b }
      if second == 1 { return a }
      if first == -1 { return -b }
      if second == -1 { return -a }
      if first == 0 { return a }
      if second == 0 { return b }
      if let second, let (inner, factor) = a.scaled { return inner * (factor * second) }
      if let first, let (inner, factor) = b.scaled { return inner * (factor * first) }
    case .divide:
      if second == 1 { return a }
      if let second, let (inner, factor) = a.scaled { return inner * (factor / second) }
    case .straightThrough:
      // Passes come after differentiation: only the value counts.
      return a
    case .maximum, .minimum, .greater:
      break
    }
    return nil
  }

  private static func simplified(_ function: UnaryFunction, _ x: Tensor) -> Tensor? {
    if let value = x.constantValue {
      return x.builder.constant(function.value(value), shape: x.shape)
    }
    if function == .stopGradient { return x }
    if function == .negate, case .elementwise(.unary(.negate)) = x.node.operation {
      return Tensor(builder: x.builder, index: x.node.inputs[0])
    }
    return nil
  }
}

extension Tensor {
  /// The number that every element is, where that is known.
  var constantValue: Double? {
    switch node.operation {
    case .leaf(.constant(let value)): value
    case .acrossSamples(.perSample): Tensor(builder: builder, index: node.inputs[0]).constantValue
    case .leaf(.input), .leaf(.parameter), .leaf(.positions), .leaf(.random), .linear, .window, .elementwise,
      .movement, .alongAxis, .acrossSamples(.batchMean):
      nil
    }
  }

  /// The value as another times a known number.
  fileprivate var scaled: (Tensor, Double)? {
    guard case .elementwise(.binary(.multiply)) = node.operation else { return nil }
    let (a, b) = (
      Tensor(builder: builder, index: node.inputs[0]), Tensor(builder: builder, index: node.inputs[1])
    )
    if let value = b.constantValue { return (a, value) }
    if let value = a.constantValue { return (b, value) }
    return nil
  }
}
