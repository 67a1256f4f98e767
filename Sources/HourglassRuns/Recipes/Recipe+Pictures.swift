import HourglassBase
import HourglassData
import HourglassModels

extension Recipe {
  /// Loads the recipe's data, which may be others than it was made for.
  ///
  /// - Parameter adapts: whether pictures in a folder that do not fit the model are made to fit: all are scaled to its size where
  ///   the recipe says nothing of sizes, and coloured ones give a model of grey pictures three channels, or become grey where
  ///   its layers do not allow that. The data's `notes` tell it.
  /// - Returns: the recipe that says what was done, and the data.
  /// - Throws: as `DataDescription.load`.
  package func loadData(
    adapts: Bool, progress: WorkProgress.Notice? = nil
  ) async throws -> (recipe: Recipe, data: DataSet) {
    let coloured = adapts ? withChannels(3) : nil
    let set = try await data.load(
      for: model.inputShape, seed: plan.seed,
      adaptation: adapts ? PictureAdaptation(admitsColours: coloured != nil) : nil, progress: progress)
    guard let fitting = set.adaptedFitting else { return (self, set) }
    var recipe = set.training.shape[0] == model.inputShape[0] ? self : coloured ?? self
    recipe.data.fitting = fitting
    return (recipe, set)
  }

  /// The same recipe for pictures of so many channels: its input is another, and in the decoder those layers that give the
  /// reconstruction its shape; nil where these are not the last.
  package func withChannels(_ channels: Int) -> Recipe? {
    let old = model.inputShape
    guard model.input.isPicture else { return nil }
    let new: Shape = [channels, old[1], old[2]]
    guard case .map(var settings) = value, let place = settings.firstIndex(where: { $0.key == "model" }),
      case .map(var model) = settings[place].value,
      let input = model.firstIndex(where: { $0.key == "input" }),
      let end = model.firstIndex(where: { $0.key == "decoder" }), case .list(let layers) = model[end].value,
      let decoder = Self.decoder(layers, from: old, to: new)
    else { return nil }
    model[input].value = .numbers(new.dimensions)
    model[end].value = .list(decoder)
    settings[place].value = .map(model)
    return try? Recipe(.map(settings))
  }

  private static func decoder(_ layers: [SettingValue], from old: Shape, to new: Shape) -> [SettingValue]? {
    var layers = layers
    for index in layers.indices.reversed() {
      // A layer without settings keeps its input's number of channels.
      guard case .map(let named) = layers[index] else { continue }
      guard named.count == 1, case .map(var settings) = named[0].value else { return nil }
      var isMaker = false
      for (place, setting) in settings.enumerated() {
        switch setting.key {
        case "shape" where setting.value == .numbers(old.dimensions):
          settings[place].value = .numbers(new.dimensions)
        case "units" where setting.value == .number(Double(old.count)):
          settings[place].value = .number(Double(new.count))
          isMaker = true
        case "filters" where setting.value == .number(Double(old[0])):
          settings[place].value = .number(Double(new[0]))
          isMaker = true
        case "units", "filters": return nil
        default: break
        }
      }
      layers[index] = .map([Setting(named[0].key, .map(settings))])
      if isMaker { return layers }
    }
    return nil
  }
}

extension SettingValue {
  fileprivate static func numbers(_ numbers: [Int]) -> SettingValue {
    .list(numbers.map { .number(Double($0)) })
  }
}
