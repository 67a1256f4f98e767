import CLaneKernels

/// Which rule an optimizer step follows, with its numbers; Keras's names and defaults apply.
package struct UpdateSettings: Sendable, Hashable {
  package enum Rule: Sendable, Hashable {
    case sgd(momentum: Double, nesterov: Bool)
    case adam(beta1: Double, beta2: Double, epsilon: Double)
    case rmsprop(decay: Double, momentum: Double, epsilon: Double)
  }

  var rule: Rule
  var learningRate: Double
  /// Decoupled: parameters shrink by `learningRate * weightDecay` before the rule (AdamW).
  var weightDecay: Double
  /// The gradient is multiplied by this first (clipping by norm).
  var gradientScale: Double
  /// Number of this update, from 1.
  var step: Int

  package init(
    rule: Rule, learningRate: Double, weightDecay: Double = 0, gradientScale: Double = 1, step: Int
  ) {
    self.rule = rule
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.gradientScale = gradientScale
    self.step = step
  }

  var kernelSettings: lane_update_settings {
    var settings = lane_update_settings()
    settings.learning_rate = learningRate
    settings.weight_decay = weightDecay
    settings.gradient_scale = gradientScale
    settings.step = Int64(step)
    switch rule {
    case .sgd(let momentum, let nesterov):
      settings.optimizer = LANE_SGD
      settings.momentum = momentum
      settings.nesterov = nesterov ? 1 : 0
    case .adam(let beta1, let beta2, let epsilon):
      settings.optimizer = LANE_ADAM
      settings.beta1 = beta1
      settings.beta2 = beta2
      settings.epsilon = epsilon
    case .rmsprop(let decay, let momentum, let epsilon):
      settings.optimizer = LANE_RMSPROP
      settings.decay = decay
      settings.momentum = momentum
      settings.epsilon = epsilon
    }
    return settings
  }
}

/// Takes a program's gradients to the parameters, in chunks that workers may do in any order.
final class ParameterUpdate {
  struct Chunk {
    var target: Int
    var range: Range<Int>
  }

  private struct Target {
    var name: String
    var offset: Int
    var count: Int
    var gradient: UnsafeMutablePointer<Float>
    /// The gradient is a sum over samples as the shards left it, which the executor looked at already.
    var isSum: Bool
  }

  private struct Assignment {
    var target: UnsafeMutablePointer<Float>
    var source: UnsafeMutablePointer<Float>
    var count: Int
  }

  let chunks: [Chunk]
  /// What the chunks are updated with.
  var settings = UpdateSettings(rule: .sgd(momentum: 0, nesterov: false), learningRate: 0, step: 1) {
    didSet { kernelSettings = settings.kernelSettings }
  }
  private var kernelSettings = lane_update_settings()
  private let targets: [Target]
  private let assignments: [Assignment]
  private let parameters: ParameterStore
  private let kernels: KernelSet

  /// The numbers of a chunk: its gradient, and what the optimizer makes of it.
  struct Numbers {
    var gradient: UnsafeMutablePointer<Float>
    var values: UnsafeMutablePointer<Float>
    var firstState: UnsafeMutablePointer<Float>
    var secondState: UnsafeMutablePointer<Float>
  }

  func numbers(_ chunk: Chunk) -> Numbers {
    let target = targets[chunk.target]
    let offset = target.offset + chunk.range.lowerBound
    return Numbers(
      gradient: target.gradient + chunk.range.lowerBound, values: parameters.values + offset,
      firstState: parameters.firstState + offset, secondState: parameters.secondState + offset)
  }

  init(program: CompiledProgram, shared: SharedMemory, parameters: ParameterStore, kernels: KernelSet) {
    self.parameters = parameters
    self.kernels = kernels
    var targets: [Target] = []
    var assignments: [Assignment] = []
    for output in program.outputs where !output.isPerSample {
      switch output.role {
      case .gradient(let name):
        guard let entry = parameters.entry(name) else { continue }
        // The optimizer leaves a parameter without effect alone.
        if case .leaf(.constant(0)) = program.lowered.graph.nodes[output.node].operation { continue }
        let source = shared.address(output.node)
        targets.append(
          Target(
            name: entry.name, offset: entry.offset, count: entry.count, gradient: source,
            isSum: shared.isSum(source)))
      case .assignment(let name):
        guard let entry = parameters.entry(name) else { continue }
        assignments.append(
          Assignment(
            target: parameters.values + entry.offset, source: shared.address(output.node), count: entry.count)
        )
      case .loss, .metric, .output:
        break
      }
    }
    self.targets = targets
    self.assignments = assignments
    chunks = targets.indices.flatMap { target in
      stride(from: 0, to: targets[target].count, by: 8192).map {
        Chunk(target: target, range: $0..<min($0 + 8192, targets[target].count))
      }
    }
  }

  /// Sums of squares are added up target by target in chunks, so that the order never changes.
  ///
  /// - Parameters:
  ///   - skipsSums: leaves out gradients that are known to be finite.
  ///   - dealt: has the squares of the chunks that it deals out.
  func check(skipsSums: Bool, dealt: DealtUpdate? = nil) -> (squaredNorm: Double, notFinite: [String]) {
    var total = 0.0
    var notFinite: [String] = []
    for (place, chunk) in chunks.enumerated() {
      let target = targets[chunk.target]
      let sum: Double
      if let known = dealt?.squares(ofChunk: place) {
        sum = known
      } else if skipsSums && target.isSum {
        continue
      } else {
        sum = squares(chunk)
      }
      total += sum
      if !sum.isFinite && notFinite.last != target.name { notFinite.append(target.name) }
    }
    return (total, notFinite)
  }

  /// The sum of the squares of a chunk's gradient.
  func squares(_ chunk: Chunk) -> Double {
    // A gradient alone is a sum of one, in its own place.
    var only = lane_addition(slot: 0, merges: 0)
    let gradient = targets[chunk.target].gradient
    return kernels.table.pointee.combine(
      gradient, gradient, 0, &only, 1, 1, Int64(chunk.range.lowerBound), Int64(chunk.range.count))
  }

  func run(_ chunk: Chunk) {
    let target = targets[chunk.target]
    let offset = target.offset
    kernels.table.pointee.update(
      &kernelSettings, parameters.values + offset, target.gradient, parameters.firstState + offset,
      parameters.secondState + offset, Int64(chunk.range.lowerBound), Int64(chunk.range.count))
  }

  /// Moving averages and the like take their new values.
  func assign() {
    for assignment in assignments {
      assignment.target.update(from: assignment.source, count: assignment.count)
    }
  }
}
