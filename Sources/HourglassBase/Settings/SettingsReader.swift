/// Reads a map key by key, with limits, and complains in one sentence that names the place, the value and the
/// remedy. `finish` refuses keys that nobody asked for.
public final class SettingsReader {
  /// Where the map stands, such as `model.encoder[0].conv2d`.
  public let path: String
  private let settings: [Setting]
  private var known: [String] = []

  /// - Parameter value: a map, or null for an empty one.
  public init(_ value: SettingValue, path: String) throws(HourglassError) {
    self.path = path
    switch value {
    case .map(let settings): self.settings = settings
    case .null: settings = []
    case .bool, .number, .string, .list:
      throw HourglassError(.usage, "\(path) is \(value.shortText), but must be a map of settings.")
    }
  }

  private func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private func error(_ key: String, _ value: SettingValue, _ expected: String) -> HourglassError {
    HourglassError(.usage, "\(place(key)) is \(value.shortText), but must be \(expected).")
  }

  /// The value as it stands; nil when missing or null.
  public func value(_ key: String) -> SettingValue? {
    known.append(key)
    guard let value = settings.first(where: { $0.key == key })?.value, value != .null else { return nil }
    return value
  }

  public func required(_ key: String) throws(HourglassError) -> SettingValue {
    guard let value = value(key) else {
      throw HourglassError(.usage, "\(path.isEmpty ? "The recipe" : path) lacks the setting \"\(key)\".")
    }
    return value
  }

  public func double(
    _ key: String, in range: ClosedRange<Double>, default fallback: Double? = nil
  ) throws(HourglassError) -> Double {
    guard let value = try optional(key, fallback) else { return fallback ?? 0 }
    guard case .number(let number) = value, range.contains(number) else {
      throw error(
        key, value, "a number from \(numberText(range.lowerBound)) to \(numberText(range.upperBound))")
    }
    return number
  }

  public func int(
    _ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil
  ) throws(HourglassError) -> Int {
    guard let value = try optional(key, fallback) else { return fallback ?? 0 }
    guard case .number(let number) = value, let whole = Int(exactly: number), range.contains(whole) else {
      throw error(key, value, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return whole
  }

  /// One whole number for both axes, or a list of two: rows, columns.
  public func pair(
    _ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil
  ) throws(HourglassError) -> Pair {
    guard let value = try optional(key, fallback) else { return Pair(fallback ?? 0) }
    let numbers: [SettingValue]
    if case .list(let list) = value { numbers = list } else { numbers = [value, value] }
    let whole = numbers.compactMap { number -> Int? in
      if case .number(let number) = number { Int(exactly: number) } else { nil }
    }
    guard numbers.count == 2, whole.count == 2, whole.allSatisfy(range.contains) else {
      throw error(
        key, value, "a whole number from \(range.lowerBound) to \(range.upperBound), or two in a list")
    }
    return Pair(whole[0], whole[1])
  }

  public func bool(_ key: String, default fallback: Bool) throws(HourglassError) -> Bool {
    guard let value = value(key) else { return fallback }
    guard case .bool(let bool) = value else { throw error(key, value, "true or false") }
    return bool
  }

  public func string(_ key: String, default fallback: String? = nil) throws(HourglassError) -> String {
    guard let value = try optional(key, fallback) else { return fallback ?? "" }
    guard case .string(let text) = value else { throw error(key, value, "a text") }
    return text
  }

  /// One of the names of an enumeration, with a suggestion for a near miss.
  public func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _ type: Choice.Type, default fallback: Choice? = nil
  ) throws(HourglassError) -> Choice where Choice.RawValue == String {
    guard let value = try optional(key, fallback), case .string(let text) = value else {
      if let value = self.value(key) { throw error(key, value, "a name") }
      return fallback!
    }
    if let choice = Choice(rawValue: text) { return choice }
    throw unknownName(text, what: place(key), among: Choice.allCases.map(\.rawValue))
  }

  public func list(_ key: String) throws(HourglassError) -> [SettingValue] {
    let value = try required(key)
    guard case .list(let list) = value else { throw error(key, value, "a list") }
    return list
  }

  /// The map under `key`; an empty one when missing.
  public func reader(_ key: String) throws(HourglassError) -> SettingsReader {
    try SettingsReader(value(key) ?? .null, path: place(key))
  }

  private func optional(_ key: String, _ fallback: Any?) throws(HourglassError) -> SettingValue? {
    fallback == nil ? try required(key) : value(key)
  }

  /// Refuses the first key that was never asked for.
  public func finish() throws(HourglassError) {
    for setting in settings where !known.contains(setting.key) {
      let place = path.isEmpty ? "The recipe" : path
      throw HourglassError(
        .usage,
        "\(place) has an unknown setting \"\(shortened(setting.key))\""
          + suggestion(setting.key, among: known))
    }
    for (index, setting) in settings.enumerated()
    where settings[..<index].contains(where: { $0.key == setting.key }) {
      throw HourglassError(.usage, "\(place(setting.key)) is given twice; keep one.")
    }
  }
}

extension SettingValue {
  /// A choice with settings of its own, `name: {...}`, or a bare name.
  ///
  /// - Parameters:
  ///   - what: what is chosen, such as `layer`.
  ///   - example: one as it is written, for the sentence about anything else.
  public func nameAndSettings(
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

/// Rows and columns.
public struct Pair: Sendable, Hashable, ExpressibleByIntegerLiteral {
  public var rows: Int
  public var columns: Int

  public init(_ rows: Int, _ columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  public init(_ both: Int) { self.init(both, both) }
  public init(integerLiteral both: Int) { self.init(both) }

  /// One number where both are equal.
  package var setting: SettingValue {
    rows == columns ? .number(Double(rows)) : .list([.number(Double(rows)), .number(Double(columns))])
  }
}

/// The end of a sentence about a name that nothing has: the nearest one, or all of them.
public func suggestion(_ name: String, among names: [String]) -> String {
  if let nearest = nearestName(to: name, among: names) { return "; did you mean \"\(nearest)\"?" }
  return "; known are: \(names.joined(separator: ", "))."
}

/// - Parameter what: what the name is for, such as `loss`.
public func unknownName(_ name: String, what: String, among names: [String]) -> HourglassError {
  HourglassError(
    .usage, "\(what) is \"\(shortened(name))\", which is unknown" + suggestion(name, among: names))
}
