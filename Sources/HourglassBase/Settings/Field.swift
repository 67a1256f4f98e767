/// One setting of a type: its name, where its value lives, what it may be and what it is for. See `Fields`.
public struct Field<Owner: Sendable>: Sendable {
  public enum Presence: Sendable {
    /// Has a default, and is left out where it has that.
    case optional
    /// Has a default, and is written all the same.
    case written
    /// Has no default.
    case required
  }

  /// The keys that may stand in any map with this field.
  let names: @Sendable (Catalogue) -> [String]
  /// With the values of a pattern as defaults.
  let descriptions: @Sendable (Owner, Catalogue) -> [SettingDescription]
  let read: @Sendable (SettingsReader, inout Owner) throws(HourglassError) -> Void
  /// The owner's settings, but for those in which it is like the pattern, the second.
  let write: @Sendable (Owner, Owner) -> [Setting]
  let kinds: @Sendable (Owner) -> [any Configurable.Type]

  /// - Parameters:
  ///   - name: the key.
  ///   - path: the property.
  ///   - help: what it is for, in a few words without a full stop.
  public init<Value: Sendable>(
    _ name: String, _ path: WritableKeyPath<Owner, Value> & Sendable, _ type: SettingType<Value>,
    _ help: String, _ presence: Presence = .optional
  ) {
    names = { _ in [name] }
    descriptions = { pattern, catalogue in
      let isRequired = presence == .required
      return [
        SettingDescription(
          name, type, catalogue, help: help, default: isRequired ? nil : type.write(pattern[keyPath: path]),
          isRequired: isRequired)
      ]
    }
    read = { (reader, owner) throws(HourglassError) in
      let value: SettingValue?
      if presence == .required, !type.readsNothing {
        value = try reader.required(name)
      } else if presence == .required, reader.value(name) == nil {
        try reader.checkIsNotMistyped(name)
        value = .null
      } else {
        value = reader.value(name)
      }
      if let value { owner[keyPath: path] = try type.read(value, reader.place(name)) }
    }
    write = { owner, pattern in
      let value = type.write(owner[keyPath: path])
      return presence == .optional && value == type.write(pattern[keyPath: path])
        ? [] : [Setting(name, value)]
    }
    kinds = { type.kinds($0[keyPath: path]) }
  }

  /// A setting that may be absent, which is nil.
  public init<Value: Sendable>(
    _ name: String, _ path: WritableKeyPath<Owner, Value?> & Sendable, _ type: SettingType<Value>,
    _ help: String, _ presence: Presence = .optional
  ) {
    names = { _ in [name] }
    descriptions = { _, catalogue in
      [
        SettingDescription(
          name, type, catalogue, help: help, default: nil, isRequired: presence == .required)
      ]
    }
    read = { (reader, owner) throws(HourglassError) in
      let value = presence == .required ? try reader.required(name) : reader.value(name)
      if let value {
        owner[keyPath: path] = try type.read(value, reader.place(name))
      } else {
        owner[keyPath: path] = nil
      }
    }
    write = { owner, _ in owner[keyPath: path].map { [Setting(name, type.write($0))] } ?? [] }
    kinds = { $0[keyPath: path].map(type.kinds) ?? [] }
  }

  /// The settings of a property, in the same map as the owner's.
  package init<Part: Sendable>(
    including path: WritableKeyPath<Owner, Part> & Sendable, _ part: Fields<Part>
  ) {
    let fields = part.fields
    names = { catalogue in fields.flatMap { $0.names(catalogue) } }
    descriptions = { pattern, catalogue in
      fields.flatMap { $0.descriptions(pattern[keyPath: path], catalogue) }
    }
    read = { (reader, owner) throws(HourglassError) in
      for field in fields { try field.read(reader, &owner[keyPath: path]) }
    }
    write = { owner, pattern in
      fields.flatMap { $0.write(owner[keyPath: path], pattern[keyPath: path]) }
    }
    kinds = { owner in fields.flatMap { $0.kinds(owner[keyPath: path]) } }
  }

  package init(
    names: @escaping @Sendable (Catalogue) -> [String],
    descriptions: @escaping @Sendable (Owner, Catalogue) -> [SettingDescription],
    read: @escaping @Sendable (SettingsReader, inout Owner) throws(HourglassError) -> Void,
    write: @escaping @Sendable (Owner, Owner) -> [Setting],
    kinds: @escaping @Sendable (Owner) -> [any Configurable.Type]
  ) {
    self.names = names
    self.descriptions = descriptions
    self.read = read
    self.write = write
    self.kinds = kinds
  }
}

/// One setting as schemas and tables tell of it.
package struct SettingDescription: Sendable {
  package var name: String
  /// What it must be, the end of a sentence.
  package var expected: String
  package var schema: SettingValue
  package var help: String
  package var defaultValue: SettingValue?
  package var isRequired: Bool
  /// The settings within.
  package var parts: [SettingDescription]
  /// Stands only where another setting has one of these values.
  package var condition: Condition?

  package struct Condition: Sendable, Equatable {
    package var key: String
    package var values: [String]
  }

  package init<Value>(
    _ name: String, _ type: SettingType<Value>, _ catalogue: Catalogue, help: String,
    default value: SettingValue?, isRequired: Bool
  ) {
    self.name = name
    expected = type.expected
    schema = type.schema(catalogue)
    self.help = help
    defaultValue = value == .null ? nil : value
    self.isRequired = isRequired
    parts = type.parts(catalogue)
  }
}
