import HourglassBase

/// Products with shared weights, and their adjoints.
package enum LinearOperation: Hashable, Sendable {
  /// (input `[C, H, W]`, weights `[O, C, kh, kw]`) gives `[O, H', W']`.
  case convolution(ConvolutionGeometry)
  /// (output gradient `[O, H', W']`, weights) gives `[C, H, W]`: the adjoint in the input, and the transposed
  /// convolution layer.
  case convolutionTransposed(ConvolutionGeometry)
  /// (input, output gradient) gives weights' shape: the batch mean of the adjoint in the weights; shared.
  case convolutionWeightGradient(ConvolutionGeometry)
  /// (weights `[m, n]`, vector) gives `W x`, or `transpose(W) x`.
  case matrixProduct(transposed: Bool)
  /// (weights `[m, n]`, vector, mask `[m]`, shared) gives `mask * (W x)`, of which only what the mask has a number other than
  /// 0 for is computed.
  case maskedProduct
  /// (a `[m]`, b `[n]`) gives the batch mean of `a transpose(b)`, `[m, n]`; shared.
  case outerProduct
  /// (weights `[m, n]`, indices `[p]`) gives `[n, p]`: column `i` is the row of the weights that index `i` names, as a
  /// product with one-hot vectors would give it. Fractions of an index are cut off; one beyond either end (or NaN)
  /// stands for the last row or the first.
  case gatherRows
  /// (indices `[p]`, values `[n, p]`) adds column `i` to the row that index `i` names: the batch mean of the adjoint of
  /// `gatherRows` in weights of this many rows; shared.
  case scatterRows(rows: Int)
}

extension LinearOperation: OperationFamily {
  var name: String {
    switch self {
    case .convolution(let geometry): "convolution \(geometry)"
    case .convolutionTransposed(let geometry): "transposed convolution \(geometry)"
    case .convolutionWeightGradient(let geometry): "weight gradient \(geometry)"
    case .matrixProduct(let transposed): transposed ? "transposed matrix product" : "matrix product"
    case .maskedProduct: "masked product"
    case .outerProduct: "outer product"
    case .gatherRows: "gather rows"
    case .scatterRows(let rows): "scatter to \(rows) rows"
    }
  }

  func isPerSample(inputs: [Bool]) -> Bool {
    switch self {
    case .convolution, .convolutionTransposed, .matrixProduct, .maskedProduct, .gatherRows:
      inputs.contains(true)
    case .convolutionWeightGradient, .outerProduct, .scatterRows: false
    }
  }

  var lanedInputs: Int? {
    switch self {
    case .convolution, .convolutionTransposed, .matrixProduct, .maskedProduct, .gatherRows: 1
    case .convolutionWeightGradient, .outerProduct, .scatterRows: 2
    }
  }

  func expectedShapes(inputs: [Shape], result: Shape) -> (inputs: [Shape], result: Shape)? {
    guard inputs.count == (self == .maskedProduct ? 3 : 2) else { return nil }
    switch self {
    case .convolution(let g):
      return ([g.inputShape, g.weightShape], g.outputShape)
    case .convolutionTransposed(let g):
      return ([g.outputShape, g.weightShape], g.inputShape)
    case .convolutionWeightGradient(let g):
      return ([g.inputShape, g.outputShape], g.weightShape)
    case .matrixProduct(let transposed):
      guard inputs[0].rank == 2 else { return nil }
      let (m, n) = (inputs[0][0], inputs[0][1])
      return ([inputs[0], [transposed ? m : n]], [transposed ? n : m])
    case .maskedProduct:
      guard inputs[0].rank == 2 else { return nil }
      let (m, n) = (inputs[0][0], inputs[0][1])
      return ([inputs[0], [n], [m]], [m])
    case .outerProduct:
      guard inputs.allSatisfy({ $0.rank == 1 }) else { return nil }
      return (inputs, [inputs[0][0], inputs[1][0]])
    case .gatherRows:
      guard inputs[0].rank == 2, inputs[1].rank == 1 else { return nil }
      return (inputs, [inputs[0][1], inputs[1][0]])
    case .scatterRows(let rows):
      guard inputs[0].rank == 1, inputs[1].rank == 2 else { return nil }
      return ([inputs[0], [inputs[1][0], inputs[0][0]]], [rows, inputs[1][0]])
    }
  }

  func contribution(to position: Int, inputs: [Tensor], result: Tensor, adjoint: Tensor) -> Tensor? {
    switch self {
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
    case .maskedProduct:
      if position == 2 { return adjoint * inputs[1].multiplied(by: inputs[0]) }
      let masked = adjoint * inputs[2]
      return position == 1
        ? masked.multiplied(by: inputs[0], transposed: true) : masked.outerProduct(inputs[1])
    case .outerProduct:
      return position == 0
        ? inputs[1].multiplied(by: adjoint) : inputs[0].multiplied(by: adjoint, transposed: true)
    case .gatherRows:
      return position == 0 ? adjoint.scatteredRows(at: inputs[1], rows: inputs[0].shape[0]) : nil
    case .scatterRows:
      return position == 0 ? nil : adjoint.rows(at: inputs[0])
    }
  }
}
