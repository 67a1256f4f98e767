import HourglassBase

/// What there is to say of one run, as far as the files in its folder tell.
package struct RunSummary: Sendable {
  package enum Kind: String, Sendable, Encodable {
    /// Of `hourglass train`.
    case training
    /// Of `hourglass detect fit`.
    case detection
  }

  package enum State: String, Sendable, Encodable {
    case finished
    /// A process is working in the folder.
    case running
    /// Begun and not finished; training goes on from its checkpoint.
    case brokenOff = "broken off"
    /// A file holds what no run writes, or cannot be read.
    case damaged
  }

  package var path: String
  package var kind: Kind
  package var state: State
  /// What is damaged, in a sentence.
  package var complaint: String?
  /// The recipe's name.
  package var recipe: String?
  /// The name or the place of the data.
  package var data: String?
  /// Done.
  package var epochs: Int?
  /// That the recipe asks for.
  package var plannedEpochs: Int?
  /// Of the weights that are kept, in an unfinished run those after the last epoch.
  package var trainLoss: Double?
  package var validationLoss: Double?
  package var metrics: [String: Double] = [:]
  /// Of training, or of fitting a detector.
  package var seconds: Double?
  package var samplesPerSecond: Double?
  package var parameters: Int?
  package var seed: Int?
  /// SHA-256 of the weights.
  package var digest: String?
  /// When the newest of its files was written, in seconds since 1970.
  package var changed: Int?
  /// The recipe's settings by their paths, such as `optimizer.adam.learning_rate`.
  package var settings: [Setting] = []

  init(_ path: String, _ kind: Kind) {
    self.path = path
    self.kind = kind
    state = .brokenOff
  }

  /// The paths of all settings that any of the runs has, in the order of their recipes.
  package static func settings(of runs: [RunSummary]) -> [String] {
    NamePlaces(distinct: runs.flatMap(\.settings).map(\.key)).names
  }
}

extension RunSummary: Encodable {
  /// The settings stand in the recipe.
  enum CodingKeys: String, CodingKey {
    case kind, state, complaint, recipe, data, epochs, metrics, seconds, parameters, seed, changed
    case path = "run"
    case plannedEpochs = "planned_epochs"
    case trainLoss = "train_loss"
    case validationLoss = "validation_loss"
    case samplesPerSecond = "samples_per_second"
    case digest = "weights_sha256"
  }
}
