/// Where a setting stands, for messages, and what the names in it are looked up in.
package struct SettingPlace: Sendable {
  /// Such as `model.encoder[0].conv2d.filters`.
  package var path: String
  var catalogue: Catalogue

  package init(path: String, catalogue: Catalogue = .standard) {
    self.path = path
    self.catalogue = catalogue
  }

  package func error(_ value: SettingValue, mustBe expected: String) -> HourglassError {
    HourglassError(.usage, "\(path) is \(value.shortText), but must be \(expected).")
  }
}

/// What may stand under a key: how it is read and written, what it must be in words, and as a JSON Schema.
public struct SettingType<Value: Sendable>: Sendable {
  /// The end of a sentence: `a whole number from 1 to 8`.
  package var expected: String
  /// A JSON Schema (draft 2020-12) of the value.
  package var schema: @Sendable (Catalogue) -> SettingValue
  package let read: @Sendable (SettingValue, SettingPlace) throws(HourglassError) -> Value
  package var write: @Sendable (Value) -> SettingValue
  /// The settings within, for tables.
  package var parts: @Sendable (Catalogue) -> [SettingDescription] = { _ in [] }
  /// The forms that it may have, for tables.
  package var forms: [SettingForm] = []
  /// The types that the value was made of, which a catalogue must know to read it.
  package var kinds: @Sendable (Value) -> [any Configurable.Type] = { _ in [] }
  /// Where nothing stands it is read like an empty map, whose sentence says more than that something is missing.
  package var readsNothing = false

  package init(
    expected: String, schema: @escaping @Sendable (Catalogue) -> SettingValue,
    read: @escaping @Sendable (SettingValue, SettingPlace) throws(HourglassError) -> Value,
    write: @escaping @Sendable (Value) -> SettingValue
  ) {
    self.expected = expected
    self.schema = schema
    self.read = read
    self.write = write
  }

  /// A type of your own.
  ///
  /// - Parameters:
  ///   - expected: the end of the sentence "... is 5, but must be", such as `two numbers, the smaller first`.
  ///   - schema: its JSON Schema.
  ///   - read: nil for what it must not be.
  public init(
    _ expected: String, schema: SettingValue, read: @escaping @Sendable (SettingValue) -> Value?,
    write: @escaping @Sendable (Value) -> SettingValue
  ) {
    self.init(
      expected: expected, schema: { _ in schema },
      read: { (value, place) throws(HourglassError) in
        guard let read = read(value) else { throw place.error(value, mustBe: expected) }
        return read
      }, write: write)
  }

  /// The same setting as another type in Swift.
  ///
  /// - Parameter make: throws a whole sentence for what cannot be.
  package func converted<Other: Sendable>(
    _ make: @escaping @Sendable (Value, SettingPlace) throws(HourglassError) -> Other,
    back: @escaping @Sendable (Other) -> Value
  ) -> SettingType<Other> {
    let (read, write, kinds) = (read, write, kinds)
    var other = SettingType<Other>(
      expected: expected, schema: schema,
      read: { (value, place) throws(HourglassError) in try make(read(value, place), place) },
      write: { write(back($0)) })
    other.parts = parts
    other.kinds = { kinds(back($0)) }
    return other
  }
}

// MARK: - Plain values

extension SettingType where Value == Int {
  public static func whole(_ range: ClosedRange<Int>) -> Self {
    Self(
      "a whole number from \(range.lowerBound) to \(range.upperBound)", schema: .wholeNumber(range),
      read: { $0.whole(in: range) }, write: { .number(Double($0)) })
  }
}

extension SettingType where Value == Double {
  public static func number(_ range: ClosedRange<Double>) -> Self {
    Self(
      "a number from \(numberText(range.lowerBound)) to \(numberText(range.upperBound))",
      schema: .map([
        Setting("type", "number"), Setting("minimum", range.lowerBound), Setting("maximum", range.upperBound),
      ]),
      read: { if case .number(let number) = $0, range.contains(number) { number } else { nil } },
      write: { .number($0) })
  }
}

extension SettingType where Value == Pair {
  /// One whole number for both axes, or a list of two: rows, columns.
  public static func pair(_ range: ClosedRange<Int>) -> Self {
    Self(
      "a whole number from \(range.lowerBound) to \(range.upperBound), or two in a list",
      schema: .oneOf([.wholeNumber(range), .array(of: .wholeNumber(range), 2...2)]),
      read: { value in
        if let both = value.whole(in: range) { return Pair(both) }
        guard case .list(let list) = value, list.count == 2, let rows = list[0].whole(in: range),
          let columns = list[1].whole(in: range)
        else { return nil }
        return Pair(rows, columns)
      }, write: \.setting)
  }
}

