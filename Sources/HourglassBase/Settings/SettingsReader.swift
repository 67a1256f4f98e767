/// Reads a map key by key and complains in one sentence that names the place, the value and the remedy. What may stand
/// under a key is said by `Fields`. `finish` refuses keys that nobody asked for.
package final class SettingsReader {
  /// Where the map stands, such as `model.encoder[0].conv2d`.
  package let path: String
  /// What names of layers, losses and the like are looked up in.
  package let catalogue: Catalogue
  private let settings: [Setting]
  private var known: [String] = []
  /// The key that may be left out, and so out of messages too.
  private let bareKey: String?

  /// - Parameters:
  ///   - value: a map, or null for an empty one.
  ///   - bare: the setting whose value may stand there instead of a map.
  package init(
    _ value: SettingValue, path: String, catalogue: Catalogue = .standard, bare: BareSetting? = nil
  ) throws(HourglassError) {
    self.path = path
    self.catalogue = catalogue
    bareKey = bare?.name
    switch bare?.named(value) ?? value {
    case .map(let settings): self.settings = settings
    case .null: settings = []
    case .bool, .number, .string, .list:
      throw HourglassError(.usage, "\(path) is \(value.shortText), but must be a map of settings.")
    }
  }

  package func place(_ key: String) -> SettingPlace {
    SettingPlace(path: path.isEmpty ? key : key == bareKey ? path : "\(path).\(key)", catalogue: catalogue)
  }

  /// Says that these keys may stand here, so that `finish` can be called before they are read.
  func expect(_ keys: [String]) { known += keys.filter { !known.contains($0) } }

  /// The value as it stands; nil when missing or null.
  package func value(_ key: String) -> SettingValue? {
    expect([key])
    guard let value = settings.first(where: { $0.key == key })?.value, value != .null else { return nil }
    return value
  }

  func required(_ key: String) throws(HourglassError) -> SettingValue {
    guard let value = value(key) else {
      try checkIsNotMistyped(key)
      throw HourglassError(.usage, "\(path.isEmpty ? "The recipe" : path) lacks the setting \"\(key)\".")
    }
    return value
  }

  /// Refuses an unknown key that was probably meant for a missing one: it says more than that something is missing.
  ///
  /// - Parameter key: the missing one.
  func checkIsNotMistyped(_ key: String) throws(HourglassError) {
    for setting in settings
    where !known.contains(setting.key) && nearestName(to: setting.key, among: known) == key {
      throw unknown(setting)
    }
  }

  /// Refuses the first key that was never asked for.
  package func finish() throws(HourglassError) {
    for setting in settings where !known.contains(setting.key) { throw unknown(setting) }
    for (index, setting) in settings.enumerated()
    where settings[..<index].contains(where: { $0.key == setting.key }) {
      throw HourglassError(.usage, "\(place(setting.key)) is given twice; keep one.")
    }
  }

  private func unknown(_ setting: Setting) -> HourglassError {
    HourglassError(
      .usage,
      "\(path.isEmpty ? "The recipe" : path) has an unknown setting \"\(shortened(setting.key))\""
        + suggestion(setting.key, among: known))
  }
}

extension SettingValue {
  /// A choice with settings of its own, `name: {...}`, or a bare name.
  ///
  /// - Parameters:
  ///   - what: what is chosen, such as `layer`.
  ///   - example: one as it is written, for the sentence about anything else.
  func nameAndSettings(
    of what: String, like example: String, path: String
  ) throws(HourglassError) -> (name: String, settings: SettingValue) {
    switch self {
    case .string(let text): return (text, .null)
    case .map(let entries) where entries.count == 1: return (entries[0].key, entries[0].value)
    case .null, .bool, .number, .list, .map:
      throw HourglassError(
        .usage, "\(path) is \(shortText), but must be one \(what), such as \"\(example)\".")
    }
  }
}

/// The end of a sentence about a name that nothing has: the nearest one, or all of them.
package func suggestion(_ name: String, among names: [String]) -> String {
  if let nearest = nearestName(to: name, among: names) { return "; did you mean \"\(nearest)\"?" }
  return "; known are: \(names.joined(separator: ", "))."
}

/// - Parameter what: what the name is for, such as `loss`.
package func unknownName(_ name: String, what: String, among names: [String]) -> HourglassError {
  HourglassError(
    .usage, "\(what) is \"\(shortened(name))\", which is unknown" + suggestion(name, among: names))
}
