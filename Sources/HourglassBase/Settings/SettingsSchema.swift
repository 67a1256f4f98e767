// JSON Schemas (draft 2020-12) from fields. A `SettingValue` has what JSON has.

extension Fields {
  /// The schema of the map, or of what may stand for it.
  package func schema(_ catalogue: Catalogue) -> SettingValue {
    let descriptions = descriptions(catalogue)
    let map = SettingValue.object(descriptions)
    guard let bare, let only = descriptions.first(where: { $0.name == bare.name }) else { return map }
    return .oneOf([only.schema, map])
  }

  /// The schema of `name: {...}`, or of the bare name where nothing is required.
  func namedSchema(_ name: String, title: String, help: String, _ catalogue: Catalogue) -> SettingValue {
    let about = [Setting("title", title), Setting("description", help)]
    let isBare = descriptions(catalogue).allSatisfy { !$0.isRequired }
    let named = SettingValue.map(
      about + [
        Setting("type", "object"), Setting("properties", .map([Setting(name, schema(catalogue))])),
        Setting("required", .list([.string(name)])), Setting("additionalProperties", false),
      ])
    return isBare ? .oneOf([.map(about + [Setting("const", name)]), named]) : named
  }
}

extension Configurable {
  /// The schema of the bare name or of the name with settings.
  static func namedSchema(_ catalogue: Catalogue) -> SettingValue {
    fields.namedSchema(kind, title: kind, help: summary, catalogue)
  }

  package static func description(_ catalogue: Catalogue) -> SettingDescription {
    SettingDescription(
      kind, SettingType.nested(fields), catalogue, help: summary, default: nil, isRequired: false)
  }
}

extension Catalogue {
  /// The schema of any of these, by name.
  package func schema(of kinds: [any Configurable.Type]) -> SettingValue {
    .oneOf(kinds.map { $0.namedSchema(self) })
  }
}

extension SettingValue {
  package static func oneOf(_ schemas: [SettingValue]) -> SettingValue {
    schemas.count == 1 ? schemas[0] : .map([Setting("oneOf", .list(schemas))])
  }

  package static func names(_ names: [String]) -> SettingValue {
    .map([Setting("type", "string"), Setting("enum", .list(names.map { .string($0) }))])
  }

  package static func wholeNumber(_ range: ClosedRange<Int>) -> SettingValue {
    .map([
      Setting("type", "integer"), Setting("minimum", range.lowerBound), Setting("maximum", range.upperBound),
    ])
  }

  package static func array(of element: SettingValue, _ count: ClosedRange<Int>) -> SettingValue {
    .map([
      Setting("type", "array"), Setting("items", element), Setting("minItems", count.lowerBound),
      Setting("maxItems", count.upperBound),
    ])
  }

  /// A map with these settings and no others.
  package static func object(_ descriptions: [SettingDescription]) -> SettingValue {
    let required = descriptions.filter(\.isRequired).map { SettingValue.string($0.name) }
    var settings = [
      Setting("type", "object"),
      Setting("properties", .map(descriptions.map { Setting($0.name, $0.property) })),
    ]
    if !required.isEmpty { settings.append(Setting("required", .list(required))) }
    let conditions = descriptions.compactMap { description in
      description.condition.map { condition -> SettingValue in
        let named = SettingValue.map([
          Setting("properties", .map([Setting(condition.key, .names(condition.values))])),
          Setting("required", .list([.string(condition.key)])),
        ])
        return .map([
          Setting("if", .map([Setting("required", .list([.string(description.name)]))])),
          Setting("then", named),
        ])
      }
    }
    if !conditions.isEmpty { settings.append(Setting("allOf", .list(conditions))) }
    settings.append(Setting("additionalProperties", false))
    return .map(settings)
  }

  /// The schema with more beside what it says.
  package func with(_ more: [Setting]) -> SettingValue {
    guard case .map(let settings) = self else { return self }
    return .map(more + settings)
  }
}

extension SettingDescription {
  /// The schema with what a form shows beside it.
  fileprivate var property: SettingValue {
    var about = [
      Setting("title", name.replacing("_", with: " ")), Setting("description", help),
    ]
    if let defaultValue { about.append(Setting("default", defaultValue)) }
    return schema.with(about)
  }
}
