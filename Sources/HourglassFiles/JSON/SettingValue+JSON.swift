import HourglassBase

extension SettingValue {
  /// As JSON, for a model file's metadata.
  package var json: JSONValue {
    get throws {
      switch self {
      case .null: .null
      case .bool(let value): .bool(value)
      case .number(let value): try Int(exactly: value).map(JSONValue.int) ?? .double(value)
      case .string(let value): .string(value)
      case .list(let values): .array(try values.map { try $0.json })
      case .map(let settings): .object(try settings.map { JSONMember($0.key, try $0.value.json) })
      }
    }
  }

  package init(_ json: JSONValue, source: String) throws(HourglassError) {
    switch json {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .string(let value): self = .string(value)
    case .number:
      guard let number = json.doubleValue else {
        throw HourglassError(.badData, "\(source) has a number out of range; train the model again.")
      }
      self = .number(number)
    case .array(let values):
      var list: [SettingValue] = []
      for value in values { list.append(try SettingValue(value, source: source)) }
      self = .list(list)
    case .object(let members):
      var settings: [Setting] = []
      for member in members {
        settings.append(Setting(member.key, try SettingValue(member.value, source: source)))
      }
      self = .map(settings)
    }
  }
}
