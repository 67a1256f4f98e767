import CLaneKernels
import HourglassPlatform

/// The sums over all pairs of points of the plane that t-SNE needs, by way of a grid and Fourier transforms, in the
/// time of n + g log g rather than n^2 (the idea of Linderman et al., "Fast interpolation-based t-SNE", 2019).
///
/// Charges are spread by cubic B-splines and the field is read by the same splines, so that it is smooth; the kernels
/// are divided by the splines' spectra, which makes this interpolation. The spacing is fixed while the points need
/// many nodes and finer while they are close together, in steps, so that kernels are seldom made anew.
final class InteractionGrid {
  /// Nodes between which a kernel is interpolated are this far apart at most: the forces are right to about one
  /// percent, and their errors differ in direction from point to point.
  private static let coarsestSpacing: Float = 0.4
  /// Nodes of a side that are left free: for the splines' width, and because a kernel that jumps where its period
  /// ends is wrong near there.
  private static let margin: Float = 12

  private let machine: VectorMachine
  /// Parts of the charges that are spread at the same time.
  private let parts: Int
  private var memory: GridMemory?
  private var spacing: Float = 0
  private(set) var placement = lane_placement()

  init(machine: VectorMachine, points: Int) {
    self.machine = machine
    parts = points < 1 << 15 ? 2 : 4
  }

  /// Nodes of a side of the field.
  var side: Int { (memory?.plan.size ?? 0) / 2 }

  /// Computes the field of all points.
  ///
  /// - Parameter bounds: the least and the greatest coordinates.
  /// - Returns: the sum of 1 / (1 + d^2) over all ordered pairs.
  func run(_ embedding: inout lane_embedding, bounds: PlaneBounds) -> Double {
    place(bounds)
    guard let memory else { preconditionFailure("place() makes the grid") }
    let (kernels, team) = (machine.kernels.table.pointee.projection, machine.team)
    let count = Int(embedding.count)
    let (side, parts) = (side, parts)
    let share = (count + parts - 1) / parts
    withUnsafePointer(to: &embedding) { embedding in
      withUnsafePointer(to: &placement) { placement in
        team.forEach(parts) { part, _ in
          let charges = memory.grid.charges + part * side * side
          charges.update(repeating: 0, count: side * side)
          // Whole groups of sixteen.
          let first = min(part * share / 16 * 16, count)
          let end = part + 1 == parts ? count : min((part + 1) * share / 16 * 16, count)
          kernels.spread(embedding, placement, Int64(first), Int64(end - first), Int64(side), charges)
        }
      }
    }
    withUnsafePointer(to: &memory.grid) { grid in
      team.forEach(side / 32) { kernels.grid_columns(grid, Int64($0), memory.scratch(of: $1)) }
      team.forEach(memory.strips) { kernels.grid_rows(grid, Int64($0), memory.scratch(of: $1)) }
      team.forEach(side / 16) { kernels.grid_field(grid, Int64($0), memory.scratch(of: $1)) }
    }
    return (0..<memory.strips).reduce(0) { $0 + Double(memory.grid.sums[$1]) }
  }

  /// Calls `body` with the field and where the points fall on it.
  func withField(_ body: (UnsafePointer<lane_placement>, UnsafePointer<UnsafeMutablePointer<Float>?>) -> Void)
  {
    guard let memory else { preconditionFailure("run() makes the grid") }
    withUnsafePointer(to: &placement) { placement in
      let field = [memory.grid.field.0, memory.grid.field.1]
      field.withUnsafeBufferPointer { body(placement, $0.baseAddress!) }
    }
  }

  // MARK: - Placing

  private func place(_ bounds: PlaneBounds) {
    let extent = bounds.extent
    let (size, spacing) = Self.choice(for: extent)
    let present = memory?.plan.size ?? 0
    // What is there stays while it serves, and is not much finer or larger than needed.
    let serves = memory != nil && extent <= self.spacing * Self.usable(present)
    if !serves || self.spacing > 2 * spacing || present > 2 * size {
      if present != size { memory = GridMemory(size: size, parts: parts, workers: machine.team.count) }
      self.spacing = spacing
      makeKernels()
    }
    let used = self.spacing * Float(side)
    placement = lane_placement(
      origin: (
        (bounds.least.x + bounds.greatest.x - used) / 2, (bounds.least.y + bounds.greatest.y - used) / 2
      ), scale: 1 / self.spacing)
  }

