import HourglassBase
import HourglassModels
import HourglassNN

/// How a detector is made; the defaults are those that held up best over the tables in the documentation.
public struct DetectorOptions: Sendable {
  /// Of fewer than 25 training samples `combined` is the reconstruction alone: distances to so few say too little.
  public var scoring = AnomalyScoring.combined
  public var threshold = ThresholdRule.percentile(99)
  /// Of the columns of numbers.
  public var scaling = ColumnScaling.automatic
  /// Columns that are not used.
  public var ignoring: Set<String> = []
  /// Numbers of the code; half the encoded numbers of a row, or 64 for images, when nil.
  public var code: Int?
  /// Units of the layers before and after the code; chosen by the input's size when nil.
  public var hidden: Int?
  /// Passes over the training samples; when nil, as many as make 2,000 steps, for large data 4,000.
  public var epochs: Int?
  public var learningRate = 0.003
  /// The standard deviation of the noise that training adds, in units of a column's own deviation.
  public var noise = 0.1
  /// Of tables: over how many of the nearest training rows the distance is a mean; when nil 5, or a fiftieth of them up to 100
  /// where anomalies are to be expected among them. Of images: which of the nearest
  /// counts; when nil, the second where known anomalies were left out of training, else the tenth, since anomalies in
  /// training may lie together.
  public var neighbours: Int?
  /// Training samples that are kept to compare others with; drawn at random where there are more.
  public var referenceLimit = 10_000
  /// How the parts of a combined score of a row go together; chosen when nil.
  var combination: PartCombination?
  public var seed: UInt64
  /// Workers; all cores when nil. The result does not depend on it.
  public var threads: Int?

  public init(seed: UInt64) { self.seed = seed }

  /// What the settings may be.
  package enum Limits {
    /// Of a layer.
    package static let units = 1...65_536
    package static let epochs = 1...1_000_000
    package static let neighbours = 1...1000
    /// Of a table; a sample of fewer rows says too little.
    package static let rowsInMemory = 2000...Int(UInt32.max)
  }

  /// - Throws: `HourglassError` (usage) for a setting out of range.
  func check() throws(HourglassError) {
    func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws(HourglassError) {
      if let value, !range.contains(value) {
        throw HourglassError(
          .usage,
          "The detector's setting \(name) is \(value), but must be from \(range.lowerBound) to "
            + "\(grouped(range.upperBound)); choose another number.")
      }
    }
    try check("code", code, Limits.units)
    try check("hidden", hidden, Limits.units)
    try check("epochs", epochs, Limits.epochs)
    try check("neighbours", neighbours, Limits.neighbours)
    try check("referenceLimit", referenceLimit, 1...10_000_000)
    try check("threads", threads, 1...1024)
  }

  /// The autoencoder for rows of a table.
  func tableModel(features: Int) throws(HourglassError) -> Autoencoder {
    let code = code ?? max(2, min(features - 1, (features + 1) / 2, 128))
    let hidden = hidden ?? min(max(2 * features, 16), features > 512 ? 512 : 128)
    return try Autoencoder(
      inputShape: [features],
      encoder: [Dense(hidden, activation: .tanh), Dense(max(code, 1))],
      decoder: [Dense(hidden, activation: .tanh), Dense(features)])
  }

  /// The autoencoder for images.
  func imageModel(_ shape: Shape) throws(HourglassError) -> Autoencoder {
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    let code = code ?? min(64, max(shape.count / 8, 2))
    guard height.isMultiple(of: 4), width.isMultiple(of: 4), height >= 16, width >= 16 else {
      let hidden = hidden ?? min(max(shape.count / 2, 16), 512)
      return try Autoencoder(
        inputShape: shape,
        encoder: [Flatten(), Dense(hidden, activation: .relu), Dense(code)],
        decoder: [Dense(hidden, activation: .relu), Dense(shape.count, activation: .sigmoid), Reshape(shape)])
    }
    let filters = hidden ?? 16
    let (rows, columns) = (height / 4, width / 4)
    return try Autoencoder(
      inputShape: shape,
      encoder: [
        Conv2D(filters, kernel: 3, stride: 2, activation: .relu),
        Conv2D(2 * filters, kernel: 3, stride: 2, activation: .relu), Flatten(), Dense(code),
      ],
      decoder: [
        Dense(2 * filters * rows * columns, activation: .relu), Reshape([2 * filters, rows, columns]),
        Conv2DTranspose(filters, kernel: 3, stride: 2, activation: .relu),
        Conv2DTranspose(channels, kernel: 3, stride: 2, activation: .sigmoid),
      ])
  }

  /// How the model is trained.
  func plan(samples: Int, isImage: Bool) -> TrainingPlan {
    let batch = samples > 20_000 ? 256 : 64
    let stepsOfEpoch = (samples + batch - 1) / batch
    let steps = samples > 20_000 ? 4000 : 2000
    let epochs = epochs ?? max((steps + stepsOfEpoch - 1) / stepsOfEpoch, 1)
    var optimizer = Optimizer.adam(learningRate: isImage ? learningRate / 2 : learningRate)
    optimizer.schedule = LearningRateSchedule(.cosine(final: 0.02))
    return TrainingPlan(
      epochs: epochs, batchSize: batch, seed: seed, optimizer: optimizer, earlyStopping: nil)
  }
}
