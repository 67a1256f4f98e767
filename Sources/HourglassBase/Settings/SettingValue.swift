/// A value of a recipe or of a model's description: what YAML and JSON have in common.
public indirect enum SettingValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case list([SettingValue])
  case map([Setting])

  /// As a person would write it, for messages.
  package var text: String {
    switch self {
    case .null: "nothing"
    case .bool(let value): value ? "true" : "false"
    case .number(let value): numberText(value)
    case .string(let value): "\"\(value)\""
    case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .map(let settings):
      "{" + settings.map { "\($0.key): \($0.value.text)" }.joined(separator: ", ") + "}"
    }
  }
}

extension SettingValue {
  /// The text, cut where it would drown a message.
  package var shortText: String { shortened(text) }
}

/// One key of a map with its value; maps keep their order.
public struct Setting: Sendable, Equatable {
  public var key: String
  public var value: SettingValue

  public init(_ key: String, _ value: SettingValue) {
    self.key = key
    self.value = value
  }

  public init(_ key: String, _ value: Int) { self.init(key, .number(Double(value))) }
  public init(_ key: String, _ value: Double) { self.init(key, .number(value)) }
  public init(_ key: String, _ value: String) { self.init(key, .string(value)) }
  public init(_ key: String, _ value: Bool) { self.init(key, .bool(value)) }
}
