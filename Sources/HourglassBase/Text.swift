/// A text from outside as part of a message: on one line, and its beginning when it is long.
package func shortened(_ text: String) -> String {
  let part = text.utf8.count <= 400 ? text : String(text.prefix(200)) + "..."
  return String(part.map { $0.isNewline ? " " : $0 })
}

/// Whole numbers without a fraction.
func numberText(_ value: Double) -> String {
  Int(exactly: value).map(String.init) ?? String(value)
}

/// 60000 as "60,000".
package func grouped(_ number: Int) -> String {
  var digits = Array(String(number.magnitude))
  var position = digits.count - 3
  while position > 0 {
    digits.insert(",", at: position)
    position -= 3
  }
  return (number < 0 ? "-" : "") + String(digits)
}

extension String {
  /// As a cell of a table with commas (RFC 4180).
  package var tableCell: String {
    contains { $0 == "," || $0 == "\"" || $0.isNewline } ? "\"\(replacing("\"", with: "\"\""))\"" : self
  }
}
