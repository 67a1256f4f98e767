import HourglassBase
import HourglassData
import HourglassEngine
import HourglassGraph
import HourglassModels
import HourglassPictures
import HourglassPlatform

/// What a sample's score is made of.
public enum AnomalyScoring: String, Sendable, CaseIterable {
  /// How badly the autoencoder rebuilds it.
  case reconstruction
  /// How far it is from the nearest training samples: of a table by its numbers joined with what the model misses of them,
  /// of images by their edges.
  case neighbours
  /// Of a table: how rare its single cells are in their columns.
  case tails
  /// Of a table the neighbours and the tails: a smooth maximum of them or, where labels say what is normal, perhaps a mean or one of
  /// them alone, as finds most of the anomalies made at the fit; of images a mean of the reconstruction, which counts a fifth, and the
  /// neighbours, as standardised logarithms.
  case combined
}

/// Finds what does not look like the samples it was fitted to: an autoencoder with training samples to compare with, a way to turn
/// rows or images into its input, and a threshold.
///
/// ```swift
/// let table = try Table.read(path: "machines.csv")
/// let detector = try await AnomalyDetector.fit(table, seed: 1)
/// for score in try detector.score(table) where score.isAlert {
///   print(score.row, score.value, score.contributions.first?.column ?? "")
/// }
/// ```
public struct AnomalyDetector: Sendable {
  /// What it takes.
  enum Input: Sendable {
    case table(TableEncoding)
    /// Images of the model's input shape; of this class, where there were classes.
    case images(normalClass: String?)
  }

  /// Above which score a sample is an alert, and how that was chosen.
  public struct Threshold: Sendable {
    public var rule: ThresholdRule
    public var value: Double
    /// The samples it was chosen on, in words.
    var chosenOn: String
    /// Why it is less sure than its rule says, in a sentence; not kept in files.
    var doubt: String?
  }

  /// The median of a score's logarithm among training samples, and how far above it a tenth of them lies.
  struct Standard: Sendable {
    var median: Double
    var spread: Double
    /// Added before the logarithm, so that a distance of zero has one.
    var offset: Double

    /// - Parameter scores: at least one; not negative.
    init(_ scores: [Double]) {
      let mean = scores.reduce(0, +) / Double(scores.count)
      let offset = max(mean * 1e-3, 1e-30)
      self.offset = offset
      let logarithms = scores.map { log($0 + offset) }.sorted()
      median = quantile(logarithms, 0.5)
      spread = max(quantile(logarithms, 0.9) - median, 1e-3)
    }

    init(median: Double, spread: Double, offset: Double) {
      (self.median, self.spread, self.offset) = (median, spread, offset)
    }

    func standardised(_ score: Double) -> Double { (log(score + offset) - median) / spread }

    /// That of scores which become those of this one when they are multiplied by `factor`, more than 0.
    func ofScores(times factor: Double) -> Standard {
      Standard(median: median - log(factor), spread: spread, offset: offset / factor)
    }

    /// One by which standardised scores are so many times as large; more than 0.
    func stretched(by factor: Double) -> Standard {
      Standard(median: median, spread: spread / factor, offset: offset)
    }
  }

  let input: Input
  public let model: TrainedModel
  let neighbourDistance: NeighbourDistance
  let residualDistance: ResidualDistance
  /// The mean square of each feature's residual among training samples.
  let residualSquares: [Float]
  var reconstructionStandard: Standard
  var neighbourStandard: Standard
  public var scoring: AnomalyScoring
  /// Of tables; nil of images, and of tables in older files.
  var tails: MarginalTails?
  var tailStandard = Standard([1])
  /// Of neighbours and tails, in combined scores.
  package internal(set) var combination = PartCombination.maximum
  /// The mean average precision of each on made anomalies, where it was chosen by them at the fit; empty of a detector that was read.
  var combinationPrecisions: [PartCombination: Double] = [:]
  /// Of combined scores with tails.
  var combinedStandard = CombinedStandard()
  public var threshold: Threshold
  /// The labels in the table it was fitted to, which are never a feature.
  package var labels: AnomalyLabels?
  /// Training samples.
  package let trainingCount: Int
  /// Of images: how they were brought into the model's shape.
  var fitting = PictureFitting()
  /// Of images: where their arrays have the channels, where somebody said so.
  package internal(set) var axes: ChannelAxis?
  /// Of tables: which rows of it are compared with, from 0; empty where that is not known.
  package internal(set) var referenceRows: [UInt32] = []
  /// The highest score of the rows that the threshold was chosen on, and not less than the threshold: a row that breaks a
  /// relation of the table lies above it.
  var highestOrdinary = 0.0
  /// The column of the table it was fitted to that names rows, which is never a feature.
  package var identifier: String?
}

