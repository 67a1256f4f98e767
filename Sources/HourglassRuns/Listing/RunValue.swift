import HourglassBase

/// What stands in one column of one run.
package enum RunValue: Sendable, Equatable {
  case text(String)
  case number(Double)
  case missing

  init(_ text: String?) { self = text.map { .text($0) } ?? .missing }
  init(_ number: Double?) { self = number.map { .number($0) } ?? .missing }
  init(_ number: Int?) { self.init(number.map { Double($0) }) }

  init(_ setting: SettingValue?) {
    switch setting {
    case .number(let value): self = .number(value)
    case .string(let text): self = .text(text)
    case .bool(let isTrue): self = .text(isTrue ? "true" : "false")
    case .null, .list, .map, nil: self = .missing
    }
  }

  /// In full, as a cell of a table for programs.
  package var plainText: String {
    switch self {
    case .text(let text): text
    case .number(let value): numberText(value)
    case .missing: ""
    }
  }

  /// Whether it stands before another one: numbers before texts, which go by their bytes.
  func isLess(than other: RunValue) -> Bool {
    switch (self, other) {
    case (.number(let mine), .number(let its)): mine < its
    case (.text(let mine), .text(let its)): mine.utf8.lexicographicallyPrecedes(its.utf8)
    case (.number, .text): true
    default: false
    }
  }
}
