import HourglassBase
import HourglassEngine
import HourglassGraph
import Testing

/// Where values lie in the arena.
@Suite struct MemoryPlanTests {
  private struct Piece {
    var name: String
    var range: Range<Int>
    /// From the step that first writes it to the one that last reads it.
    var life: ClosedRange<Int>
  }

  @Test(arguments: OperationCatalogue.all, [Derivation.values, .loss, .penalty])
  func liveValuesDoNotOverlap(_ engineCase: EngineCase, _ derivation: Derivation) {
    let graph = derivation.program(engineCase, gradients: true).graph
    let program = LoweredProgram(GraphPass.all.reduce(graph) { $1($0) })
    for stage in program.stages {
      let plan = MemoryPlan(stage, of: program)
      let pieces = pieces(stage, plan, program)
      #expect(pieces.allSatisfy { $0.range.lowerBound >= 0 && $0.range.upperBound <= plan.size })
      for (index, first) in pieces.enumerated() {
        for second in pieces[..<index]
        where first.life.overlaps(second.life) && first.range.overlaps(second.range) {
          // A step may write over a value that ends there, where it says so.
          let shared = max(first.life.lowerBound, second.life.lowerBound)
          let isInPlace =
            first.range.lowerBound == second.range.lowerBound
            && min(first.life.upperBound, second.life.upperBound) == shared
            && !stage.steps[shared].overwritable.isEmpty
          #expect(isInPlace, "\(first) and \(second)")
        }
      }
    }
  }

  private func pieces(_ stage: Stage, _ plan: MemoryPlan, _ program: LoweredProgram) -> [Piece] {
    var lives: [Int: ClosedRange<Int>] = [:]
    // A reshape may be its source seen in another way: then both are one value.
    var sources: [Int: Int] = [:]
    for (index, step) in stage.steps.enumerated() {
      if step.isReshape, let result = step.result, plan.offsets[result] == plan.offsets[step.reads[0]] {
        sources[result] = sources[step.reads[0]] ?? step.reads[0]
      }
      var nodes = step.reads
      // Zeros around a result are written with it.
      if case .zeroHalo = step.kind {} else if let result = step.result { nodes.append(result) }
      for node in nodes {
        let value = sources[node] ?? node
        lives[value] = (lives[value]?.lowerBound ?? index)...index
      }
    }
    let values = lives.map { node, life in
      let start = plan.offsets[node] ?? -1
      return Piece(name: "%\(node)", range: start..<start + program.layout(node).floats, life: life)
    }
    let scratch = plan.scratch.map { step, offset in
      Piece(name: "scratch of step \(step)", range: offset..<offset + 16, life: step...step)
    }
    return values + scratch
  }
}