extension SettingType where Value == Shape {
  /// One whole number in a list, or three: channels, height, width.
  ///
  /// - Parameter expected: in words.
  package static func shape(most: Int, _ expected: String) -> Self {
    let size = SettingValue.wholeNumber(1...most)
    return Self(
      expected, schema: .array(of: size, 1...3),
      read: { value in
        guard case .list(let list) = value, 1...3 ~= list.count else { return nil }
        let dimensions = list.compactMap { $0.whole(in: 1...most) }
        return dimensions.count == list.count ? Shape(dimensions) : nil
      }, write: { .list($0.dimensions.map { .number(Double($0)) }) })
  }
}

extension SettingType where Value == Bool {
  public static var yesOrNo: Self {
    Self(
      "true or false", schema: .map([Setting("type", "boolean")]),
      read: { if case .bool(let bool) = $0 { bool } else { nil } }, write: { .bool($0) })
  }
}

extension SettingType where Value == String {
  public static var text: Self {
    Self(
      "a text", schema: .map([Setting("type", "string")]),
      read: { if case .string(let text) = $0 { text } else { nil } }, write: { .string($0) })
  }
}

// MARK: - Choices

extension SettingType where Value: Equatable {
  /// One of several names, with a suggestion for a near miss.
  public static func names(_ table: [(name: String, value: Value)]) -> Self {
    let names = table.map(\.name)
    return Self(
      expected: "one of the names \(names.joined(separator: ", "))", schema: { _ in .names(names) },
      read: { (value, place) throws(HourglassError) in
        guard case .string(let text) = value else { throw place.error(value, mustBe: "a name") }
        guard let found = table.first(where: { $0.name == text }) else {
          throw unknownName(text, what: place.path, among: names)
        }
        return found.value
      },
      write: { value in
        // Whatever is written has a name, but for values that the table leaves out.
        table.first { $0.value == value }.map { .string($0.name) } ?? .null
      })
  }
}

extension SettingType where Value: RawRepresentable & CaseIterable & Equatable, Value.RawValue == String {
  /// One of an enumeration's names.
  public static var choice: Self { names(Value.allCases.map { ($0.rawValue, $0) }) }
}

// MARK: - Values within values

extension SettingType {
  /// A map of settings.
  public static func nested(_ fields: Fields<Value>) -> Self {
    var type = Self(
      expected: "a map of settings", schema: { fields.schema($0) },
      read: { (value, place) throws(HourglassError) in
        let reader = try SettingsReader(
          value, path: place.path, catalogue: place.catalogue, bare: fields.bare)
        let result = try fields.read(reader)
        try reader.finish()
        return result
      }, write: { fields.value(of: $0) })
    if let bare = fields.bare {
      type.expected = fields.descriptions(.standard).first { $0.name == bare.name }?.expected ?? type.expected
    }
    // What stands under the form's own name is no part of it.
    type.parts = { fields.descriptions($0).filter { $0.name != fields.bare?.name } }
    type.kinds = { fields.kinds(in: $0) }
    return type
  }

  /// A list.
  ///
  /// - Parameter what: entries in the plural, for messages.
  package static func list<Element: Sendable>(
    of element: SettingType<Element>, _ count: ClosedRange<Int>, what: String
  ) -> Self where Value == [Element] {
    let (read, write, kinds) = (element.read, element.write, element.kinds)
    var type = Self(
      expected: "a list of \(what)", schema: { .array(of: element.schema($0), count) },
      read: { (value, place) throws(HourglassError) in
        guard case .list(let list) = value else { throw place.error(value, mustBe: "a list") }
        guard count.contains(list.count) else {
          throw HourglassError(
            .usage,
            "\(place.path) has \(list.count) \(what), but must have \(count.lowerBound) to \(count.upperBound)."
          )
        }
        var result: [Element] = []
        for (index, entry) in list.enumerated() {
          let place = SettingPlace(path: "\(place.path)[\(index)]", catalogue: place.catalogue)
          result.append(try read(entry, place))
        }
        return result
      }, write: { .list($0.map(write)) })
    type.kinds = { $0.flatMap(kinds) }
    return type
  }
}

extension SettingValue {
  package func whole(in range: ClosedRange<Int>) -> Int? {
    guard case .number(let number) = self, let whole = Int(exactly: number), range.contains(whole) else {
      return nil
    }
    return whole
  }
}

/// One form of a setting as tables tell of it: its name, what it is, its settings.
package struct SettingForm: Sendable {
  package let name: String
  package let help: String
  package let settings: @Sendable (Catalogue) -> [SettingDescription]
}
