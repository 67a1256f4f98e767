/// All settings of a type, said once: from them come reading, limits, writing, the JSON Schema of recipes and the tables
/// in the documentation.
///
/// ```swift
/// public static let fields = Fields(Dropout(0.5)) {
///   Field("rate", \.rate, .number(0...0.999), "share of elements that become 0", .required)
/// }
/// ```
public struct Fields<Owner: Sendable>: Sendable {
  private let pattern: Owner
  let fields: [Field<Owner>]
  /// The setting that may stand for the whole map.
  let bare: BareSetting?

  /// - Parameters:
  ///   - pattern: a value whose properties are the defaults; required ones may be anything.
  ///   - bare: the setting whose value may stand for the whole map.
  public init(
    _ pattern: Owner, bare: BareSetting? = nil,
    @FieldBuilder<Owner> _ fields: () -> [Field<Owner>] = { [] }
  ) {
    self.pattern = pattern
    self.bare = bare
    self.fields = fields()
  }

  /// - Throws: `HourglassError` (usage): missing settings, values out of range.
  package func read(_ reader: SettingsReader) throws(HourglassError) -> Owner {
    for field in fields { reader.expect(field.names(reader.catalogue)) }
    var owner = pattern
    for field in fields { try field.read(reader, &owner) }
    return owner
  }

  /// What makes the owner again; optional settings that have their default are left out.
  package func settings(of owner: Owner) -> [Setting] { fields.flatMap { $0.write(owner, pattern) } }

  /// As a map, or as the value that stands for it.
  func value(of owner: Owner) -> SettingValue { value(of: settings(of: owner)) }

  /// The same for settings that are made already.
  func value(of settings: [Setting]) -> SettingValue {
    bare != nil && settings.count == 1 ? settings[0].value : .map(settings)
  }

  package func descriptions(_ catalogue: Catalogue) -> [SettingDescription] {
    fields.flatMap { $0.descriptions(pattern, catalogue) }
  }

  /// The types that an owner is made of besides its own.
  package func kinds(in owner: Owner) -> [any Configurable.Type] { fields.flatMap { $0.kinds(owner) } }
}

/// Lists fields.
@resultBuilder
public enum FieldBuilder<Owner: Sendable> {
  public static func buildExpression(_ field: Field<Owner>) -> [Field<Owner>] { [field] }
  public static func buildExpression(_ fields: [Field<Owner>]) -> [Field<Owner>] { fields }
  public static func buildBlock(_ parts: [Field<Owner>]...) -> [Field<Owner>] { parts.flatMap { $0 } }
}

/// A setting whose value may stand for the map that it would be alone in: `gaussian: 0.4`.
public struct BareSetting: Sendable {
  let name: String
  /// Whether only a list may.
  let isList: Bool

  public static func value(_ name: String) -> BareSetting { BareSetting(name: name, isList: false) }
  public static func list(_ name: String) -> BareSetting { BareSetting(name: name, isList: true) }

  /// The value under its name, if it stands there without.
  func named(_ value: SettingValue) -> SettingValue {
    switch value {
    case .list: .map([Setting(name, value)])
    case .bool, .number, .string: isList ? value : .map([Setting(name, value)])
    case .null, .map: value
    }
  }
}
