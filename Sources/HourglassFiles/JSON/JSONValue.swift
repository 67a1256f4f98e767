import HourglassBase

/// A value of JSON (RFC 8259).
package enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  /// The members in the order of the text; keys are unique when it came from the parser.
  case object([JSONMember])

  /// The value of the first member named `key`, found by walking the members; nil if there is none or this is
  /// not an object.
  package subscript(key: String) -> JSONValue? {
    objectValue?.first { $0.key == key }?.value
  }

  package var objectValue: [JSONMember]? {
    if case .object(let members) = self { members } else { nil }
  }

  package var arrayValue: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  package var stringValue: String? {
    if case .string(let text) = self { text } else { nil }
  }

  package var boolValue: Bool? {
    if case .bool(let flag) = self { flag } else { nil }
  }

  /// The number if it is written as an integer and fits; nil otherwise.
  package var intValue: Int? {
    if case .number(let number) = self { number.intValue } else { nil }
  }

  /// The number nearest to the one written; nil if this is not a number or its magnitude is too large.
  package var doubleValue: Double? {
    if case .number(let number) = self { number.doubleValue } else { nil }
  }
}

/// One key of an object and its value.
package struct JSONMember: Sendable, Equatable {
  package var key: String
  package var value: JSONValue

  package init(_ key: String, _ value: JSONValue) {
    self.key = key
    self.value = value
  }
}

/// A number as it is written, so that nothing is lost between reading and writing.
package struct JSONNumber: Sendable, Equatable {
  /// The number in the grammar of JSON.
  package let text: String

  /// - Parameter text: known to follow the grammar of JSON.
  init(validated text: String) {
    self.text = text
  }

  package init(_ integer: Int) {
    text = String(integer)
  }

  /// The shortest text that reads back as the same `number`.
  ///
  /// - Throws: `HourglassError(.notFinite)` for a value that is not finite, which JSON cannot express.
  package init(_ number: Double) throws {
    guard number.isFinite else { throw Self.notFinite("\(number)") }
    text = number.description
  }

  /// The shortest text that reads back as the same `number`.
  ///
  /// - Throws: `HourglassError(.notFinite)` for a value that is not finite, which JSON cannot express.
  package init(_ number: Float) throws {
    guard number.isFinite else { throw Self.notFinite("\(number)") }
    text = number.description
  }

  /// The number if it is written without fraction and exponent and fits an `Int`; nil otherwise.
  package var intValue: Int? { Int(text) }

  /// The nearest `Double`; nil if the magnitude is too large for a finite one.
  package var doubleValue: Double? {
    guard let number = Double(text), number.isFinite else { return nil }
    return number
  }

  private static func notFinite(_ number: String) -> HourglassError {
    HourglassError(.notFinite, "JSON cannot hold the number \(number); write null or leave the entry out.")
  }
}

extension JSONValue {
  package static func int(_ integer: Int) -> JSONValue { .number(JSONNumber(integer)) }

  /// - Throws: `HourglassError(.notFinite)` for a value that is not finite.
  package static func double(_ number: Double) throws -> JSONValue { .number(try JSONNumber(number)) }

  /// - Throws: `HourglassError(.notFinite)` for a value that is not finite.
  package static func float(_ number: Float) throws -> JSONValue { .number(try JSONNumber(number)) }
}