// MARK: - Scores

/// How unlike the training samples some samples are.
public struct AnomalyScores: Sendable {
  /// Mahalanobis distances of the residuals, over the features.
  public var reconstruction: [Double] = []
  /// Distances to the nearest training samples: of a table the mean of those to the nearest ones in the space of encoded rows
  /// joined with whitened residuals; of images the distance of their edges to one of the nearest (in older files, of codes).
  public var neighbours: [Double] = []
  /// Of tables, the mean over their features of the negative logarithm of how rare cells are; empty of images.
  public var tails: [Double] = []
  /// What alerts go by, as the detector's `scoring` says: for `combined`, and the logarithms of the others, 0 is usual
  /// and a tenth of the training samples lies above 1.
  public var values: [Double] = []

  mutating func append(_ other: AnomalyScores) {
    reconstruction += other.reconstruction
    neighbours += other.neighbours
    tails += other.tails
    values += other.values
  }
}

extension AnomalyDetector {
  /// Samples that are worked on at once: what they need is small beside what they are compared with.
  static let rowsAtOnce = 8192
  /// And their numbers, so that wide samples take neither much memory nor long before they tell how far they are.
  private static let numbersAtOnce = 1 << 22

  /// Below so many a piece costs more than its samples.
  private static let fewestAtOnce = 256

  /// So many samples of a shape are worked on at once.
  static func samplesAtOnce(_ shape: Shape) -> Int {
    min(max(numbersAtOnce / max(shape.count, 1), 1), rowsAtOnce)
  }

  /// What the model makes of some samples.
  struct Pass {
    var scores: AnomalyScores
    /// Of shape `[features]`.
    var residuals: SampleArray
    var reconstructions: SampleArray
    var neighbours: NeighbourDistance.Measured
  }

  /// - Parameters:
  ///   - encoded: of the model's input shape.
  ///   - rows: which of them.
  func pass(_ encoded: EncodedRows, rows: [UInt32], machine: VectorMachine) throws -> Pass {
    let missing = encoded.missing.gathered(rows)
    let pass = try model.pass(over: encoded, rows: rows, missing: missing, threads: machine.team.count)
    let residuals = Self.residuals(pass, missing: missing)
    let (errors, neighbours) = try measured(pass, residuals: residuals, missing: missing, machine: machine)
    let distances = neighbours.distances
    if let bad = errors.indices.first(where: { !errors[$0].isFinite || !distances[$0].isFinite }) {
      throw HourglassError(
        .notFinite,
        "The score of sample \(rows[bad]) is not finite; look for extreme values in it, or fit the detector again."
      )
    }
    var scores = AnomalyScores(reconstruction: errors, neighbours: distances)
    if let tails { scores.tails = rows.indices.map { tails.rarity(neighbours.points.sample($0)) } }
    scores.values = values(scores)
    return Pass(
      scores: scores, residuals: residuals, reconstructions: pass.reconstruction, neighbours: neighbours)
  }

  /// Both parts of the scores of what the model made of some samples.
  func measured(
    _ pass: TrainedModel.Pass, residuals: SampleArray, missing: MissingCells, machine: VectorMachine
  ) throws -> (errors: [Double], neighbours: NeighbourDistance.Measured) {
    let (errors, points) = try residualDistance.measured(
      pass, residuals: residuals, missing: missing, in: neighbourDistance.space, machine: machine)
    return (errors, try neighbourDistance.measured(points, machine: machine))
  }

  /// The sample less its reconstruction, as vectors; 0 where a cell is missing.
  static func residuals(_ pass: TrainedModel.Pass, missing: MissingCells) -> SampleArray {
    let features = pass.shown.shape.count
    return SampleArray(trustedFloatCount: pass.shown.count, shape: [features]) { memory in
      for row in 0..<pass.shown.count {
        let start = row * features
        for (feature, pair) in zip(pass.shown.sample(row), pass.reconstruction.sample(row)).enumerated() {
          memory[start + feature] = pair.0 - pair.1
        }
        for feature in missing[row: row] { memory[start + Int(feature)] = 0 }
      }
    }
  }

