/// A convolution (plain, strided, transposed or after up-sampling) split into phases in which nothing is
/// multiplied by zero.
///
/// Along one axis, the outputs `step * y + phase.first` of a phase all read the inputs
/// `inputStep * y + tap.offset`, each with the sum of the kernel elements `tap.kernels`. Twofold up-sampling and
/// three taps become two phases of two taps; a transposed convolution of stride two and three taps becomes a
/// phase of two taps and one of one.
package struct AxisPlan: Hashable, Sendable {
  /// One input that a phase reads, relative to the position.
  package struct Tap: Hashable, Sendable {
    package var offset: Int
    /// Kernel positions whose weights are added up for this tap.
    package var kernels: [Int]
  }

  package struct Phase: Hashable, Sendable {
    /// Output of position 0.
    package var first: Int
    /// Positions.
    package var count: Int
    package var taps: [Tap]
  }

  /// Outputs from one position of a phase to the next.
  package var outputStep: Int
  /// Inputs from one position of a phase to the next.
  package var inputStep: Int
  package var phases: [Phase]

  /// From the input of `axis` to its output.
  package init(forward axis: WindowAxis) {
    let period = axis.upsampling / greatestCommonDivisor(axis.upsampling, axis.stride)
    outputStep = period
    inputStep = axis.stride * period / axis.upsampling
    phases = (0..<min(period, axis.output)).map { phase in
      let reads = (0..<axis.kernel).map { (axis.source(output: phase, kernel: $0), $0) }
      return Phase(first: phase, count: (axis.output - phase + period - 1) / period, taps: Self.taps(reads))
    }
  }

  /// From the output of `axis` back to its input.
  package init(transposed axis: WindowAxis) {
    let period = axis.stride / greatestCommonDivisor(axis.upsampling, axis.stride)
    outputStep = period
    inputStep = axis.upsampling * period / axis.stride
    phases = (0..<min(period, axis.input)).map { phase in
      var reads: [(offset: Int, kernel: Int)] = []
      for kernel in 0..<axis.kernel {
        for remainder in 0..<axis.upsampling {
          let scaled = axis.upsampling * phase + remainder + axis.padding - kernel
          if scaled % axis.stride == 0 {
            reads.append((floorDivide(scaled, axis.stride), kernel))
          }
        }
      }
      return Phase(first: phase, count: (axis.input - phase + period - 1) / period, taps: Self.taps(reads))
    }
  }

  private static func taps(_ reads: [(offset: Int, kernel: Int)]) -> [Tap] {
    Dictionary(grouping: reads, by: \.offset)
      .map { Tap(offset: $0.key, kernels: $0.value.map(\.kernel).sorted()) }
      .sorted { $0.offset < $1.offset }
  }

  /// Zeros that must lie before element 0 and after the last of `size` inputs.
  package func halo(size: Int) -> (before: Int, after: Int) {
    var before = 0
    var after = 0
    for phase in phases where phase.count > 0 {
      for tap in phase.taps {
        before = max(before, -tap.offset)
        after = max(after, inputStep * (phase.count - 1) + tap.offset - (size - 1))
      }
    }
    return (before, after)
  }
}

func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  b == 0 ? a : greatestCommonDivisor(b, a % b)
}
