// Reverse-mode differentiation as a graph transformation (Griewank & Walther, "Evaluating Derivatives", 2008):
// one rule per operation (in `Operations`), each written in the same operations.

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
  package func adjoint(of value: Tensor, seed: Tensor, with targets: [Tensor]) -> [Tensor] {
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
          var contribution = node.operation.family.contribution(
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
