import HourglassBase
import HourglassFiles

/// What a finished run comes to: the last line of `hourglass train --json`, and `result.json`.
public struct RunResult: Codable, Sendable {
  var recipe: String
  package var parameters: Int
  public var epochs: Int
  /// Training alone.
  public var seconds: Double
  package var samplesPerSecond: Double
  /// From the start of the process to the end of the first epoch; nil for a run that was resumed after it.
  package var secondsToFirstEpoch: Double?
  /// After the last epoch, or the one whose weights early stopping kept.
  public var trainLoss: Double
  /// Of the same epoch.
  public var validationLoss: Double?
  /// On the validation samples: `mse`, `psnr` (dB), `ssim`, and `psnr_shown` (`mse_shown` of samples that are no
  /// images) where the model sees a corrupted copy.
  public var metrics: [String: Double]
  public var weightsSHA256: String
  package var run: String
  package var seed: UInt64
  package var threads: Int
  package var instructionSet: String
  /// The version of the program that trained it; nil of older runs, which do not say.
  package var program: String?
  package var trainingSamples: Int
  package var validationSamples: Int
  /// What a person should know beside the numbers, one sentence each.
  public var notes: [String]

  package init(
    recipe: String, parameters: Int, epochs: Int, seconds: Double, samplesPerSecond: Double,
    secondsToFirstEpoch: Double?, trainLoss: Double, validationLoss: Double?, metrics: [String: Double],
    weightsSHA256: String, run: String, seed: UInt64, threads: Int, instructionSet: String,
    program: String? = nil,
    trainingSamples: Int, validationSamples: Int, notes: [String] = []
  ) {
    self.recipe = recipe
    self.parameters = parameters
    self.epochs = epochs
    self.seconds = seconds
    self.samplesPerSecond = samplesPerSecond
    self.secondsToFirstEpoch = secondsToFirstEpoch
    self.trainLoss = trainLoss
    self.validationLoss = validationLoss
    self.metrics = metrics
    self.weightsSHA256 = weightsSHA256
    self.run = run
    self.seed = seed
    self.threads = threads
    self.instructionSet = instructionSet
    self.program = program
    self.trainingSamples = trainingSamples
    self.validationSamples = validationSamples
    self.notes = notes
  }

  enum CodingKeys: String, CodingKey {
    case recipe, parameters, epochs, seconds, metrics, run, seed, threads, notes, program
    case samplesPerSecond = "samples_per_second"
    case secondsToFirstEpoch = "seconds_to_first_epoch"
    case trainLoss = "train_loss"
    case validationLoss = "validation_loss"
    case weightsSHA256 = "weights_sha256"
    case instructionSet = "instruction_set"
    case trainingSamples = "training_samples"
    case validationSamples = "validation_samples"
  }

  /// One line of JSON.
  public func json() throws -> String { try jsonLine() }

  /// What a finished run came to; nil where that is not written yet.
  ///
  /// - Throws: `HourglassError`: badData when the file is damaged, environment when it cannot be read.
  package static func read(_ folder: RunFolder) throws -> RunResult? {
    try read(
      json: folder.result, limit: 1 << 20,
      remedy: .text("delete it and resume the run, which evaluates the model again"))
  }
}
