import CLaneKernels

/// One thread's memory and bound program.
///
/// A worker has room for a group of micro-batches side by side, so that the large matrices of dense layers are
/// read once for the whole group; every arena has a program bound to it.
final class Worker {
  /// Micro-batches of one group.
  let groupSize: Int
  private let memory: UnsafeMutablePointer<Float>
  private let arenaStride: Int
  /// By stage, then by micro-batch of the group.
  private let stages: [[BoundStage]]
  /// By stage, the instructions of each of its programs.
  private let programs: [UnsafeMutablePointer<UnsafePointer<lane_instruction>?>]
  private let contexts: UnsafeMutablePointer<lane_context>

  init(program compiled: CompiledProgram, targets: BindingTargets) {
    let (program, plans, groupSize) = (compiled.lowered, compiled.plans, compiled.groupSize)
    let arenaStride = Self.arenaStride(compiled)
    let memory = allocateFloats(arenaStride * groupSize)
    self.groupSize = groupSize
    self.arenaStride = arenaStride
    self.memory = memory
    stages = program.stages.indices.map { number in
      (0..<groupSize).map { place in
        BoundStage(
          program.stages[number], number: number, program: program, plan: plans[number],
          arena: memory + place * arenaStride, targets: targets)
      }
    }
    programs = stages.map { group in
      let pointers = UnsafeMutablePointer<UnsafePointer<lane_instruction>?>.allocate(capacity: group.count)
      for (place, stage) in group.enumerated() { pointers[place] = stage.instructions }
      return pointers
    }
    contexts = .allocate(capacity: groupSize)
    contexts.initialize(repeating: lane_context(), count: groupSize)
  }

  /// Numbers from one arena to the next: not a multiple of 4 KiB, or arenas would fight for the same lines of the first
  /// cache.
  private static func arenaStride(_ compiled: CompiledProgram) -> Int {
    (compiled.arenaSize + 1023) / 1024 * 1024 + 160
  }

  /// Numbers in the arenas of one worker.
  static func numbers(_ compiled: CompiledProgram) -> Int { arenaStride(compiled) * compiled.groupSize }

  deinit {
    for pointers in programs { pointers.deallocate() }
    contexts.deallocate()
    memory.deallocate()
  }

  /// What is the same for all micro-batches of a shard.
  struct Shard {
    var epoch: UInt32
    var seed: UInt64
    var sums: UnsafeMutablePointer<Float>
    /// Samples of the whole batch, and how many.
    var samples: UnsafePointer<UInt32>
    var batchCount: Int
  }

  /// Takes the micro-batches `blocks` of the batch through a stage.
  ///
  /// - Parameter between: called after each group of them.
  func run(
    _ stage: Int, _ blocks: Range<Int>, _ shard: Shard, times: InstructionTimes?, between: () -> Void
  ) {
    var first = blocks.lowerBound
    while first < blocks.upperBound {
      let count = min(groupSize, blocks.upperBound - first)
      for place in 0..<count {
        let block = first + place
        contexts[place].active = Int32(min(16, shard.batchCount - block * 16))
        contexts[place].epoch = shard.epoch
        contexts[place].seed = shard.seed
        contexts[place].position = Int64(block)
        contexts[place].samples = shard.samples + block * 16
        contexts[place].sums = shard.sums
        contexts[place].starts_sums = block == blocks.lowerBound ? 1 : 0
        contexts[place].group = Int32(count)
        contexts[place].group_stride = Int64(arenaStride)
      }
      if let times {
        times.run(stages[stage], number: stage, contexts, count)
      } else {
        lane_run(programs[stage], Int64(stages[stage][0].count), contexts, Int64(count))
      }
      first += count
      between()
    }
  }
}
