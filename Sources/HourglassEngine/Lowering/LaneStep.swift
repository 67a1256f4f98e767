import HourglassGraph

/// One kernel call of a stage: what runs, what it reads and writes. Values are named by graph nodes.
package struct LaneStep: Sendable {
  package enum Kind: Sendable {
    case load(String)
    case random(RandomDistribution, stream: UInt32)
    case map(MapProgram)
    case reduce(axes: [Int])
    case maximum(axis: Int)
    case largestMask(axis: Int, count: Int)
    case convolve(ConvolutionGeometry, transposed: Bool, Epilogue)
    case convolutionWeightGradient(ConvolutionGeometry)
    case matrixProduct(transposed: Bool, Epilogue)
    case maskedProduct
    case outerProduct
    case gatherRows
    case scatterRows
    case maxPool(PoolGeometry)
    case maxPoolScatter(PoolGeometry, gated: Bool)
    case maxPoolGather(PoolGeometry)
    case resample(Resampling, transposed: Bool)
    case copy([CopyPart])
    case batchSum
    /// Writes zeros around `result`.
    case zeroHalo
    /// Keeps `reads[0]` for a later stage.
    case carryOut
    /// Brings back `result` from an earlier stage.
    case carryIn
    case store(output: OutputRole)
  }

  package var kind: Kind
  /// Per-sample nodes.
  package var reads: [Int]
  /// Shared nodes: weights, biases, numbers.
  package var sharedReads: [Int]
  /// The per-sample node that is written; nil for a reduction over samples or a store.
  package var result: Int?
  /// The shared node that is added to.
  package var reduction: Int?
  package var scope: String
}

/// What a convolution or matrix product does to a sum before it is stored.
package struct Epilogue: Hashable, Sendable {
  package enum Activation: String, Hashable, Sendable {
    case none, relu, sigmoid, tanh
  }

  /// A shared node of one number an output channel.
  package var bias: Int?
  package var activation = Activation.none
  /// A per-sample node: values pass where it is above zero.
  package var gate: Int?
}

/// A fused chain of elementwise functions.
package struct MapProgram: Sendable {
  package struct Operand: Hashable, Sendable {
    package var node: Int
    package var isPerSample: Bool
    /// Channels, rows and columns of what is read; a shared value lies in row-major order of them.
    package var extents: [Int]
    /// The axes (channels, rows, columns) along which the element repeats.
    package var repeats: [Bool]
  }

  package enum Function: Hashable, Sendable {
    case unary(UnaryFunction)
    case binary(BinaryFunction)

    init(_ operation: ElementwiseOperation) {
      switch operation {
      case .unary(let function): self = .unary(function)
      case .binary(let function): self = .binary(function)
      }
    }
  }

  /// Registers count operands first, then steps.
  package struct Step: Hashable, Sendable {
    package var function: Function
    package var first: Int
    package var second: Int
  }

  package var operands: [Operand] = []
  package var steps: [Step] = []
}

/// A block of elements moved between tensors.
package struct CopyPart: Hashable, Sendable {
  /// Which of the step's `reads`; nil writes zeros.
  package var source: Int?
  /// Extents along channels, rows and columns.
  package var extents: [Int]
  package var sourceStart: [Int]
  package var targetStart: [Int]
  /// View a tensor without halo as if it had the other's extents (a reshape).
  package var reshapes = false
}

/// One step on shared values, done once a stage by one thread.
package enum SharedStep: Sendable {
  /// Sums over samples arrive packed by phases; this adds them up to the weights' own order.
  case unpackGradient(node: Int, ConvolutionGeometry)
  /// Weights in the order the convolution kernel reads them.
  case packWeights(PackedWeights)
  case compute(node: Int)
}

/// A convolution's weights as its kernel wants them.
package struct PackedWeights: Hashable, Sendable {
  package var weights: Int
  package var geometry: ConvolutionGeometry
  package var transposed: Bool
}

/// A stage: steps that run for each micro-batch, after the shared steps that prepare it.
package struct Stage: Sendable {
  package var preparation: [SharedStep] = []
  package var steps: [LaneStep] = []
  /// Nodes that are sums over samples, in the order of their place in the shard's sums.
  package var reductions: [Int] = []
}

/// A graph turned into kernel calls, still without addresses.
package struct LoweredProgram: Sendable {
  package var graph: Graph
  package var stages: [Stage]
  /// Shared steps after the last stage.
  package var conclusion: [SharedStep]
  /// The halo each per-sample node needs.
  package var halos: [Int: LaneLayout.Halo]
  /// Per-sample nodes kept between stages.
  package var carried: [Int]

  package func layout(_ node: Int) -> LaneLayout {
    LaneLayout(graph.nodes[node].shape, halo: halos[node] ?? .init())
  }
}