  /// Images with numbers that mean what those of the fit meant, see `ValueReading`.
  ///
  /// - Parameter name: what the samples are called, such as their file.
  /// - Returns: also what a person should know of them.
  /// - Throws: `HourglassError` (badData) when the numbers cannot be meant; what the source throws.
  package func matched(
    _ samples: any SampleSource, named name: String
  ) throws(HourglassError) -> (samples: any SampleSource, note: String?) {
    // What rows of tables are encoded as has its own units.
    guard case .images = input else { return (samples, nil) }
    return try model.matched(samples, named: name)
  }

  /// The scores of some samples. The numbers of images are read as those of the fit: bytes as what they stood for there,
  /// whole floats up to 255 as bytes where those were bytes.
  ///
  /// - Parameters:
  ///   - samples: of the model's input shape.
  ///   - rows: which of them; all when nil.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Throws: `HourglassError`: usage when the shape is another or a row is not there, badData when numbers of images cannot
  ///   be meant, notFinite when a score is not finite.
  public func scores(
    _ samples: any SampleSource, rows: [UInt32]? = nil, threads: Int? = nil,
    progress: WorkProgress.Report = { _ in }
  ) throws -> AnomalyScores {
    try scores(samples, rows: rows, threads: threads, processes: nil, progress: progress)
  }

  /// As the public one.
  ///
  /// - Parameter processes: that share the work, each with the same samples.
  /// - Returns: the scores of all in the first process, of none in the others.
  func scores(
    _ samples: any SampleSource, rows: [UInt32]? = nil, threads: Int? = nil, processes: (any ProcessGroup)?,
    progress: WorkProgress.Report = { _ in }
  ) throws -> AnomalyScores {
    try Self.check(rows, of: samples.count)
    return try scores(
      EncodedRows(samples: matched(samples, named: "the samples").samples), rows: rows, threads: threads,
      processes: processes, progress: progress)
  }

  func scores(
    _ encoded: EncodedRows, rows: [UInt32]? = nil, threads: Int?, processes: (any ProcessGroup)? = nil,
    progress: WorkProgress.Report = { _ in }
  ) throws -> AnomalyScores {
    let machine = try VectorMachine(threads: threads)
    let rows = rows ?? (0..<UInt32(encoded.samples.count)).map { $0 }
    var scores = AnomalyScores()
    let atOnce = Self.samplesAtOnce(encoded.samples.shape)
    // Several processes need pieces enough for all.
    let size = processes.map { min(atOnce, max(Self.fewestAtOnce, rows.count / (8 * $0.count))) } ?? atOnce
    try processes.deal(rows.count, by: size) { part in
      try pass(encoded, rows: Array(rows[part]), machine: machine).scores
    } take: { part, some in
      scores.append(some)
      try progress(WorkProgress("scoring", done: part.upperBound, of: rows.count, "samples"))
    }
    return scores
  }
}

extension TrainedModel {
  /// How often missing cells are replaced by their reconstruction.
  static let fillingPasses = 10

  /// What the model makes of some rows. Their missing cells, which hold a linear expectation at first, are replaced by
  /// their reconstructions a few times, so that they agree with what the model knows of the others.
  ///
  /// - Parameter missing: what the chosen rows lack, in their order.
  func pass(over encoded: EncodedRows, rows: [UInt32], missing: MissingCells, threads: Int?) throws -> Pass {
    guard !missing.isEmpty else { return try pass(over: encoded.samples, indices: rows, threads: threads) }
    let features = encoded.samples.shape.count
    var numbers = try encoded.samples.array(rows).floats
    let places = rows.indices.filter { !missing[row: $0].isEmpty }
    for _ in 0..<Self.fillingPasses {
      let incomplete = SampleArray(
        trustedFloats: places.flatMap { numbers[$0 * features..<($0 + 1) * features] }, count: places.count,
        shape: encoded.samples.shape)
      let rebuilt = try pass(over: incomplete, threads: threads).reconstruction
      for (index, place) in places.enumerated() {
        let sample = rebuilt.sample(index)
        for feature in missing[row: place] { numbers[place * features + Int(feature)] = sample[Int(feature)] }
      }
    }
    return try pass(
      over: SampleArray(trustedFloats: numbers, count: rows.count, shape: encoded.samples.shape),
      threads: threads)
  }
}
