// Reverse-mode differentiation as a graph transformation (Griewank & Walther, "Evaluating Derivatives", 2008):
// one rule per operation, each written in the same operations.

extension GraphBuilder {
  /// The derivatives of `loss` in each of `targets`, as new nodes.
  ///
  /// For a shared `loss` (a batch mean and what is added to it) the derivative in a parameter is exact, and the
  /// derivative in a per-sample value is that of the SUM over the batch (the loss times the number of samples).
  /// For a per-sample `loss` targets must be per sample too: each sample's own derivative.
  ///
  /// - Parameter loss: a scalar.
  /// - Returns: one tensor of each target's shape; zeros where the loss does not depend on it.
  public func gradient(of loss: Tensor, with targets: [Tensor]) -> [Tensor] {
    precondition(loss.shape.count == 1, "a gradient is of one number, not of \(loss.shape)")
    let seed = constant(1, shape: loss.shape)
    return adjoint(of: loss, seed: seed, with: targets)
  }

  /// `transpose(J) * seed` for the Jacobian `J` of `value` in each target: the derivative of
  /// `sum(value * seed)` with `seed` held fixed.
  public func adjoint(of value: Tensor, seed: Tensor, with targets: [Tensor]) -> [Tensor] {
    precondition(seed.shape == value.shape, "the seed must have the value's shape")
    let needed = nodesBetween(targets.map(\.index), and: value.index)
    var adjoints: [Int: Tensor] = [value.index: seed]
    let outerScope = scope
    defer { scope = outerScope }
    for index in stride(from: value.index, through: 0, by: -1) where needed.contains(index) {
      guard let adjoint = adjoints[index] else { continue }
      let node = graph.nodes[index]
      scope = node.scope
      let inputs = node.inputs.map { Tensor(builder: self, index: $0) }
      let result = Tensor(builder: self, index: index)
      for (position, input) in inputs.enumerated() where needed.contains(input.index) {
        guard
          var contribution = node.operation.contribution(
            to: position, inputs: inputs, result: result, adjoint: adjoint)
        else { continue }
        if !input.isPerSample && contribution.isPerSample { contribution = contribution.batchMean }
        adjoints[input.index] = adjoints[input.index].map { $0 + contribution } ?? contribution
      }
    }
    return targets.map { adjoints[$0.index] ?? constant(0, shape: $0.shape) }
  }

  /// Nodes that `value` depends on and that depend on one of `targets`.
  private func nodesBetween(_ targets: [Int], and value: Int) -> Set<Int> {
    var dependent = Set(targets)
    for (index, node) in graph.nodes.enumerated() where node.inputs.contains(where: dependent.contains) {
      dependent.insert(index)
    }
    var needed: Set<Int> = []
    var pending = [value]
    while let index = pending.popLast() {
      guard dependent.contains(index), needed.insert(index).inserted else { continue }
      pending += graph.nodes[index].inputs
    }
    return needed
  }
}

extension Operation {
  /// What the adjoint of the result adds to the adjoint of input `position`; nil for nothing.
  fileprivate func contribution(
    to position: Int, inputs: [Tensor], result: Tensor, adjoint: Tensor
  ) -> Tensor? {
    switch self {
    case .input, .parameter, .constant, .random:
      return nil

    case .convolution(let geometry):
      return position == 0
        ? adjoint.convolvedTransposed(with: inputs[1], geometry)
        : inputs[0].convolutionWeightGradient(adjoint, geometry)
    case .convolutionTransposed(let geometry):
      return position == 0
        ? adjoint.convolved(with: inputs[1], geometry)
        : adjoint.convolutionWeightGradient(inputs[0], geometry)
    case .convolutionWeightGradient(let geometry):
      return position == 0
        ? inputs[1].convolvedTransposed(with: adjoint, geometry)
        : inputs[0].convolved(with: adjoint, geometry)
    case .matrixProduct(let transposed):
      if position == 1 { return adjoint.multiplied(by: inputs[0], transposed: !transposed) }
      return transposed ? inputs[1].outerProduct(adjoint) : adjoint.outerProduct(inputs[1])
    case .outerProduct:
      return position == 0
        ? inputs[1].multiplied(by: adjoint) : inputs[0].multiplied(by: adjoint, transposed: true)

    case .maxPool(let geometry):
      return inputs[0].maxPoolScatter(adjoint, geometry)
    case .maxPoolScatter(let geometry):
      return position == 0 ? nil : inputs[0].maxPoolGather(adjoint, geometry)
    case .maxPoolGather(let geometry):
      return position == 0 ? nil : inputs[0].maxPoolScatter(adjoint, geometry)
    case .resample(let resampling):
      return adjoint.resampledTransposed(resampling)
    case .resampleTransposed(let resampling):
      return adjoint.resampled(resampling)

    case .unary(let function):
      return function.derivative(of: inputs[0], result: result).map { adjoint * $0 }
    case .binary(let function):
      return function.contribution(to: position, inputs: inputs, adjoint: adjoint)

    case .broadcast(let shape):
      let axes = (0..<shape.rank).filter { inputs[0].shape[$0] != shape[$0] }
      return adjoint.sum(axes: axes)
    case .sum:
      return adjoint.broadcast(to: inputs[0].shape)
    case .reshape:
      return adjoint.reshaped(to: inputs[0].shape)
    case .slice(let axis, let start, let count):
      return adjoint.padded(axis: axis, before: start, after: inputs[0].shape[axis] - start - count)
    case .pad(let axis, let before, _):
      return adjoint.slice(axis: axis, start: before, count: inputs[0].shape[axis])
    case .concatenate(let axis):
      let start = inputs[..<position].map { $0.shape[axis] }.reduce(0, +)
      return adjoint.slice(axis: axis, start: start, count: inputs[position].shape[axis])

    case .batchMean, .perSample:
      return adjoint
    }
  }
}

extension UnaryFunction {
  /// f'(x), written with f(x) where that saves keeping x; nil where it is zero.
  fileprivate func derivative(of x: Tensor, result y: Tensor) -> Tensor? {
    switch self {
    case .negate: x.builder.constant(-1, shape: x.shape)
    case .absolute: x.sign
    case .sign, .step, .round: nil
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
    case (.greater, _): return nil
    }
  }
}
