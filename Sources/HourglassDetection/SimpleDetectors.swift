import HourglassBase
import HourglassEngine

/// Detectors that need no training of a network, as a measure for one that does. All see the same encoded samples.
enum SimpleDetector: String, CaseIterable, Sendable {
  /// The reconstruction error of principal components, as many as the code has numbers.
  case principalComponents = "pca"
  /// The distance to a near training sample.
  case nearestNeighbours = "nearest_neighbours"
  case isolationForest = "isolation_forest"

  var title: String {
    switch self {
    case .principalComponents: "PCA of the same width"
    case .nearestNeighbours: "k nearest neighbours"
    case .isolationForest: "isolation forest"
    }
  }

  /// The nearest of so many training samples counts, as is usual.
  static let neighbours = 5
  /// Training samples that are looked at for neighbours.
  static let referenceLimit = 20_000

  /// Samples to judge, and those to learn from.
  struct Task {
    var training: any SampleSource
    var trainingRows: [UInt32]
    var test: any SampleSource
    var testRows: [UInt32]
    /// Components to keep.
    var code: Int
    var neighbours: Int
    var seed: UInt64
    var threads: Int?
  }

  /// One score for each test row, the higher the more anomalous; nil where the detector cannot work.
  func scores(_ task: Task) throws -> [Double]? {
    switch self {
    case .principalComponents: try Self.principalComponents(task)
    case .nearestNeighbours: try Self.nearestNeighbours(task)
    case .isolationForest:
      try IsolationForest(of: task.training, rows: task.trainingRows, seed: task.seed)
        .scores(task.test, rows: task.testRows, threads: task.threads)
    }
  }

  private static func principalComponents(_ task: Task) throws -> [Double]? {
    guard task.training.shape.count <= PrincipalComponents.largestSample, task.trainingRows.count > 1 else {
      return nil
    }
    let components = try PrincipalComponents(
      of: task.training.array(task.trainingRows), count: min(task.code, task.training.shape.count),
      seed: task.seed, threads: task.threads)
    return try blocks(task.testRows) { rows in
      let samples = try task.test.array(rows)
      let rebuilt = try components.reconstruct(
        components.project(samples, threads: task.threads), threads: task.threads)
      return (0..<rows.count).map { index in
        zip(samples.sample(index), rebuilt.sample(index)).reduce(0.0) { sum, pair in
          sum + Double(pair.0 - pair.1) * Double(pair.0 - pair.1)
        }
      }
    }
  }

  private static func nearestNeighbours(_ task: Task) throws -> [Double] {
    let machine = try VectorMachine(threads: task.threads)
    var random = RandomNumbers(seed: task.seed, purpose: .sampling, stream: 1 << 20)
    var rows = task.trainingRows
    if rows.count > referenceLimit {
      rows = random.permutation(rows.count).prefix(referenceLimit).sorted().map { task.trainingRows[Int($0)] }
    }
    let references = try PointMatrix(task.training.array(rows))
    let width = min(task.neighbours, references.count)
    return try blocks(task.testRows) { chosen in
      let table = machine.neighbours(
        of: try PointMatrix(task.test.array(chosen)), among: references, width: width)
      return (0..<chosen.count).map { Double(table.squares[($0 + 1) * width - 1]).squareRoot() }
    }
  }

  /// Few rows at a time, so that little memory is needed.
  private static func blocks(_ rows: [UInt32], _ scores: ([UInt32]) throws -> [Double]) rethrows -> [Double] {
    try stride(from: 0, to: rows.count, by: AnomalyDetector.rowsAtOnce).flatMap { start in
      try scores(Array(rows[start..<min(start + AnomalyDetector.rowsAtOnce, rows.count)]))
    }
  }
}
