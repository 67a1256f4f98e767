import HourglassGraph

/// Who reads the sums over samples of a program, which says when and where they have to be.
struct SumUses {
  enum Use: Hashable {
    /// A later stage, which cannot begin without.
    case stages
    /// Shared steps after the last stage, or whoever asks for the output.
    case conclusion
    /// The optimizer alone: the sum is the gradient of one parameter, that of the output at this place.
    case optimizer(Int)
  }

  private let program: LoweredProgram
  private let users: [[Int]]
  /// What a stage computes of shared values before it begins.
  private let prepared: Set<Int>
  private let concluded: Set<Int>
  private let outputs: [Int: [Int]]

  init(_ program: LoweredProgram) {
    self.program = program
    users = program.graph.users
    prepared = Self.nodes(program.stages.flatMap(\.preparation))
    concluded = Self.nodes(program.conclusion)
    outputs = Dictionary(grouping: program.graph.outputs.indices) { program.graph.outputs[$0].node }
  }

  private static func nodes(_ steps: [SharedStep]) -> Set<Int> {
    Set(
      steps.compactMap { step in
        switch step {
        case .compute(let node), .unpackGradient(let node, _): node
        case .packWeights: nil
        }
      })
  }

  func use(of sum: Int) -> Use {
    var gradients: [Int] = []
    var isRead = false
    // A reshape is another name for the same numbers, and so is what no step computes, since steps read it as they go.
    var names = [sum]
    while let name = names.popLast() {
      for place in outputs[name] ?? [] {
        if case .gradient = program.graph.outputs[place].role {
          gradients.append(place)
        } else {
          isRead = true
        }
      }
      for user in users[name] {
        let node = program.graph.nodes[user]
        if node.isPerSample {
          return .stages
        } else if case .movement(.reshape) = node.operation {
          names.append(user)
        } else if prepared.contains(user) {
          return .stages
        } else if concluded.contains(user) {
          isRead = true
        } else {
          names.append(user)
        }
      }
    }
    if case .linear(.convolutionWeightGradient(let geometry)) = program.graph.nodes[sum].operation,
      !ConvolutionPhases(geometry, transposed: false).gradientIsInOrder
    {
      // It is read where it is unpacked.
      return prepared.contains(sum) ? .stages : .conclusion
    }
    return !isRead && gradients.count == 1 ? .optimizer(gradients[0]) : .conclusion
  }
}
