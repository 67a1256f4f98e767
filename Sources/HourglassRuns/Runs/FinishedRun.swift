import HourglassBase
import HourglassModels
import HourglassNN

/// What a run came to, for those who show it.
public struct FinishedRun: Sendable {
  public let recipe: Recipe
  public let result: RunResult
  public let history: [EpochRecord]
  public let folder: RunFolder
  public let trained: TrainedModel
  /// What the model was measured on, and which samples of it.
  package let data: any SampleSource
  package let samples: [UInt32]
}
