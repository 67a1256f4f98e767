import HourglassBase
import HourglassDrawing
import HourglassEngine

/// The maps of codes that a page shows: by t-SNE, if it is wanted, by principal components, and the codes themselves
/// where they have two numbers.
package struct PlaneMaps {
  package private(set) var layouts: [ProjectionMap.Layout] = []
  /// What there is to say of each.
  package private(set) var notes: [String] = []
  /// That the first one took.
  package private(set) var seconds = 0.0
  /// Of t-SNE, in nats.
  package private(set) var divergence: Double?

  /// - Parameters:
  ///   - embeds: whether t-SNE makes the first map; else principal components do.
  ///   - perplexity: of t-SNE; when nil 30, or less where codes are few.
  ///   - threads: workers; all cores when nil. The result does not depend on it.
  ///   - processes: of which this is the first; in the others `findNeighboursForFirst` works for it.
  ///   - progress: told now and then what is done for a map; what it throws ends the work.
  /// - Throws: `HourglassError`: usage for too few codes or another perplexity than they allow, badData when one is not
  ///   finite.
  package init(
    of codes: SampleArray, embeds: Bool, perplexity: Double?, seed: UInt64, threads: Int? = nil,
    processes: (any ProcessGroup)? = nil, progress: @escaping WorkProgress.Report = { _ in }
  ) throws {
    let clock = ContinuousClock()
    if embeds {
      let embedding = Self.embedding(of: codes, perplexity: perplexity, seed: seed)
      let begun = clock.now
      let map = try embedding.map(
        PointMatrix(codes), shape: codes.shape, machine: VectorMachine(threads: threads),
        processes: processes, preparing: progress, progress: progress)
      seconds = (clock.now - begun) / .seconds(1)
      divergence = map.divergence
      add(.tsne, map.positions, "")
    }
    let begun = clock.now
    let components = try PrincipalComponents(
      of: codes, count: min(2, codes.shape.count), seed: seed, threads: threads, progress: progress)
    let plane = try components.project(codes, threads: threads)
    if !embeds { seconds = (clock.now - begun) / .seconds(1) }
    let share =
      components.explainedVariance.reduce(0, +) / max(components.totalVariance, .leastNormalMagnitude)
    add(.pca, plane.positions, "\(ReportText.fixed(100 * share, 1)) % of the codes' variance")
    if codes.shape.count == 2 { add(.code, codes.positions, "the model's own two numbers") }
  }

  /// What another process does while the first makes maps with an embedding.
  ///
  /// - Parameters: as of the first.
  /// - Throws: `HourglassError`: as the first, and when another process is lost or has left.
  package static func findNeighboursForFirst(
    of codes: SampleArray, perplexity: Double?, threads: Int?, processes: any ProcessGroup
  ) throws {
    try embedding(of: codes, perplexity: perplexity, seed: 0).findNeighboursForFirst(
      PointMatrix(codes), machine: VectorMachine(threads: threads), processes: processes)
  }

  private static func embedding(of codes: SampleArray, perplexity: Double?, seed: UInt64) -> TSNE {
    var embedding = TSNE(seed: seed)
    // Few samples have few neighbours; what is asked for is not changed.
    embedding.perplexity = perplexity ?? max(min(30, Double(codes.count - 1) / 3), 1)
    return embedding
  }

  private mutating func add(_ method: ProjectionMap.Method, _ positions: [SIMD2<Float>], _ note: String) {
    layouts.append(ProjectionMap.Layout(method: method, positions: positions))
    notes.append(note)
  }
}
