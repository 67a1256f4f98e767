import HourglassBase

/// The directions in which samples vary most (principal component analysis, Pearson 1901 and Hotelling 1933), from the
/// covariance in double precision.
public struct PrincipalComponents: Sendable {
  /// Of the samples, one number a feature.
  public let mean: [Double]
  /// Orthogonal and of unit length, one number a feature; the largest number of each is positive. Where the samples
  /// do not vary any more, the directions are arbitrary.
  public let components: [[Double]]
  /// The variance of the samples along each component, over `samples - 1`, in descending order.
  public let explainedVariance: [Double]
  /// The variance of all features together.
  public let totalVariance: Double
  /// The samples' shape.
  let shape: Shape

  /// The most features of a sample.
  package static let largestSample = 4096
  /// Up to so many features, all eigenvectors are found at once.
  private static let largestWhole = 256

  /// Finds them on threads of its own, not on Swift's cooperative pool.
  ///
  /// - Parameters:
  ///   - samples: at least two; of any shape, up to 4,096 numbers each.
  ///   - count: components to find, at most as many as a sample has numbers.
  ///   - seed: where the search starts for large samples; the result depends on it by rounding errors only.
  ///   - threads: workers; all cores when nil. The result does not depend on it.
  ///   - progress: told now and then, on the working thread, first how many samples are in the covariance, then how many
  ///     steps to its eigenvectors are done; what it throws ends the work.
  /// - Throws: `HourglassError`: usage when a count is out of range, badData when a value is not finite;
  ///   `CancellationError` when the task is cancelled; what `progress` throws.
  public init(
    of samples: SampleArray, count: Int, seed: UInt64, threads: Int? = nil,
    progress: @escaping @Sendable (WorkProgress) throws -> Void = { _ in }
  ) async throws {
    self = try await onOwnThread(telling: progress) { tell in
      try PrincipalComponents(of: samples, count: count, seed: seed, threads: threads, progress: tell)
    }
  }

  /// Finds them on the calling thread and its helpers.
  package init(
    of samples: SampleArray, count: Int, seed: UInt64, threads: Int? = nil,
    progress: WorkProgress.Report = { _ in }
  ) throws {
    try self.init(
      of: PointMatrix(samples), shape: samples.shape, count: count, seed: seed,
      machine: VectorMachine(threads: threads), progress: progress)
  }

  package init(
    of points: PointMatrix, shape: Shape, count: Int, seed: UInt64, machine: VectorMachine,
    progress: WorkProgress.Report = { _ in }
  ) throws {
    let features = points.features
    guard points.count >= 2 else {
      throw HourglassError(
        .usage, "Principal components need at least 2 samples, but there are \(points.count); give more.")
    }
    guard 1...Self.largestSample ~= features else {
      throw HourglassError(
        .usage,
        "Principal components are found of samples of 1 to \(Self.largestSample) numbers, not \(features); give smaller "
          + "samples, such as codes.")
    }
    guard 1...features ~= count else {
      throw HourglassError(
        .usage,
        "There are 1 to \(features) principal components of samples of \(features) numbers, not \(count); choose "
          + "another count.")
    }
    self.shape = shape
    let mean = Self.mean(points)
    self.mean = mean
    var covariance = try machine.scatter(points, mean: mean) {
      try progress(WorkProgress("covariance", done: $0, of: points.count, "samples"))
    }
    for index in covariance.values.indices { covariance.values[index] /= Double(points.count - 1) }
    totalVariance = (0..<features).reduce(0) { $0 + covariance[$1, $1] }
    let (values, vectors): ([Double], [[Double]])
    if features <= Self.largestWhole || count > features / 8 {
      let problem = try SymmetricEigenproblem(
        (0..<features).map { row in (0..<features).map { covariance[row, $0] } }
      ) {
        let steps = SymmetricEigenproblem.steps(of: features)
        try progress(WorkProgress("eigenvectors", done: $0, of: steps, "steps"))
      }
      (values, vectors) = (problem.values, problem.vectors)
    } else {
      var random = RandomNumbers(seed: seed, purpose: .initialization)
      let iteration = try SubspaceIteration(
        covariance, count: count, random: &random, team: machine.team
      ) { try progress(WorkProgress("eigenvectors", done: $0, of: nil, "steps")) }
      (values, vectors) = (iteration.values, iteration.vectors)
    }
    explainedVariance = values[..<count].map { max($0, 0) }
    components = vectors[..<count].map(Self.signed)
  }

  private static func mean(_ points: PointMatrix) -> [Double] {
    var sums = [Double](repeating: 0, count: points.features)
    for row in 0..<points.count {
      for feature in 0..<points.features {
        sums[feature] += Double(points.rows[row * points.features + feature])
      }
    }
    return sums.map { $0 / Double(points.count) }
  }

  /// The vector or its opposite, so that its largest number is positive.
  private static func signed(_ vector: [Double]) -> [Double] {
    var largest = 0.0
    for number in vector where abs(number) > abs(largest) { largest = number }
    return largest < 0 ? vector.map { -$0 } : vector
  }

  /// The samples' coordinates along the components, in single precision.
  ///
  /// - Returns: samples of shape `[components]`.
  /// - Throws: `HourglassError`: usage when the samples have another shape, badData when a value is not finite.
  public func project(_ samples: SampleArray, threads: Int? = nil) throws -> SampleArray {
    guard samples.shape == shape else { throw wrong(samples.shape, shape) }
    return try project(PointMatrix(samples), machine: VectorMachine(threads: threads))
  }

  package func project(_ points: PointMatrix, machine: VectorMachine) -> SampleArray {
    var matrix = DoubleMatrix(rows: mean.count, columns: components.count)
    for (column, component) in components.enumerated() {
      for (row, number) in component.enumerated() { matrix[row, column] = number }
    }
    return Self.samples(machine.product(points, mean: mean, matrix), adding: nil, shape: [components.count])
  }

  /// The samples that have these coordinates along the components, and none elsewhere.
  ///
  /// - Parameter codes: samples of shape `[components]`.
  /// - Throws: `HourglassError`: usage when the codes have another shape, badData when a value is not finite.
  public func reconstruct(_ codes: SampleArray, threads: Int? = nil) throws -> SampleArray {
    guard codes.shape == [components.count] else { throw wrong(codes.shape, [components.count]) }
    var matrix = DoubleMatrix(rows: components.count, columns: mean.count)
    for (row, component) in components.enumerated() {
      for (column, number) in component.enumerated() { matrix[row, column] = number }
    }
    let machine = try VectorMachine(threads: threads)
    let none = [Double](repeating: 0, count: components.count)
    return Self.samples(
      machine.product(try PointMatrix(codes), mean: none, matrix), adding: mean, shape: shape)
  }

  private static func samples(_ matrix: DoubleMatrix, adding mean: [Double]?, shape: Shape) -> SampleArray {
    var floats: [Float] = []
    floats.reserveCapacity(matrix.rows * matrix.columns)
    for row in 0..<matrix.rows {
      for column in 0..<matrix.columns {
        floats.append(Float(matrix[row, column] + (mean?[column] ?? 0)))
      }
    }
    return SampleArray(trustedFloats: floats, count: matrix.rows, shape: shape)
  }

  private func wrong(_ shape: Shape, _ expected: Shape) -> HourglassError {
    HourglassError(
      .usage,
      "The samples have shape \(shape), but these principal components take \(expected); give data of that shape."
    )
  }
}
