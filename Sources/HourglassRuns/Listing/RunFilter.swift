import HourglassBase

/// A condition on runs, such as `recipe=vae` or `loss<0.01`.
package struct RunFilter: Sendable, Equatable {
  package enum Comparison: String, Sendable, CaseIterable {
    // Longer ones first: "<" is the beginning of "<=".
    case notEqual = "!="
    case atMost = "<="
    case atLeast = ">="
    case less = "<"
    case greater = ">"
    case equal = "="
    /// Has the text somewhere in it.
    case contains = "~"
  }

  package let column: String
  let comparison: Comparison
  let value: String

  /// - Parameter text: COLUMN, one of `Comparison`, and the value.
  /// - Throws: `HourglassError` (usage) when one of these is missing.
  package init(_ text: String) throws(HourglassError) {
    let bytes = Array(text.utf8)
    for start in bytes.indices {
      guard
        let comparison = Comparison.allCases.first(where: { bytes[start...].starts(with: $0.rawValue.utf8) })
      else { continue }
      let value = String(decoding: bytes[(start + comparison.rawValue.utf8.count)...], as: UTF8.self)
      guard start > 0, !value.isEmpty else { break }
      self.column = String(decoding: bytes[..<start], as: UTF8.self)
      self.comparison = comparison
      self.value = value
      return
    }
    throw HourglassError(
      .usage,
      "The condition \(text.quotedForMessage) is not a column, a comparison and a value; write one such as recipe=vae, "
        + "loss<0.01 or data~photos (comparisons are =, !=, <, <=, >, >= and ~)")
  }

  /// Whether it holds for a run. Where there is no value, only `!=` does.
  ///
  /// - Throws: `HourglassError` (usage) when a number is compared with a text.
  func admits(_ run: RunSummary, _ column: RunColumn) throws(HourglassError) -> Bool {
    switch column.value(of: run) {
    case .missing: return comparison == .notEqual
    case .number(let number):
      guard comparison != .contains else { return numberText(number).utf8Contains(value) }
      guard let wanted = Double(value), !wanted.isNaN else {
        throw HourglassError(
          .usage,
          "The condition \(self.column)\(comparison.rawValue)\(value) compares numbers with \(value.quotedForMessage)",
          .text("give a number"))
      }
      return holds(number, wanted)
    case .text(let text):
      let shown = column.text(of: run)
      switch comparison {
      // A folder by its path or its name, a digest by as much as is shown.
      case .equal: return text == value || shown == value
      case .notEqual: return text != value && shown != value
      case .contains: return text.utf8Contains(value)
      case .less, .atMost, .greater, .atLeast: return holds(Array(text.utf8), Array(value.utf8))
      }
    }
  }

  private func holds(_ number: Double, _ wanted: Double) -> Bool {
    switch comparison {
    case .equal, .contains: number == wanted
    case .notEqual: number != wanted
    case .less: number < wanted
    case .atMost: number <= wanted
    case .greater: number > wanted
    case .atLeast: number >= wanted
    }
  }

  private func holds(_ text: [UInt8], _ wanted: [UInt8]) -> Bool {
    let (isLess, isGreater) = (
      text.lexicographicallyPrecedes(wanted), wanted.lexicographicallyPrecedes(text)
    )
    switch comparison {
    case .equal, .contains: return !isLess && !isGreater
    case .notEqual: return isLess || isGreater
    case .less: return isLess
    case .atMost: return !isGreater
    case .greater: return isGreater
    case .atLeast: return !isLess
    }
  }
}

extension String {
  /// Whether the bytes of another text stand in a row somewhere in this one.
  fileprivate func utf8Contains(_ part: String) -> Bool { utf8.contains(Array(part.utf8)) }
}
