import HourglassBase
import HourglassData
import HourglassDetection
import HourglassFiles
import HourglassNN

extension RunSummary {
  /// Reads a folder's run. Nothing there is changed, nor is a run disturbed that a process is working on.
  ///
  /// - Parameter names: of all that lies in the folder.
  /// - Returns: nil for a folder that holds no run. What is damaged or cannot be read is in the summary, not thrown.
  package static func read(_ path: String, names: Set<String>) -> RunSummary? {
    let traces: Set = ["checkpoint", "history.csv", "model.safetensors", "result.json"]
    if names.contains("recipe.yaml") {
      return names.isDisjoint(with: traces) ? nil : training(RunFolder(path))
    }
    // Beside its result a detector has a model, which is written last, and its figures from the beginning.
    guard names.contains("figures") || names.contains("model.safetensors"),
      names.contains("result.json") || names.contains(".lock")
    else { return nil }
    return detection(DetectionFolder(path))
  }

  /// Does a part of the reading; what it throws makes the run a damaged one.
  private mutating func attempt(_ body: (inout RunSummary) throws -> Void) {
    do {
      try body(&self)
    } catch {
      state = .damaged
      complaint = complaint ?? (error as? HourglassError)?.message ?? error.localizedDescription
    }
  }

  // MARK: - Training

  private static func training(_ folder: RunFolder) -> RunSummary {
    var run = RunSummary(folder.path, .training)
    run.attempt { run in
      run.changed = try [folder.recipe, folder.checkpoint, folder.history, folder.model, folder.result]
        .compactMap { try FileEntry.modificationTime($0) }.max()
    }
    run.attempt { try $0.take(YAML.parse(RecipeCatalogue.written(folder.recipe), source: folder.recipe)) }
    run.attempt { run in
      if let result = try RunResult.read(folder) {
        run.take(result)
        if run.state != .damaged { run.state = .finished }
        return
      }
      if run.state != .damaged, try FileLock.isHeld(folder.lock) { run.state = .running }
      if let state = try Checkpoint.manifest(folder)?.state { run.take(state) }
    }
    return run
  }

  /// The settings as they stand there: kinds of layers that this program does not know do not matter here.
  private mutating func take(_ recipe: SettingValue) {
    settings = recipe.flattened
    func text(_ key: String) -> String? {
      guard case .string(let text)? = settings.first(where: { $0.key == key })?.value else { return nil }
      return text
    }
    self.recipe = text("name")
    data = text("data") ?? DataSource.Kind.allCases.compactMap { text("data.\($0.rawValue)") }.first
    plannedEpochs = whole("epochs")
    seed = whole("seed")
  }

  private func whole(_ key: String) -> Int? {
    guard case .number(let value)? = settings.first(where: { $0.key == key })?.value else { return nil }
    return Int(exactly: value)
  }

  private mutating func take(_ result: RunResult) {
    recipe = recipe ?? result.recipe
    epochs = result.epochs
    trainLoss = result.trainLoss
    validationLoss = result.validationLoss
    metrics = result.metrics
    seconds = result.seconds
    samplesPerSecond = result.samplesPerSecond
    parameters = result.parameters
    seed = Int(exactly: result.seed) ?? seed
    digest = result.weightsSHA256
  }

  private mutating func take(_ state: TrainingState) {
    epochs = state.epoch
    trainLoss = state.history.last?.trainLoss
    validationLoss = state.history.last?.validationLoss
    seconds = state.seconds
  }

  // MARK: - Detection

  private static func detection(_ folder: DetectionFolder) -> RunSummary? {
    var run = RunSummary(folder.path, .detection)
    var isRun = false
    run.attempt { run in
      let isHeld = try FileLock.isHeld(folder.lock)
      isRun = isHeld
      run.changed = try [folder.result, folder.model].compactMap { try FileEntry.modificationTime($0) }.max()
      let hasModel = try FileEntry.exists(folder.model)
      if let result = try DetectionResult.read(folder) {
        run.take(result)
        isRun = true
        if hasModel { run.state = .finished }
      }
      if isHeld { run.state = .running }
    }
    return isRun || run.state == .damaged ? run : nil
  }

  private mutating func take(_ result: DetectionResult) {
    data = result.data
    epochs = result.epochs
    metrics = result.metrics
    seconds = result.seconds
    parameters = result.parameters
    seed = Int(exactly: result.seed)
    digest = result.weightsSHA256
  }
}
