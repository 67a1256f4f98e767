import HourglassGraph

/// The phases of a two-dimensional convolution: every pair of a row phase and a column phase.
struct ConvolutionPhases {
  struct Tap {
    var row: Int
    var column: Int
    /// Positions in the kernel, row-major, whose weights are added up.
    var kernels: [Int]
  }

  struct Phase {
    var rows: AxisPlan.Phase
    var columns: AxisPlan.Phase
    var taps: [Tap]
  }

  let geometry: ConvolutionGeometry
  let transposed: Bool
  let rowPlan: AxisPlan
  let columnPlan: AxisPlan
  let phases: [Phase]

  init(_ geometry: ConvolutionGeometry, transposed: Bool) {
    self.geometry = geometry
    self.transposed = transposed
    let rowPlan = transposed ? AxisPlan(transposed: geometry.rows) : AxisPlan(forward: geometry.rows)
    let columnPlan = transposed ? AxisPlan(transposed: geometry.columns) : AxisPlan(forward: geometry.columns)
    self.rowPlan = rowPlan
    self.columnPlan = columnPlan
    phases = rowPlan.phases.flatMap { rows in
      columnPlan.phases.map { columns in
        let taps = rows.taps.flatMap { row in
          columns.taps.map { column in
            let kernels = row.kernels.flatMap { y in
              column.kernels.map { y * geometry.columns.kernel + $0 }
            }
            return Tap(row: row.offset, column: column.offset, kernels: kernels)
          }
        }
        return Phase(rows: rows, columns: columns, taps: taps)
      }
    }
  }

  var inputChannels: Int { transposed ? geometry.outputChannels : geometry.inputChannels }
  var outputChannels: Int { transposed ? geometry.inputChannels : geometry.outputChannels }

  /// Terms of each sum: input channels times taps.
  func termCount(_ phase: Phase) -> Int { inputChannels * phase.taps.count }

  /// Packed weights of all phases.
  var packedCount: Int { phases.map { termCount($0) * outputChannels }.reduce(0, +) }

  /// Whether the gradient as the kernel sums it up is already in the weights' order.
  var gradientIsInOrder: Bool {
    phases.count == 1 && phases[0].taps.count == geometry.rows.kernel * geometry.columns.kernel
      && phases[0].taps.enumerated().allSatisfy { $0.element.kernels == [$0.offset] }
  }

  /// Places in the weights `[O, C, kh, kw]` of one term for one output channel.
  private func sources(output: Int, input: Int, tap: Tap) -> [Int] {
    let (o, c) = transposed ? (input, output) : (output, input)
    let kernelSize = geometry.rows.kernel * geometry.columns.kernel
    return tap.kernels.map { (o * geometry.inputChannels + c) * kernelSize + $0 }
  }

  /// For each packed weight, in the order `[block][input channel][tap][output in block]`, the weights it sums.
  ///
  /// - Parameter block: most output channels of a block; what is left over goes into halves of it.
  func packedSources(block: Int) -> [[Int]] {
    phases.flatMap { phase in
      blocks(of: block).flatMap { outputs in
        (0..<inputChannels).flatMap { input in
          phase.taps.flatMap { tap in
            outputs.map { sources(output: $0, input: input, tap: tap) }
          }
        }
      }
    }
  }

  private func blocks(of most: Int) -> [Range<Int>] {
    var blocks: [Range<Int>] = []
    var first = 0
    var size = most
    while first < outputChannels {
      while first + size > outputChannels { size /= 2 }
      blocks.append(first..<first + size)
      first += size
    }
    return blocks
  }

  /// For each sum of the weight gradient, in the order `[output channel][input channel][tap]`, the weights whose
  /// gradient it is part of.
  func gradientSources() -> [[Int]] {
    phases.flatMap { phase in
      (0..<outputChannels).flatMap { output in
        (0..<inputChannels).flatMap { input in
          phase.taps.map { sources(output: output, input: input, tap: $0) }
        }
      }
    }
  }
}
