import CLaneKernels
import HourglassBase
import HourglassPlatform

/// The kernels for one instruction set.
package struct KernelSet: @unchecked Sendable {  // Points at a constant table.
  let table: UnsafePointer<lane_kernels>

  /// `avx512`, `avx2`, `neon` or `portable`.
  package var name: String { String(cString: table.pointee.name) }

  /// The fastest this machine can run, or what the environment variable `HOURGLASS_ISA` names.
  ///
  /// - Throws: `HourglassError` (usage) when the variable names what this machine or program does not have.
  package static func selected() throws(HourglassError) -> KernelSet {
    guard let name = getenv("HOURGLASS_ISA").map({ String(cString: $0) }), !name.isEmpty else { return best }
    return try named(name)
  }

  /// The fastest this machine can run.
  package static var best: KernelSet { KernelSet(table: lane_kernels_best()) }

  /// - Throws: `HourglassError` (usage) when this machine cannot run it.
  package static func named(_ name: String) throws(HourglassError) -> KernelSet {
    guard let table = lane_kernels_named(name) else {
      let available = all.map(\.name).joined(separator: ", ")
      throw HourglassError(
        .usage, "HOURGLASS_ISA is \"\(name)\", which this machine cannot run; use one of: \(available).")
    }
    return KernelSet(table: table)
  }

  /// Every set this machine can run, fastest first.
  package static var all: [KernelSet] {
    var sets: [KernelSet] = []
    var name = lane_kernels_names()!
    while let text = name.pointee {
      if let table = lane_kernels_named(text) { sets.append(KernelSet(table: table)) }
      name += 1
    }
    return sets
  }

  /// The squared distance of two vectors of `size` floats, a multiple of 16, as hnswlib calls it.
  package var squareDistance:
    @convention(c) (UnsafeRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?) -> Float
  { table.pointee.projection.square_distance }
}
