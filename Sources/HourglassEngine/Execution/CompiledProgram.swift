import HourglassBase
import HourglassGraph

/// A graph made ready to run: the passes are done, kernels chosen, and every value has its place in an arena.
///
/// A value without memory of its own: compile once, and bind it to parameters and samples as often as wanted, on any
/// number of executors and instruction sets.
package struct CompiledProgram: Sendable {
  /// One named result.
  package struct Output: Hashable, Sendable {
    package var role: OutputRole
    package var shape: Shape
    /// One value a sample, or one for all.
    package var isPerSample: Bool
    package var node: Int
  }

  package let outputs: [Output]
  /// The shape of one sample of each input.
  package let inputs: [String: Shape]
  package let lowered: LoweredProgram
  /// One for each stage.
  package let plans: [MemoryPlan]
  /// Micro-batches a worker takes through the program together.
  let groupSize: Int

  package init(_ graph: Graph) {
    let lowered = LoweredProgram(GraphPass.all.reduce(graph) { graph, pass in pass(graph) })
    self.lowered = lowered
    plans = lowered.stages.map { MemoryPlan($0, of: lowered) }
    outputs = lowered.graph.outputs.map { output in
      let node = lowered.graph.nodes[output.node]
      return Output(role: output.role, shape: node.shape, isPerSample: node.isPerSample, node: output.node)
    }
    var inputs: [String: Shape] = [:]
    for node in lowered.graph.nodes {
      if case .leaf(.input(let name)) = node.operation { inputs[name] = node.shape }
    }
    self.inputs = inputs
    groupSize = Self.groupSize(lowered, arenaSize: plans.map(\.size).max() ?? 0)
  }

  /// The output with this role, if there is one.
  package func output(_ role: OutputRole) -> Output? { outputs.first { $0.role == role } }

  /// Numbers of the gradients that the optimizer alone reads, which several processes may deal out.
  package var numbersForOptimizer: Int {
    SharedMemory.sums(of: lowered).reduce(0) { $0 + $1.size - $1.dealt }
  }

  /// Floats of one arena.
  var arenaSize: Int { plans.map(\.size).max() ?? 0 }

  /// Numbers of a matrix that comes from memory each time.
  private static let largeMatrix = 1 << 22

  /// Several micro-batches where matrices are larger than the first cache and the arenas still fit the second, or a matrix is larger
  /// than what all of them work with.
  private static func groupSize(_ program: LoweredProgram, arenaSize: Int) -> Int {
    let largestMatrix = program.stages.flatMap(\.steps).map { step in
      switch step.kind {
      case .matrixProduct, .maskedProduct: program.graph.nodes[step.sharedReads[0]].shape.count
      default: 0
      }
    }.max()
    guard let largestMatrix, largestMatrix >= 8192 else { return 1 }
    if largestMatrix >= Self.largeMatrix, largestMatrix >= 4 * arenaSize { return 4 }
    return min(max((1 << 19) / max(arenaSize, 1), 1), 4)
  }
}
