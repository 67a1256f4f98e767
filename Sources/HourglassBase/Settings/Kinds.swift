// Settings that name something in the catalogue.

extension SettingType {
  /// Something with settings of its own, `name: {...}`, or a bare name.
  ///
  /// - Parameters:
  ///   - what: what is chosen, such as `layer`.
  ///   - example: one as it is written, for the sentence about anything else.
  ///   - reference: where the JSON Schema of all kinds stands, such as `layer`; see `Catalogue.schema(of:)`.
  ///   - unknown: begins the sentence about a name that nothing has, from its place and the name.
  package static func kind(
    of what: String, like example: String, isBareWhenEmpty: Bool = false,
    among kinds: @escaping @Sendable (Catalogue) -> [any Configurable.Type],
    unknown: @escaping @Sendable (String, String) -> String = { "\($0) is \"\($1)\", which is unknown" },
    make: @escaping @Sendable (any Configurable) -> Value?,
    part: @escaping @Sendable (Value) -> any Configurable
  ) -> Self {
    var type = Self(
      expected: "one \(what), such as \"\(example)\"",
      schema: { _ in .map([Setting("$ref", "#/$defs/\(what)")]) },
      read: { (value, place) throws(HourglassError) in
        let (name, settings) = try value.nameAndSettings(of: what, like: example, path: place.path)
        let kinds = kinds(place.catalogue)
        guard let kind = kinds.named(name) else {
          throw HourglassError(
            .usage,
            unknown(place.path, shortened(name)) + suggestion(name, among: kinds.map { $0.kind }))
        }
        guard let result = make(try kind.read(settings, at: place)) else {
          preconditionFailure("the catalogue gives what it was asked for")
        }
        return result
      },
      write: { value in
        let part = part(value)
        let name = Swift.type(of: part).kind
        // Once: parts lie within parts, and twice at each level doubles with each.
        let settings = part.settings
        return isBareWhenEmpty && settings.isEmpty
          ? .string(name) : .map([Setting(name, Swift.type(of: part).value(of: settings))])
      })
    type.kinds = { part($0).kinds }
    return type
  }
}

extension Field {
  /// Something whose settings stand beside its name, in the same map: `activation: leaky_relu`, `slope: 0.1`.
  package init<Value: Sendable>(
    _ name: String, beside path: WritableKeyPath<Owner, Value> & Sendable, _ presence: Presence,
    _ help: String, among kinds: @escaping @Sendable (Catalogue) -> [any Configurable.Type],
    make: @escaping @Sendable (any Configurable) -> Value?,
    part: @escaping @Sendable (Value) -> any Configurable
  ) {
    self.init(
      names: { _ in [name] },
      descriptions: { pattern, catalogue in
        let kinds = kinds(catalogue)
        let type = SettingType<String>(
          "the name of one \(name)", schema: .names(kinds.allNames),
          read: { _ in nil }, write: { .string($0) })
        let standard = Swift.type(of: part(pattern[keyPath: path])).kind
        let choice = SettingDescription(
          name, type, catalogue, help: help, default: presence == .required ? nil : .string(standard),
          isRequired: presence == .required)
        return [choice] + Self.settings(of: kinds, beside: name, catalogue)
      },
      read: { (reader, owner) throws(HourglassError) in
        guard let value = presence == .required ? try reader.required(name) : reader.value(name) else {
          return
        }
        let place = reader.place(name)
        guard case .string(let text) = value else { throw place.error(value, mustBe: "a text") }
        let kinds = kinds(reader.catalogue)
        guard let kind = kinds.named(text) else {
          throw unknownName(text, what: place.path, among: kinds.allNames)
        }
        guard let value = make(try kind.init(reader)) else {
          preconditionFailure("the catalogue gives what it was asked for")
        }
        owner[keyPath: path] = value
      },
      write: { owner, pattern in
        func settings(_ owner: Owner) -> [Setting] {
          let part = part(owner[keyPath: path])
          return [Setting(name, Swift.type(of: part).kind)] + part.settings
        }
        let own = settings(owner)
        return presence == .optional && own == settings(pattern) ? [] : own
      }, kinds: { part($0[keyPath: path]).kinds })
  }

