import HourglassBase
import HourglassEngine

/// Maps samples into the plane so that near ones stay near: t-distributed stochastic neighbour embedding (van der
/// Maaten & Hinton 2008), with affinities to the nearest neighbours alone (van der Maaten 2014) and the forces of
/// all others from a grid (after Linderman et al. 2019), or pair by pair where there are few.
///
/// The map starts from the first two principal components, so that its large structure means something (Kobak &
/// Berens 2019). The same seed gives the same map, bit for bit, at any number of threads.
public struct TSNE: Sendable {
  /// About how many neighbours count for each sample: 1 to a third of the other samples.
  public var perplexity = 30.0
  /// Steps of gradient descent.
  public var iterations = 1000
  /// What the affinities are multiplied by in the first steps, so that clusters can gather.
  public var exaggeration = 12.0
  /// How many steps that is.
  public var exaggeratedIterations = 250
  /// Of the gradient of the divergence; nil takes a quarter of the number of samples over what the affinities are
  /// multiplied by at the time, at least 50 (Belkina et al. 2019; the quarter is for the gradient's factor of 4, which
  /// others leave out).
  public var learningRate: Double?
  /// Keys the small differences between the starts of equal samples.
  public var seed: UInt64

  public init(seed: UInt64) {
    self.seed = seed
  }

  /// Where the samples lie, around the origin.
  public struct Map: Sendable {
    public let positions: [SIMD2<Float>]
    /// The Kullback-Leibler divergence of the map's similarities from the samples' affinities, in nats.
    public let divergence: Double
  }

  /// Steps between two reports of progress.
  private static let reported = 50
  /// The standard deviation of the start along its first axis.
  private static let startDeviation = 1e-4

  /// Maps on threads of its own, not on Swift's cooperative pool. A task that is cancelled ends it after the step it is in.
  ///
  /// - Parameters:
  ///   - samples: at least 4, of any shape up to 4,096 numbers.
  ///   - threads: workers; all cores when nil. The result does not depend on it.
  ///   - progress: told every 50 steps, on the working thread, with the Kullback-Leibler divergence in nats, without
  ///     exaggeration; what it throws ends the work.
  /// - Throws: `HourglassError`: usage when a setting is out of range or does not fit the samples, badData when a value
  ///   is not finite, or the largest is below 1e-18 and not 0, notFinite when a large learning rate drives the points apart; `CancellationError` when the task is
  ///   cancelled; what `progress` throws.
  public func map(
    _ samples: SampleArray, threads: Int? = nil,
    progress: (@Sendable (WorkProgress) throws -> Void)? = nil
  ) async throws -> Map {
    try await onOwnThread { cancellation in
      try map(
        PointMatrix(samples), shape: samples.shape, machine: VectorMachine(threads: threads),
        cancellation: cancellation, progress: progress)
    }
  }

  /// Finds the neighbours of samples for the first process, which maps them.
  ///
  /// - Throws: `HourglassError`: as `map`, and when another process is lost or has left.
  package func findNeighboursForFirst(
    _ points: PointMatrix, machine: VectorMachine, processes: any ProcessGroup
  ) throws {
    try check(samples: points.count)
    try points.checkMagnitude()
    _ = try machine.neighbours(
      of: points, width: neighbours(of: points.count), processes: processes, progress: { _ in })
  }

  /// Of each of so many samples.
  private func neighbours(of count: Int) -> Int { min(count - 1, Int(3 * perplexity)) }

