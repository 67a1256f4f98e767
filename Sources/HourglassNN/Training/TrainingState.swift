/// How a run is to go.
public struct TrainingPlan: Sendable, Hashable {
  public var epochs: Int
  public var batchSize: Int
  public var seed: UInt64
  public var optimizer: Optimizer
  public var earlyStopping: EarlyStopping?
  /// Parts of a batch whose sums are put together, 1 to 1,024, of which several processes each take whole ones; nil goes by the sizes of
  /// batch and model.
  public var shards: Int?

  package init(
    epochs: Int, batchSize: Int, seed: UInt64, optimizer: Optimizer, earlyStopping: EarlyStopping? = nil,
    shards: Int? = nil
  ) {
    self.shards = shards
    self.epochs = epochs
    self.batchSize = batchSize
    self.seed = seed
    self.optimizer = optimizer
    self.earlyStopping = earlyStopping
  }
}

/// Ends a run when the validation loss stops falling, and goes back to the best weights.
public struct EarlyStopping: Sendable, Hashable {
  /// Epochs without improvement before the run ends.
  public var patience: Int
  /// A smaller fall does not count.
  public var minimumDelta: Double

  public init(patience: Int, minimumDelta: Double = 0) {
    self.patience = patience
    self.minimumDelta = minimumDelta
  }
}

/// One row of a run's history.
public struct EpochRecord: Sendable, Codable, Hashable {
  /// From 1.
  public var epoch: Int
  /// Mean over the epoch's batches, while the weights changed.
  public var trainLoss: Double
  /// nil without validation data.
  public var validationLoss: Double?
  public var learningRate: Double
  /// Training alone, without validation.
  public var seconds: Double

  package init(
    epoch: Int, trainLoss: Double, validationLoss: Double?, learningRate: Double, seconds: Double
  ) {
    self.epoch = epoch
    self.trainLoss = trainLoss
    self.validationLoss = validationLoss
    self.learningRate = learningRate
    self.seconds = seconds
  }
}

/// Where a run stands: everything beside the parameters that the next step depends on.
package struct TrainingState: Sendable, Codable, Hashable {
  /// Epochs finished.
  package var epoch = 0
  /// Batches of the current epoch already done.
  package var batch = 0
  /// Updates made.
  package var updates = 0
  /// Of the current epoch so far.
  package var lossSum = 0.0
  package var lossSamples = 0
  package var epochSeconds = 0.0
  package var history: [EpochRecord] = []
  /// Of the learning rate, by plateaus.
  package var plateauFactor = 1.0
  var plateauBest: Double?
  package var plateauWait = 0
  var bestLoss: Double?
  package var bestEpoch = 0
  package var isFinished = false

  package init() {}

  /// Seconds of training alone.
  package var seconds: Double { history.map(\.seconds).reduce(epochSeconds, +) }
}

/// What a trainer tells while it works.
public enum TrainingEvent: Sendable {
  /// After a batch.
  case batch(BatchProgress)
  /// After a batch of pretraining, with the pair of layers that is trained, from 1, and how many there are.
  case pretraining(BatchProgress, pair: Int, of: Int)
  /// After an epoch and its validation.
  case epoch(EpochRecord)
  /// The learning rate was multiplied after a plateau.
  case learningRateReduced(to: Double)
  /// The run has ended; the weights are those after epoch `bestEpoch`, not the last one.
  case restored(bestEpoch: Int)
}

public struct BatchProgress: Sendable {
  /// From 1.
  public var epoch: Int
  public var epochs: Int
  public var samplesDone: Int
  public var samples: Int
  /// Mean over the epoch so far.
  public var loss: Double
  /// Samples a second in this epoch so far.
  public var samplesPerSecond: Double
}
