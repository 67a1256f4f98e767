import ArgumentParser
import Hourglass

/// The options that change a recipe.
struct RecipeOptions: ParsableArguments {
  /// Of recipes.
  static let batchSizes = 1...65_536

  @OptionGroup var source: RecipeArgument

  @OptionGroup var data: DataSourceOptions<OtherData>

  @OptionGroup var epochs: EpochOptions

  @Option(help: "Samples between two updates of the weights; as many as the recipe says if not given.")
  var batchSize: Int?

  @OptionGroup var seed: SeedOptions<RecipeSeed>

  @OptionGroup var limit: LimitOptions

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change a setting of the recipe, such as optimizer.adam.learning_rate=0.01; may be repeated.",
      valueName: "key=value"))
  var overrides: [String] = []

  func validate() throws {
    try require(batchSize, in: Self.batchSizes, option: "--batch-size")
    for override in overrides {
      try require(
        override.utf8.dropFirst().contains(UInt8(ascii: "=")),
        "--set \(override) has no \(override.begins(with: "=") ? "key" : "\"=\""); write KEY=VALUE, such as epochs=5."
      )
    }
  }

  /// Whether an option says how many epochs; otherwise the recipe does.
  var saysEpochs: Bool { epochs.count != nil || overrides.contains { $0.begins(with: "epochs=") } }

  func load() throws -> Recipe {
    var all = overrides
    if let epochs = epochs.count { all.append("epochs=\(epochs)") }
    if let batchSize { all.append("batch_size=\(batchSize)") }
    if let seed = seed.given { all.append("seed=\(seed)") }
    if let limit = limit.count { all.append("limit=\(limit)") }
    var recipe = try source.load(overrides: all)
    recipe.data.take(data.choice)
    return recipe
  }
}

extension Recipe {
  /// The recipe's data, and the recipe as it fits them, see `loadData(adapts:progress:)`.
  ///
  /// - Parameter adapts: whether other pictures than the recipe was made for are made to fit it.
  func loadDataHeedingSignals(adapts: Bool) async throws -> (recipe: Recipe, data: DataSet) {
    let (recipe, data) = try await Interruption.cancels("no data were loaded") {
      try await loadData(adapts: adapts, progress: ProgressBar().show)
    }
    return (recipe, data.tellingNotes())
  }
}

extension DataDescription {
  /// `load`, with a bar while data are downloaded or read and notes of what was guessed or left out; Ctrl-C ends a download
  /// without a trace.
  func loadHeedingSignals(for shape: Shape? = nil, seed: UInt64 = 1) async throws -> DataSet {
    do {
      return try await Interruption.cancels("no data were loaded") {
        try await load(for: shape, seed: seed, progress: ProgressBar().show)
      }.tellingNotes()
    } catch let error as HourglassError {
      // Who mends the pictures that are read should know of the files that are not.
      if error.code == .badData, patches == nil, [.folder, .images].contains(source.kind) {
        for note in (try? ImageFolderDataSet.leftOutNotes(of: source.text)) ?? [] { Terminal.note(note) }
      }
      throw error
    }
  }

  /// The same for data that the fitting was not made for: what is in a file and cannot be fitted, since it is no images of
  /// bytes, stays as it is.
  func loadOthersHeedingSignals(for shape: Shape? = nil, seed: UInt64 = 1) async throws -> DataSet {
    guard source.kind == .file, !fitting.isEmpty else {
      return try await loadHeedingSignals(for: shape, seed: seed)
    }
    var plain = self
    plain.fitting = PictureFitting()
    let set = try await plain.loadHeedingSignals(for: shape, seed: seed)
    return set.canBeFitted ? try set.fitted(fitting) : set
  }
}
