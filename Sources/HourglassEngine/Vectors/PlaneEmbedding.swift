import CLaneKernels
import HourglassBase
import HourglassPlatform

/// A map of points in the plane on its way: t-SNE's gradient and steps.
package final class PlaneEmbedding {
  /// How the sum over all pairs of points is taken.
  package enum Repulsion {
    /// Pair by pair.
    case exact
    /// On a grid, see `InteractionGrid`.
    case grid
  }

  /// Up to so many points all pairs are as fast as a grid.
  private static let largestExact = 2048
  /// Points of one task, a multiple of sixteen.
  private static let pointsOfTask = 128

  /// As in openTSNE: far enough for a map that spreads out, and no point is shot off.
  private static let longestStep: Float = 5
  /// A map whose points are as far out as this is no map any more.
  private static let farthest: Float = 1e9

  package let count: Int
  private let machine: VectorMachine
  private let affinities: Affinities
  private let grid: InteractionGrid?
  private var embedding = lane_embedding()
  private var bounds = PlaneBounds()
  private var memory: [UnsafeMutablePointer<Float>] = []
  private let taskBounds: UnsafeMutablePointer<Float>
  private let similarities: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - positions: where the points start, one for each of the affinities' points.
  ///   - repulsion: nil chooses what is faster.
  package init(
    _ positions: [SIMD2<Float>], affinities: Affinities, machine: VectorMachine,
    repulsion: Repulsion? = nil
  ) {
    precondition(positions.count == affinities.count, "every point has a position")
    count = positions.count
    self.machine = machine
    self.affinities = affinities
    let repulsion = repulsion ?? (count <= Self.largestExact ? .exact : .grid)
    grid = repulsion == .grid ? InteractionGrid(machine: machine, points: count) : nil
    let size = (count + 15) / 16 * 32
    memory = (0..<6).map { _ in allocateFloats(size) }
    taskBounds = allocateFloats(4 * ((count + Self.pointsOfTask - 1) / Self.pointsOfTask))
    similarities = allocateFloats(count)
    for (point, position) in positions.enumerated() {
      memory[0][2 * point] = position.x
      memory[0][2 * point + 1] = position.y
      bounds.least = pointwiseMin(bounds.least, position)
      bounds.greatest = pointwiseMax(bounds.greatest, position)
    }
    memory[4].update(repeating: 1, count: size)
    embedding.count = Int64(count)
    embedding.positions = UnsafePointer(memory[0])
    embedding.new_positions = memory[1]
    embedding.gradient = memory[2]
    embedding.velocities = memory[3]
    embedding.gains = memory[4]
    embedding.repulsions = memory[5]
    embedding.neighbours = UnsafePointer(affinities.neighbours)
    embedding.affinities = UnsafePointer(affinities.values)
  }

  deinit {
    for pointer in memory + [taskBounds, similarities] { pointer.deallocate() }
  }

  /// Where the points are.
  package var positions: [SIMD2<Float>] { pairs(embedding.positions) }

  private func pairs(_ memory: UnsafePointer<Float>) -> [SIMD2<Float>] {
    (0..<count).map { SIMD2(memory[2 * $0], memory[2 * $0 + 1]) }
  }

  /// `attraction * sum p (y_i - y_j) / (1 + d^2) - repulsion * sum (y_i - y_j) / (1 + d^2)^2 / Z`, where Z is the sum
  /// of 1 / (1 + d^2) over all ordered pairs; 4 and 4 make the gradient of the divergence.
  package func gradient(attraction: Float, repulsion: Float) -> [SIMD2<Float>] {
    let normalizer = repel()
    var step = lane_embedding_step()
    step.attraction = attraction
    step.repulsion = repulsion / Float(normalizer)
    pull(step)
    return pairs(UnsafePointer(embedding.gradient))
  }

  /// One step of gradient descent.
  ///
  /// - Parameter exaggeration: what the affinities are multiplied by.
  /// - Throws: `HourglassError` (notFinite) when a point leaves the plane.
  package func step(
    exaggeration: Double, learningRate: Double, momentum: Double
  ) throws(HourglassError) {
    let normalizer = repel()
    var step = lane_embedding_step(
      attraction: Float(4 * exaggeration), repulsion: 4 / Float(normalizer),
      learning_rate: Float(learningRate), momentum: Float(momentum), longest: Self.longestStep)
    pull(step)
    let move = machine.kernels.table.pointee.projection.move!
    withEmbedding { embedding in
      withUnsafePointer(to: &step) { step in
        machine.team.forEachRun(of: count, size: Self.pointsOfTask) { [taskBounds] points, _ in
          move(
            embedding, step, Int64(points.lowerBound), Int64(points.count),
            taskBounds + 4 * (points.lowerBound / Self.pointsOfTask))
        }
      }
    }
    let moved = embedding.new_positions!
    embedding.new_positions = UnsafeMutablePointer(mutating: embedding.positions)
    embedding.positions = UnsafePointer(moved)
    bounds = PlaneBounds()
    for task in 0..<tasks {
      let corners = taskBounds + 4 * task
      guard (0..<4).allSatisfy({ corners[$0].magnitude < Self.farthest }) else {
        throw HourglassError(
          .notFinite,
          "The points of the map have left all bounds at a learning rate of \(learningRate); choose a smaller one."
        )
      }
      bounds.least = pointwiseMin(bounds.least, SIMD2(corners[0], corners[1]))
      bounds.greatest = pointwiseMax(bounds.greatest, SIMD2(corners[2], corners[3]))
    }
  }

  private var tasks: Int { (count + Self.pointsOfTask - 1) / Self.pointsOfTask }

  /// The Kullback-Leibler divergence of the map's similarities from the affinities, in nats.
  package func divergence() -> Double {
    let normalizer = repel()
    let kernel = machine.kernels.table.pointee.projection.divergence!
    var sums = [Double](repeating: 0, count: tasks)
    sums.withUnsafeMutableBufferPointer { sums in
      let sums = sums.baseAddress!
      withEmbedding { embedding in
        machine.team.forEachRun(of: count, size: Self.pointsOfTask) { points, _ in
          sums[points.lowerBound / Self.pointsOfTask] = kernel(
            embedding, Int64(points.lowerBound), Int64(points.count))
        }
      }
    }
    return sums.reduce(0, +) + log(normalizer)
  }

  /// Computes what pushes the points apart.
  ///
  /// - Returns: the sum of 1 / (1 + d^2) over all ordered pairs of two points.
  private func repel() -> Double {
    if let grid {
      // A point by itself counts 1.
      return max(grid.run(&embedding, bounds: bounds) - Double(count), .leastNormalMagnitude)
    }
    let kernel = machine.kernels.table.pointee.projection.repel!
    withEmbedding { embedding in
      machine.team.forEachRun(of: count, size: 16) { [similarities] points, _ in
        kernel(embedding, Int64(points.lowerBound), Int64(points.count), similarities)
      }
    }
    return (0..<count).reduce(0) { $0 + Double(similarities[$1]) }
  }

  private func pull(_ step: lane_embedding_step) {
    var step = step
    let kernel = machine.kernels.table.pointee.projection.gradient!
    withEmbedding { embedding in
      withUnsafePointer(to: &step) { step in
        func run(
          _ placement: UnsafePointer<lane_placement>?, _ side: Int,
          _ field: UnsafePointer<UnsafeMutablePointer<Float>?>?
        ) {
          machine.team.forEachRun(of: count, size: Self.pointsOfTask) { points, _ in
            kernel(
              embedding, step, placement, Int64(side), field, Int64(points.lowerBound), Int64(points.count))
          }
        }
        if let grid { grid.withField { run($0, grid.side, $1) } } else { run(nil, 0, nil) }
      }
    }
  }

  private func withEmbedding<Result>(_ body: (UnsafePointer<lane_embedding>) -> Result) -> Result {
    affinities.starts.withUnsafeBufferPointer { starts in
      embedding.starts = starts.baseAddress
      return withUnsafePointer(to: &embedding, body)
    }
  }
}