  /// The settings of all kinds, each with the names beside which it stands.
  private static func settings(
    of kinds: [any Configurable.Type], beside key: String, _ catalogue: Catalogue
  ) -> [SettingDescription] {
    var result: [SettingDescription] = []
    for kind in kinds {
      for description in kind.descriptions(catalogue) {
        if let index = result.firstIndex(where: { $0.name == description.name }) {
          result[index].condition?.values += kind.names
          if result[index].schema != description.schema {
            result[index].schema = .map([
              Setting("anyOf", .list([result[index].schema, description.schema]))
            ])
          }
        } else {
          var description = description
          description.condition = .init(key: key, values: kind.names)
          // Whatever is chosen, its settings may be left out only if it says so.
          description.isRequired = false
          result.append(description)
        }
      }
    }
    return result
  }
}

extension Configurable {
  package static func descriptions(_ catalogue: Catalogue) -> [SettingDescription] {
    fields.descriptions(catalogue)
  }
}

/// One of the forms of a value that is an enumeration in Swift and `name: {...}`, or a bare name, in recipes.
package struct Variant<Value: Sendable>: Sendable {
  let name: String
  let help: String
  let isBare: Bool
  let read: @Sendable (SettingValue, SettingPlace) throws(HourglassError) -> Value
  /// nil for another form.
  let write: @Sendable (Value) -> SettingValue?
  let schema: @Sendable (Catalogue) -> SettingValue
  let descriptions: @Sendable (Catalogue) -> [SettingDescription]

  /// - Parameters:
  ///   - make: the value of its settings.
  ///   - take: its settings; nil for another form.
  package init<Settings: Sendable>(
    _ name: String, _ help: String, _ fields: Fields<Settings>,
    make: @escaping @Sendable (Settings) -> Value, take: @escaping @Sendable (Value) -> Settings?
  ) {
    self.name = name
    self.help = help
    isBare = false
    read = { (value, place) throws(HourglassError) in
      let place = SettingPlace(path: "\(place.path).\(name)", catalogue: place.catalogue)
      return make(try SettingType.nested(fields).read(value, place))
    }
    write = { take($0).map { .map([Setting(name, fields.value(of: $0))]) } }
    schema = { fields.namedSchema(name, title: name, help: help, $0) }
    descriptions = { catalogue in
      fields.descriptions(catalogue).map { description in
        var description = description
        // What stands under the form's own name has no other in recipes.
        if description.name == fields.bare?.name { description.name = name }
        return description
      }
    }
  }

  /// A form without settings.
  package init(_ name: String, _ help: String, _ form: Value) where Value: Equatable {
    self.name = name
    self.help = help
    isBare = true
    let nothing = Fields(NoSettings())
    read = { (value, place) throws(HourglassError) in
      let place = SettingPlace(path: "\(place.path).\(name)", catalogue: place.catalogue)
      _ = try SettingType.nested(nothing).read(value, place)
      return form
    }
    write = { $0 == form ? .string(name) : nil }
    schema = { nothing.namedSchema(name, title: name, help: help, $0) }
    descriptions = { _ in [] }
  }
}

private struct NoSettings: Sendable {}

extension SettingType {
  /// One of several forms.
  ///
  /// - Parameters:
  ///   - what: what is chosen, such as `schedule`.
  ///   - example: one as it is written, for the sentence about anything else.
  package static func variants(of what: String, like example: String, _ forms: [Variant<Value>]) -> Self {
    let names = forms.map(\.name)
    var type = Self(
      expected: "one of \(names.joined(separator: ", ")), such as \"\(example)\"",
      schema: { catalogue in .oneOf(forms.map { $0.schema(catalogue) }) },
      read: { (value, place) throws(HourglassError) in
        let (name, settings) = try value.nameAndSettings(of: what, like: example, path: place.path)
        guard let form = forms.first(where: { $0.name == name }) else {
          throw unknownName(name, what: place.path, among: names)
        }
        return try form.read(settings, place)
      },
      write: { value in
        guard let written = forms.lazy.compactMap({ $0.write(value) }).first else {
          preconditionFailure("every \(what) has a form")
        }
        return written
      })
    type.forms = forms.map { SettingForm(name: $0.name, help: $0.help, settings: $0.descriptions) }
    type.parts = { catalogue in
      forms.flatMap { form in
        form.descriptions(catalogue).map { description in
          var description = description
          if description.name != form.name { description.name = "\(form.name).\(description.name)" }
          return description
        }
      }
    }
    return type
  }
}
