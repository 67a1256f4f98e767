import HourglassBase

/// The nearest other samples of every sample by Euclidean distance, found by looking at all pairs: exact, and the same
/// at any number of threads.
public struct NearestNeighbours: Sendable {
  /// Neighbours of each sample.
  public let count: Int
  /// `[sample][count]`, nearest first; of equally near ones the lower index comes first.
  public let indices: [UInt32]
  /// Squared distances, `[sample][count]`.
  public let squaredDistances: [Float]

  /// Finds them on threads of its own, not on Swift's cooperative pool.
  ///
  /// - Parameters:
  ///   - samples: of any shape.
  ///   - count: neighbours of each sample, below the number of samples.
  ///   - threads: workers; all cores when nil.
  ///   - progress: told now and then, on the working thread, how many samples are done; what it throws ends the work.
  /// - Throws: `HourglassError`: usage when the count is out of range, badData when a value is not finite or larger
  ///   than 1e15, or the largest is below 1e-18 and not 0; `CancellationError` when the task is cancelled; what `progress` throws.
  public init(
    of samples: SampleArray, count: Int, threads: Int? = nil,
    progress: @escaping @Sendable (WorkProgress) throws -> Void = { _ in }
  ) async throws {
    self = try await onOwnThread(telling: progress) { tell in
      try NearestNeighbours(of: samples, count: count, threads: threads, progress: tell)
    }
  }

  /// Finds them on the calling thread and its helpers.
  package init(
    of samples: SampleArray, count: Int, threads: Int? = nil, progress: WorkProgress.Report = { _ in }
  ) throws {
    let points = try PointMatrix(samples)
    try points.checkMagnitude()
    try self.init(of: points, count: count, machine: VectorMachine(threads: threads), progress: progress)
  }

  package init(
    of points: PointMatrix, count: Int, machine: VectorMachine, progress: WorkProgress.Report = { _ in }
  ) throws {
    try Self.check(count, of: points.count)
    let table = try machine.neighbours(of: points, width: count) {
      try progress(WorkProgress("neighbours", done: $0, of: points.count, "samples"))
    }
    self.count = count
    indices = table.indices
    squaredDistances = table.squares
  }

  /// - Throws: `HourglassError` (usage) when so many samples have not so many neighbours each.
  package static func check(_ count: Int, of samples: Int) throws(HourglassError) {
    guard count >= 1, count < samples else {
      throw HourglassError(
        .usage,
        "\(count) neighbours of each of \(samples) samples cannot be found; choose 1 to \(samples - 1).")
    }
  }

  /// The neighbours of one sample, nearest first.
  public func of(_ sample: Int) -> ArraySlice<UInt32> { indices[sample * count..<(sample + 1) * count] }
}
