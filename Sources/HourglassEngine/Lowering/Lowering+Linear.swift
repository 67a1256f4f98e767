import HourglassGraph

// Products with shared weights, and the sums over samples that are their adjoints.

extension Lowering {
  mutating func lower(_ operation: LinearOperation, _ index: Int) {
    let inputs = graph.nodes[index].inputs
    switch operation {
    case .convolution, .convolutionTransposed, .matrixProduct:
      emitProduct(index, Epilogue(), at: index)
    case .convolutionWeightGradient(let geometry):
      emitReduction(.convolutionWeightGradient(geometry), at: index)
      if !ConvolutionPhases(geometry, transposed: false).gradientIsInOrder {
        prepare(.unpackGradient(node: index, geometry), stage: stage[index])
      }
    case .maskedProduct:
      emit(.maskedProduct, reads: [inputs[1]], shared: [inputs[0], inputs[2]], writing: index)
    case .outerProduct:
      emitReduction(.outerProduct, at: index)
    case .gatherRows:
      emit(.gatherRows, reads: [inputs[1]], shared: [inputs[0]], writing: index)
    case .scatterRows:
      emitReduction(.scatterRows, at: index)
    }
  }

  /// The product `product` whose value, after the epilogue, is that of node `index`.
  mutating func emitProduct(_ product: Int, _ epilogue: Epilogue, at index: Int) {
    guard case .linear(let operation) = graph.nodes[product].operation else {
      preconditionFailure("%\(product) is no product")
    }
    let inputs = graph.nodes[product].inputs
    let scope = graph.nodes[product].scope
    let gate = epilogue.gate.map { [$0] } ?? []
    let bias = epilogue.bias.map { [$0] } ?? []
    switch operation {
    case .convolution(let geometry):
      emitConvolution(geometry, transposed: false)
    case .convolutionTransposed(let geometry):
      emitConvolution(geometry, transposed: true)
    case .matrixProduct(let transposed):
      emit(
        .matrixProduct(transposed: transposed, epilogue), reads: [inputs[1]] + gate,
        shared: [inputs[0]] + bias, writing: index, scope: scope)
    case .convolutionWeightGradient, .maskedProduct, .outerProduct, .gatherRows, .scatterRows:
      preconditionFailure("\(operation) has no epilogue")
    }

    func emitConvolution(_ geometry: ConvolutionGeometry, transposed: Bool) {
      pack(PackedWeights(weights: inputs[1], geometry: geometry, transposed: transposed))
      emit(
        .convolve(geometry, transposed: transposed, epilogue), reads: [inputs[0]] + gate,
        shared: [inputs[1]] + bias, writing: index, scope: scope)
    }
  }

  private mutating func pack(_ weights: PackedWeights) {
    if packed.insert(weights).inserted {
      prepare(.packWeights(weights), stage: stage[weights.weights])
    }
  }
}

extension LinearOperation {
  /// Whether an epilogue can follow in the same kernel call.
  var isProduct: Bool {
    switch self {
    case .convolution, .convolutionTransposed, .matrixProduct: true
    case .convolutionWeightGradient, .maskedProduct, .outerProduct, .gatherRows, .scatterRows: false
    }
  }

  /// Whether the result is a sum over the samples.
  var isReduction: Bool {
    switch self {
    case .convolutionWeightGradient, .outerProduct, .scatterRows: true
    case .convolution, .convolutionTransposed, .matrixProduct, .maskedProduct, .gatherRows: false
    }
  }
}
