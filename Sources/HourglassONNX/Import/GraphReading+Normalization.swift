import HourglassBase

extension GraphReading {
  /// - Returns: whether the operator normalises.
  mutating func readNormalization(_ node: ImportedNode) throws(HourglassError) -> Bool {
    switch node.kind {
    case "BatchNormalization": try readBatchNorm(node)
    case "LayerNormalization": try readLayerNorm(node)
    default: return false
    }
    return true
  }

  private mutating func readBatchNorm(_ node: ImportedNode) throws(HourglassError) {
    let (name, sample) = try sample(node)
    guard sample.layout != .turned, node.integer("training_mode", 0) == 0 else {
      throw node.complaint("normalises over the batch while it runs, or other axes than the channels")
    }
    var tensors: [[Float]] = []
    for index in 1...4 {
      let values = try perChannel(node, index, sample)
      tensors.append(values)
    }
    let norm = ImportedNorm(
      gamma: tensors[0], beta: tensors[1], mean: tensors[2], variance: tensors[3],
      epsilon: try epsilon(node))
    guard norm.variance.allSatisfy({ $0 + norm.epsilon > 0 }) else {
      throw node.complaint("has a variance below 0")
    }
    try set(node, sample.followed(name, by: .batchNorm(norm)))
  }

  private mutating func readLayerNorm(_ node: ImportedNode) throws(HourglassError) {
    let (name, sample) = try sample(node)
    let axis = node.integer("axis", -1)
    guard axis == -1 || axis == extents(sample).count, sample.shape.rank == 1 || sample.layout == .turned
    else {
      throw node.complaint("normalises other axes than the channels")
    }
    let gamma = try perChannel(node, 1, sample)
    let beta = node.input(2) == nil ? gamma.map { _ in 0 } : try perChannel(node, 2, sample)
    let step = ImportedStep.layerNorm(gamma: gamma, beta: beta, epsilon: try epsilon(node))
    try set(node, sample.followed(name, by: step))
  }

  private func perChannel(_ node: ImportedNode, _ index: Int, _ sample: Value) throws(HourglassError)
    -> [Float]
  {
    let values = try weights(node, index).values
    guard values.count == sample.shape[0] else {
      throw node.complaint("has \(values.count) numbers for \(sample.shape[0]) channels")
    }
    if case .mixed(let order) = sample.layout { return ordered(values, order) }
    return values
  }

  private func epsilon(_ node: ImportedNode) throws(HourglassError) -> Float {
    let epsilon = node.number("epsilon", 1e-5)
    guard 1e-12...1 ~= epsilon else {
      throw node.complaint("has an epsilon of \(epsilon); 1e-12 to 1 are allowed")
    }
    return epsilon
  }
}