  /// - Parameters:
  ///   - processes: of which this is the first; the others find neighbours for it.
  ///   - preparing: told now and then before the first step; what it throws ends the work.
  ///   - progress: told every 50 steps, as by the public form.
  package func map(
    _ points: PointMatrix, shape: Shape, machine: VectorMachine, cancellation: Cancellation? = nil,
    processes: (any ProcessGroup)? = nil, preparing: WorkProgress.Report = { _ in },
    progress: WorkProgress.Report? = nil
  ) throws -> Map {
    try check(samples: points.count)
    try points.checkMagnitude()
    let start = try start(points, shape: shape, machine: machine) {
      try cancellation?.check()
      try preparing($0)
    }
    let table = try machine.neighbours(
      of: points, width: neighbours(of: points.count), processes: processes
    ) {
      try cancellation?.check()
      try preparing(WorkProgress("neighbours", done: $0, of: points.count, "samples"))
    }
    let affinities = machine.affinities(table, perplexity: perplexity)
    let embedding = PlaneEmbedding(start, affinities: affinities, machine: machine)
    for iteration in 1...iterations {
      try cancellation?.check()
      let isExaggerated = iteration <= exaggeratedIterations
      let factor = isExaggerated ? exaggeration : 1
      try embedding.step(
        exaggeration: factor, learningRate: learningRate ?? max(Double(points.count) / factor / 4, 50),
        momentum: isExaggerated ? 0.5 : 0.8)
      if let progress, iteration.isMultiple(of: Self.reported) {
        try progress(
          WorkProgress(
            "t-SNE", done: iteration, of: iterations, "steps",
            measure: .init("divergence", embedding.divergence())))
      }
    }
    return Map(positions: Self.centred(embedding.positions), divergence: embedding.divergence())
  }

  private func check(samples count: Int) throws(HourglassError) {
    func complain(_ what: String) -> HourglassError { HourglassError(.usage, what) }
    guard count >= 4 else {
      throw complain("t-SNE needs at least 4 samples, but there are \(count); give more.")
    }
    guard perplexity >= 1, perplexity <= Double(count - 1) / 3 else {
      throw complain(
        "The perplexity is \(perplexity), but for \(count) samples it must be from 1 to \((count - 1) / 3); choose "
          + "another one, or give more samples.")
    }
    guard 1...1_000_000 ~= iterations else {
      throw complain("The iterations of t-SNE are \(iterations), but must be from 1 to 1,000,000.")
    }
    guard 1...1000 ~= exaggeration else {
      throw complain("The exaggeration of t-SNE is \(exaggeration), but must be from 1 to 1,000.")
    }
    guard exaggeratedIterations >= 0 else {
      throw complain(
        "The exaggerated iterations of t-SNE are \(exaggeratedIterations), but must not be negative.")
    }
    if let learningRate, !(learningRate > 0 && learningRate <= 1e9) {
      throw complain("The learning rate of t-SNE is \(learningRate), but must be above 0, and at most 1e9.")
    }
  }

  /// The first two principal components, made small; equal samples start a little apart.
  private func start(
    _ points: PointMatrix, shape: Shape, machine: VectorMachine, progress: WorkProgress.Report
  ) throws -> [SIMD2<Float>] {
    let components = try PrincipalComponents(
      of: points, shape: shape, count: min(2, points.features), seed: seed, machine: machine,
      progress: progress)
    let plane = components.project(points, machine: machine)
    let deviation = components.explainedVariance[0].squareRoot()
    // Samples that are all the same have no direction: what sets them apart alone makes the start.
    let scale = deviation > 0 ? Self.startDeviation / deviation : 0
    let apart = deviation > 0 ? Self.startDeviation / 100 : Self.startDeviation
    var random = RandomNumbers(seed: seed, purpose: .initialization, stream: 1)
    return (0..<points.count).map { index in
      let sample = plane.sample(index)
      let (x, y) = (Double(sample[0]), sample.count > 1 ? Double(sample[1]) : 0)
      return SIMD2(
        Float(x * scale + apart * random.normal()), Float(y * scale + apart * random.normal()))
    }
  }

  private static func centred(_ positions: [SIMD2<Float>]) -> [SIMD2<Float>] {
    var sum = SIMD2<Double>.zero
    for position in positions { sum += SIMD2<Double>(Double(position.x), Double(position.y)) }
    let mean = sum / Double(positions.count)
    return positions.map { $0 - SIMD2(Float(mean.x), Float(mean.y)) }
  }
}
