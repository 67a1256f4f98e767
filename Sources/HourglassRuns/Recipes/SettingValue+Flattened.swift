import HourglassBase

extension SettingValue {
  /// Every number and text with its path, such as `optimizer.adam.learning_rate`.
  package var flattened: [Setting] {
    switch self {
    case .map(let settings):
      settings.flatMap { setting in
        setting.value.flattened.map { Setting(Self.path(setting.key, $0.key), $0.value) }
      }
    case .list(let values):
      values.enumerated().flatMap { index, value in
        value.flattened.map { Setting(Self.path(String(index), $0.key), $0.value) }
      }
    case .null, .bool, .number, .string:
      [Setting("", self)]
    }
  }

  private static func path(_ outer: String, _ inner: String) -> String {
    inner.isEmpty ? outer : "\(outer).\(inner)"
  }
}