  private static func usable(_ size: Int) -> Float { Float(size / 2) - margin }

  /// The size of the transform and the spacing for points that span `extent`.
  private static func choice(for extent: Float) -> (size: Int, spacing: Float) {
    let step: Float = 0.707_106_77
    var spacing = coarsestSpacing
    if let size = FourierPlan.sizes.first(where: { extent <= spacing * usable($0) }) {
      while size == FourierPlan.sizes[0], extent <= spacing * step * usable(size), spacing > 1e-30 {
        spacing *= step
      }
      return (size, spacing)
    }
    let size = FourierPlan.sizes.last!
    while extent > spacing * usable(size) { spacing /= step }
    return (size, spacing)
  }

  // MARK: - Kernels

  private func makeKernels() {
    guard let memory else { return }
    let (kernels, team, spacing) = (machine.kernels.table.pointee.projection, machine.team, spacing)
    let (size, strips) = (memory.plan.size, memory.strips)
    let values = allocateFloats(size * size)
    let weights = allocateFloats(strips * 16)
    let factors = allocateFloats(size)
    defer { for pointer in [values, weights, factors] { pointer.deallocate() } }
    // Spreading and reading both have the spectrum of a spline; the transform back wants 1 / size along each axis.
    func factor(_ frequency: Int) -> Double {
      let spline = (2 + cos(2 * .pi * Double(frequency) / Double(size))) / 3
      return 1 / (spline * spline * Double(size))
    }
    for frequency in 0..<size { factors[frequency] = Float(factor(frequency)) }
    for kernel in [LANE_SIMILARITY, LANE_FORCE_FIRST, LANE_FORCE_SECOND] {
      for frequency in 0..<strips * 16 {
        // The sum over all frequencies, of which half are kept.
        let isDouble = kernel == LANE_SIMILARITY && frequency > 0 && frequency < size / 2
        weights[frequency] =
          frequency > size / 2 ? 0 : Float(factor(frequency) * (isDouble ? 2 : 1))
      }
      team.forEach(size) { row, _ in
        kernels.grid_kernel(kernel, Int64(size), spacing, Int64(row), values + row * size)
      }
      withUnsafePointer(to: &memory.grid) { grid in
        team.forEach(size / 32) {
          kernels.grid_kernel_columns(grid, values, Int64($0), memory.scratch(of: $1))
        }
        team.forEach(strips) {
          kernels.grid_kernel_rows(grid, kernel, Int64($0), weights, factors, memory.scratch(of: $1))
        }
      }
    }
  }
}

/// The rectangle that points lie in.
struct PlaneBounds {
  var least = SIMD2<Float>(repeating: .infinity)
  var greatest = SIMD2<Float>(repeating: -.infinity)

  /// The longer side.
  var extent: Float { (greatest - least).max() }
}

/// The memory of a grid of one size.
private final class GridMemory {
  let plan: FourierPlan
  let strips: Int
  var grid: lane_grid
  private let scratch: UnsafeMutablePointer<Float>
  private let scratchSize: Int
  private let owned: [UnsafeMutablePointer<Float>]

  init(size: Int, parts: Int, workers: Int) {
    plan = FourierPlan(size: size)
    let strips = size / 32 + 1
    self.strips = strips
    let side = size / 2
    // As LANE_GRID_SCRATCH says, which Swift does not import; workers' memory not a multiple of 4 KiB apart.
    scratchSize = 6 * 16 * size + 1056
    scratch = allocateFloats(workers * scratchSize)
    var owned: [UnsafeMutablePointer<Float>] = []
    func own(_ count: Int) -> UnsafeMutablePointer<Float> {
      let memory = allocateFloats(count)
      owned.append(memory)
      return memory
    }
    let (whole, half) = (strips * size * 16, strips * side * 16)
    grid = lane_grid(
      fourier: plan.kernelPlan, strips: Int64(strips), charges: own(parts * side * side),
      charge_parts: Int32(parts), charge_stride: Int64(side * side), half_real: own(whole),
      half_imaginary: own(whole), field_real: (own(half), own(half)), field_imaginary: (own(half), own(half)),
      field: (own(side * side), own(side * side)), similarity: own(whole), force: (own(whole), own(whole)),
      sums: own(strips))
    self.owned = owned
  }

  deinit {
    for memory in owned { memory.deallocate() }
    scratch.deallocate()
  }

  func scratch(of worker: Int) -> UnsafeMutablePointer<Float> { scratch + worker * scratchSize }
}
