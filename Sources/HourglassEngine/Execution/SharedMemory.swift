import CLaneKernels

/// Where the values that exist once for all samples lie: constants, sums over samples, what is computed from
/// them, and packed weights. Parameters stay in their store.
///
/// Addresses are fixed when the program is bound, so that a step allocates nothing.
final class SharedMemory {
  /// One stage's sums over samples, as the shards add them up: first those that a later stage reads.
  struct Sums {
    var size = 0
    var offsets: [Int: Int] = [:]
    /// Where the sums begin that only what follows the last stage reads.
    var late = 0
    /// Where the gradients begin that only the optimizer reads, in the order of the program's outputs.
    var dealt = 0
  }

  let program: LoweredProgram
  let sums: [Sums]
  /// The sums of all shards put together, per stage.
  let combined: [UnsafeMutablePointer<Float>]
  private(set) var packed: [PackedWeights: UnsafeMutablePointer<Float>] = [:]
  private var matrices: [PackedMatrix: UnsafeMutablePointer<Float>] = [:]
  private let parameters: ParameterStore
  private var addresses: [Int: UnsafeMutablePointer<Float>] = [:]
  private var owned: [UnsafeMutablePointer<Float>] = []

  init(_ program: LoweredProgram, parameters: ParameterStore) {
    self.program = program
    self.parameters = parameters
    sums = Self.sums(of: program)
    combined = sums.map { allocateFloats($0.size) }
    owned = combined
    for step in program.stages.flatMap(\.preparation) + program.conclusion {
      if case .packWeights(let weights) = step {
        packed[weights] = own(
          ConvolutionPhases(weights.geometry, transposed: weights.transposed).packedCount)
      }
    }
  }

  deinit {
    for memory in owned { memory.deallocate() }
  }

  /// By stage.
  static func sums(of program: LoweredProgram) -> [Sums] {
    let uses = SumUses(program)
    return program.stages.map { layOut($0, uses, program) }
  }

  private static func layOut(_ stage: Stage, _ uses: SumUses, _ program: LoweredProgram) -> Sums {
    var sums = Sums()
    func add(_ node: Int) {
      sums.offsets[node] = sums.size
      let count =
        if case .linear(.convolutionWeightGradient(let geometry)) = program.graph.nodes[node].operation {
          ConvolutionPhases(geometry, transposed: false).packedCount
        } else {
          program.graph.nodes[node].shape.count
        }
      sums.size += (count + 15) / 16 * 16
    }
    let sorted = stage.reductions.map { (node: $0, use: uses.use(of: $0)) }
    for sum in sorted where sum.use == .stages { add(sum.node) }
    sums.late = sums.size
    for sum in sorted where sum.use == .conclusion { add(sum.node) }
    sums.dealt = sums.size
    let gradients = sorted.compactMap { sum in
      if case .optimizer(let place) = sum.use { (sum.node, place) } else { nil }
    }
    for (node, _) in gradients.sorted(by: { $0.1 < $1.1 }) { add(node) }
    return sums
  }

  /// Weights of a product with one sample.
  private struct PackedMatrix: Hashable {
    var weights: Int
    var transposed: Bool
  }

  /// Room for a matrix as the product with one sample reads it, until `packMatrices` fills it.
  func packedMatrix(_ weights: Int, transposed: Bool) -> UnsafeMutablePointer<Float> {
    let key = PackedMatrix(weights: weights, transposed: transposed)
    if let memory = matrices[key] { return memory }
    let shape = program.graph.nodes[weights].shape
    let (outputs, terms) = transposed ? (shape[1], shape[0]) : (shape[0], shape[1])
    let memory = own((outputs + 15) / 16 * 16 * terms)
    matrices[key] = memory
    return memory
  }

  func packMatrices(_ kernels: KernelSet) {
    for (key, memory) in matrices {
      let shape = program.graph.nodes[key.weights].shape
      lane_pack_matrix(
        address(key.weights), Int32(shape[0]), Int32(shape[1]), key.transposed ? 1 : 0,
        kernels.table.pointee.single.matrix_vectors, memory)
    }
  }

  private func own(_ count: Int) -> UnsafeMutablePointer<Float> {
    let memory = allocateFloats((count + 15) / 16 * 16)
    owned.append(memory)
    return memory
  }

  /// The combined sums of a reduction, still packed.
  func sumsAddress(_ node: Int) -> UnsafeMutablePointer<Float> {
    for (stage, sums) in sums.enumerated() {
      if let offset = sums.offsets[node] { return combined[stage] + offset }
    }
    preconditionFailure("%\(node) is no sum over samples")
  }

  /// The first number of a shared node.
  func address(_ node: Int) -> UnsafeMutablePointer<Float> {
    if let address = addresses[node] { return address }
    let address = makeAddress(node)
    addresses[node] = address
    return address
  }

  private func makeAddress(_ index: Int) -> UnsafeMutablePointer<Float> {
    let node = program.graph.nodes[index]
    switch node.operation {
    case .leaf(.parameter(let name)):
      guard let entry = parameters.entry(name) else { preconditionFailure("no parameter \(name)") }
      precondition(entry.shape == node.shape, "\(name) has shape \(entry.shape), not \(node.shape)")
      return parameters.values + entry.offset
    case .leaf(.constant(let value)):
      // All of them: as weights they are read one by one.
      let address = own(node.shape.count)
      address.update(repeating: Float(value), count: node.shape.count)
      return address
    case .leaf(.positions):
      let address = own(node.shape.count)
      for position in 0..<node.shape.count { address[position] = Float(position) }
      return address
    case .movement(.reshape):
      return address(node.inputs[0])
    case .linear(.convolutionWeightGradient(let geometry)):
      return ConvolutionPhases(geometry, transposed: false).gradientIsInOrder
        ? sumsAddress(index) : own(node.shape.count)
    case .linear(.outerProduct), .linear(.scatterRows), .acrossSamples(.batchMean):
      return sumsAddress(index)
    case .elementwise, .movement, .alongAxis:
      return own(node.shape.count)
    case .leaf(.input), .leaf(.random), .linear(.convolution), .linear(.convolutionTransposed),
      .linear(.matrixProduct), .linear(.maskedProduct), .linear(.gatherRows), .window,
      .acrossSamples(.perSample):
      preconditionFailure("\(node.operation.name) is per sample")
    }
  }

  /// Whether the memory holds sums over samples as the shards left them.
  func isSum(_ address: UnsafeMutablePointer<Float>) -> Bool {
    zip(combined, sums).contains { $0 <= address && address < $0 + $1.size }
  }

  /// Whether a node is one number for all elements.
  func isFill(_ index: Int) -> Bool {
    if case .leaf(.constant) = program.graph.nodes[index].operation { return true }
    return program.graph.nodes[index].shape.count == 1
  }
}
