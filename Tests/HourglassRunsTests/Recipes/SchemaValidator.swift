import HourglassBase

/// Checks values against a JSON Schema, as far as recipes' schema goes: any keyword that it does not know is an error, so
/// that nothing in the schema goes unchecked.
struct SchemaValidator {
  let root: SettingValue

  struct UnknownKeyword: Error { var keyword: String }

  func accepts(_ value: SettingValue) throws -> Bool { try accepts(value, root) }

  private func accepts(_ value: SettingValue, _ schema: SettingValue) throws -> Bool {
    if case .bool(let all) = schema { return all }
    guard case .map(let keywords) = schema else { throw UnknownKeyword(keyword: schema.text) }
    for keyword in keywords where try !holds(keyword, value, keywords) { return false }
    return true
  }

  private func holds(_ keyword: Setting, _ value: SettingValue, _ schema: [Setting]) throws -> Bool {
    switch (keyword.key, keyword.value) {
    case ("$schema", _), ("title", _), ("description", _), ("default", _), ("examples", _), ("$defs", _):
      return true
    case ("then", _):
      return true
    case ("$ref", .string(let place)):
      return try accepts(value, definition(place))
    case ("type", .string(let type)):
      return isOf(type, value)
    case ("const", let only):
      return value == only
    case ("enum", .list(let all)):
      return all.contains(value)
    case ("oneOf", .list(let schemas)):
      return try schemas.filter { try accepts(value, $0) }.count == 1
    case ("anyOf", .list(let schemas)):
      return try schemas.contains { try accepts(value, $0) }
    case ("allOf", .list(let schemas)):
      return try schemas.allSatisfy { try accepts(value, $0) }
    case ("not", let schema):
      return try !accepts(value, schema)
    case ("if", let condition):
      guard let then = schema.first(where: { $0.key == "then" })?.value else {
        throw UnknownKeyword(keyword: "if")
      }
      return try !accepts(value, condition) || accepts(value, then)
    case ("minimum", .number(let bound)): return number(value).map { $0 >= bound } ?? true
    case ("maximum", .number(let bound)): return number(value).map { $0 <= bound } ?? true
    case ("exclusiveMinimum", .number(let bound)): return number(value).map { $0 > bound } ?? true
    case ("exclusiveMaximum", .number(let bound)): return number(value).map { $0 < bound } ?? true
    case ("minLength", .number(let bound)): return text(value).map { Double($0.count) >= bound } ?? true
    case ("maxLength", .number(let bound)): return text(value).map { Double($0.count) <= bound } ?? true
    case ("minItems", .number(let bound)): return list(value).map { Double($0.count) >= bound } ?? true
    case ("maxItems", .number(let bound)): return list(value).map { Double($0.count) <= bound } ?? true
    case ("items", let schema):
      return try list(value)?.allSatisfy { try accepts($0, schema) } ?? true
    case ("required", .list(let keys)):
      guard case .map(let settings) = value else { return true }
      return keys.allSatisfy { key in settings.contains { .string($0.key) == key } }
    case ("properties", .map(let properties)):
      guard case .map(let settings) = value else { return true }
      return try settings.allSatisfy { setting in
        guard let schema = properties.first(where: { $0.key == setting.key })?.value else { return true }
        return try accepts(setting.value, schema)
      }
    case ("additionalProperties", .bool(false)):
      guard case .map(let settings) = value,
        case .map(let known)? = schema.first(where: { $0.key == "properties" })?.value
      else { return true }
      return settings.allSatisfy { setting in known.contains { $0.key == setting.key } }
    default:
      throw UnknownKeyword(keyword: keyword.key)
    }
  }

  private func definition(_ place: String) throws -> SettingValue {
    guard case .map(let keywords) = root, place.hasPrefix("#/$defs/"),
      case .map(let definitions)? = keywords.first(where: { $0.key == "$defs" })?.value,
      let found = definitions.first(where: { $0.key == place.dropFirst("#/$defs/".count) })
    else { throw UnknownKeyword(keyword: place) }
    return found.value
  }

  private func isOf(_ type: String, _ value: SettingValue) -> Bool {
    switch value {
    case .null: type == "null"
    case .bool: type == "boolean"
    case .number(let number): type == "number" || type == "integer" && Int(exactly: number) != nil
    case .string: type == "string"
    case .list: type == "array"
    case .map: type == "object"
    }
  }

  private func number(_ value: SettingValue) -> Double? {
    if case .number(let it) = value { it } else { nil }
  }
  private func text(_ value: SettingValue) -> String? { if case .string(let it) = value { it } else { nil } }
  private func list(_ value: SettingValue) -> [SettingValue]? {
    if case .list(let it) = value { it } else { nil }
  }
}
