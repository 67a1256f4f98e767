import HourglassGraph

/// Where each value of a stage lies in a worker's arena. Values whose lives do not overlap share memory.
///
/// The whole stage is known beforehand, so the largest value is placed first, each at the lowest offset that is
/// free while it lives (Pisarchyk & Lee 2020, "greedy by size").
package struct MemoryPlan: Sendable {
  /// Offsets in floats of per-sample nodes.
  package private(set) var offsets: [Int: Int] = [:]
  /// Offsets of the scratch room of steps, by the step's index.
  package private(set) var scratch: [Int: Int] = [:]
  /// Size of the arena in floats.
  package private(set) var size = 0

  /// Room that one value, or several that take over from each other, hold from step to step.
  private struct Room {
    var floats: Int
    var life: ClosedRange<Int>
    var nodes: [Int] = []
    var scratchOf: Int?
    var offset = 0
  }

  package init(_ stage: Stage, of program: LoweredProgram) {
    var rooms = Self.rooms(stage, program)
    let bySize = rooms.indices.sorted { (rooms[$1].floats, $0) < (rooms[$0].floats, $1) }
    for (position, index) in bySize.enumerated() {
      let rivals = bySize[..<position].map { rooms[$0] }.filter { $0.life.overlaps(rooms[index].life) }
        .sorted { $0.offset < $1.offset }
      var offset = 0
      for rival in rivals where offset + rooms[index].floats > rival.offset {
        offset = max(offset, rival.offset + rival.floats)
      }
      rooms[index].offset = offset
      size = max(size, offset + rooms[index].floats)
    }
    for room in rooms {
      for node in room.nodes { offsets[node] = room.offset }
      if let step = room.scratchOf { scratch[step] = room.offset }
    }
  }

  private static func rooms(_ stage: Stage, _ program: LoweredProgram) -> [Room] {
    var lastRead: [Int: Int] = [:]
    for (index, step) in stage.steps.enumerated() {
      for read in step.reads { lastRead[read] = index }
    }
    var rooms: [Room] = []
    var roomOf: [Int: Int] = [:]
    for (index, step) in stage.steps.enumerated() {
      let scratchSize = step.scratchSize(program)
      if scratchSize > 0 {
        rooms.append(Room(floats: rounded(scratchSize), life: index...index, scratchOf: index))
      }
      // A halo is cleared before the step that writes the value, and is part of its life.
      guard let result = step.result, roomOf[result] == nil else { continue }
      var last = max(lastRead[result] ?? index, index)
      var writer = index
      if case .zeroHalo = step.kind { writer += 1 }
      last = max(last, writer)
      if let room = viewed(step, program).flatMap({ roomOf[$0] })
        ?? reusable(stage.steps[writer], result, at: writer, rooms, roomOf, program)
      {
        rooms[room].life = rooms[room].life.lowerBound...max(last, rooms[room].life.upperBound)
        rooms[room].nodes.append(result)
        roomOf[result] = room
      } else {
        roomOf[result] = rooms.count
        rooms.append(
          Room(floats: rounded(program.layout(result).floats), life: index...last, nodes: [result]))
      }
    }
    return rooms
  }

  /// The value that a reshape only looks at in another way: the same numbers in the same places.
  private static func viewed(_ step: LaneStep, _ program: LoweredProgram) -> Int? {
    guard step.isReshape, let result = step.result, program.layout(result).halo.isEmpty,
      program.layout(step.reads[0]).halo.isEmpty
    else { return nil }
    return step.reads[0]
  }

  /// The room of a value that nothing reads any more once the step has, and that the step may overwrite with its
  /// result: each of its places is read before it is written.
  private static func reusable(
    _ step: LaneStep, _ result: Int, at index: Int, _ rooms: [Room], _ roomOf: [Int: Int],
    _ program: LoweredProgram
  ) -> Int? {
    let layout = program.layout(result)
    for node in step.overwritable where program.layout(node) == layout {
      guard let room = roomOf[node], rooms[room].life.upperBound == index,
        step.reads.filter({ roomOf[$0] == room }).count == 1
      else { continue }
      return room
    }
    return nil
  }

  private static func rounded(_ floats: Int) -> Int { (floats + 15) / 16 * 16 }
}

extension LaneStep {
  /// Whether the step does no more than give a value another shape.
  package var isReshape: Bool {
    if case .copy(let parts) = kind { parts.count == 1 && parts[0].reshapes } else { false }
  }

  /// Values that are read only at the places being written.
  package var overwritable: [Int] {
    switch kind {
    case .map(let map): map.operands.filter(\.isPerSample).map(\.node)
    case .convolve(_, _, let epilogue): epilogue.gate.map { [$0] } ?? []
    // The kernel for these windows takes one after another; the general one clears the result first.
    case .maxPoolScatter(let geometry, _): geometry.isTwoByTwo ? [reads[0]] : []
    case .load, .random, .reduce, .maximum, .largestMask, .convolutionWeightGradient, .matrixProduct,
      .maskedProduct, .outerProduct, .gatherRows, .scatterRows, .maxPool, .maxPoolGather, .resample, .copy,
      .batchSum,
      .zeroHalo, .carryOut, .carryIn, .store:
      []
    }
  }

  /// Floats a step needs for itself while it runs.
  func scratchSize(_ program: LoweredProgram) -> Int {
    switch kind {
    case .outerProduct: (program.graph.nodes[reads[1]].shape.count + 16) * 16
    case .scatterRows: (program.graph.nodes[reads[1]].shape[0] + 15) / 16 * 16 * 16
    case .resample(let resampling, let transposed):
      (transposed ? resampling.columns.output : resampling.columns.input) * 16
    case .load, .random, .map, .reduce, .maximum, .largestMask, .convolve, .convolutionWeightGradient,
      .matrixProduct, .maskedProduct, .gatherRows, .maxPool, .maxPoolScatter, .maxPoolGather, .copy,
      .batchSum, .zeroHalo,
      .carryOut, .carryIn, .store:
      0
    }
  }
}

extension PoolGeometry {
  /// Windows of two by two side by side.
  var isTwoByTwo: Bool {
    [rows, columns].allSatisfy {
      $0.kernel == 2 && $0.stride == 2 && $0.padding == 0 && 2 * $0.output <= $0.input
    }
  }
}
