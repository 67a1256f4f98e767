import HourglassGraph

/// The derivatives of a code in its sample, as graph nodes that can be differentiated again.
struct Jacobian {
  let code: Tensor
  let sample: Tensor
  private let builder: GraphBuilder

  init(of code: Tensor, in sample: Tensor) {
    self.code = code
    self.sample = sample
    builder = code.builder
  }

  /// The sum of the squares of all derivatives, a scalar.
  var squaredNorm: Tensor {
    if let last = lastProduct { return squaredNorm(after: last) }
    let units = code.flattened
    return sum(
      (0..<units.shape.count).map { unit in
        let value = units.slice(axis: 0, start: unit, count: 1)
        return row(builder.adjoint(of: value, seed: builder.constant(1, shape: [1]), with: [sample]))
      })
  }

  /// `||transpose(J) v||^2` has the mean `||J||^2` over normal directions `v` (Hutchinson 1990).
  func estimatedSquaredNorm(projections: Int) -> Tensor {
    let estimates = (0..<projections).map { _ in
      let direction = builder.random(.normal, shape: code.shape)
      return row(builder.adjoint(of: code, seed: direction, with: [sample]))
    }
    return sum(estimates) / Double(projections)
  }

  private func row(_ gradients: [Tensor]) -> Tensor { gradients[0].square.sum }

  private func sum(_ terms: [Tensor]) -> Tensor {
    terms.dropFirst().reduce(terms[0], +)
  }

  // MARK: Codes of a dense layer

  /// A product with a matrix after which nothing mixes the units.
  private struct Product {
    var value: Tensor
    var weights: Tensor
    var input: Tensor
  }

  /// Each unit's derivative is its activation's slope times a row of the last matrix: one pass less for each unit.
  private func squaredNorm(after last: Product) -> Tensor {
    let count = last.value.shape.count
    let ones = builder.constant(1, shape: code.shape)
    let slopes = builder.adjoint(of: code, seed: ones, with: [last.value])[0]
    if last.input.index == sample.index || last.input.index == sample.flattened.index {
      // ||diag(s) W||^2 = sum of s_j^2 ||W_j||^2.
      let rows = last.weights.square.sum(axes: [1]).reshaped(to: [count])
      return (slopes.square * rows).sum
    }
    return sum(
      (0..<count).map { unit in
        let weights = last.weights.slice(axis: 0, start: unit, count: 1).flattened
        let seed = weights * slopes.slice(axis: 0, start: unit, count: 1)
        return row(builder.adjoint(of: last.input, seed: seed, with: [sample]))
      })
  }

  /// The matrix product that the code is made of by elementwise functions alone; nil where there is none.
  private var lastProduct: Product? {
    guard code.shape.rank == 1 else { return nil }
    var found: Int?
    var pending = [code.index]
    var seen: Set<Int> = []
    while let index = pending.popLast() {
      guard seen.insert(index).inserted else { continue }
      let node = builder.graph.nodes[index]
      guard node.isPerSample else { continue }
      switch node.operation {
      case .elementwise:
        pending += node.inputs
      case .leaf(.random), .acrossSamples(.perSample):
        break
      case .linear(.matrixProduct(transposed: false)):
        guard found == nil || found == index else { return nil }
        found = index
      case .leaf(.input), .leaf(.parameter), .leaf(.constant), .leaf(.positions), .linear, .window, .movement,
        .alongAxis, .acrossSamples(.batchMean):
        return nil
      }
    }
    return found.map { index in
      let inputs = builder.graph.nodes[index].inputs.map { Tensor(builder: builder, index: $0) }
      return Product(value: Tensor(builder: builder, index: index), weights: inputs[0], input: inputs[1])
    }
  }
}
