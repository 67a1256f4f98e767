import CLaneKernels

/// A program bound for one sample by itself: where sixteen lanes would hold one, its lanes are neighbouring columns or
/// outputs instead. The results have the same bits.
final class SingleSample {
  /// Of a convolution's columns.
  fileprivate static let mostStride = 16
  private let memory: UnsafeMutablePointer<Float>
  private let stage: BoundStage
  private let context: UnsafeMutablePointer<lane_context>
  private let sample: UnsafeMutablePointer<UInt32>

  /// nil where a step of the program has no kernel for one sample.
  init?(_ compiled: CompiledProgram, targets: BindingTargets) {
    let program = compiled.lowered
    guard program.stages.count == 1, program.stages[0].steps.allSatisfy(\.isForSingleSamples) else {
      return nil
    }
    // Vectors may reach beyond the last value.
    memory = allocateFloats(compiled.arenaSize + 32 * Self.mostStride)
    stage = BoundStage(
      program.stages[0], number: 0, program: program, plan: compiled.plans[0], arena: memory,
      targets: targets,
      lanes: 1)
    context = .allocate(capacity: 1)
    context.initialize(to: lane_context())
    sample = .allocate(capacity: 1)
    sample.initialize(to: 0)
    context.pointee.active = 1
    context.pointee.group = 1
    context.pointee.samples = UnsafePointer(sample)
  }

  deinit {
    context.deallocate()
    sample.deallocate()
    memory.deallocate()
  }

  /// - Parameter index: of the sample in its source.
  func run(_ index: UInt32) {
    sample.pointee = index
    var instructions = stage.instructions
    lane_run(&instructions, Int64(stage.count), context, 1)
  }
}

extension LaneStep {
  fileprivate var isForSingleSamples: Bool {
    switch kind {
    case .load, .map, .maxPool, .resample, .copy, .zeroHalo, .store: true
    case .convolve(let geometry, _, let epilogue):
      epilogue.gate == nil && geometry.columns.stride <= SingleSample.mostStride
    case .matrixProduct(_, let epilogue): epilogue.gate == nil
    case .random, .reduce, .maximum, .largestMask, .maskedProduct, .gatherRows, .scatterRows,
      .convolutionWeightGradient,
      .outerProduct, .maxPoolScatter, .maxPoolGather, .batchSum, .carryOut, .carryIn:
      false
    }
  }
}
