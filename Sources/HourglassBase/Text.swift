/// A text from outside as part of a message: on one line, and its beginning when it is long.
package func shortened(_ text: String) -> String {
  let isLong = text.utf8.count > 400
  var part = ""
  for scalar in isLong ? text.unicodeScalars.prefix(200) : text.unicodeScalars[...] {
    let isNewline = "\n\u{B}\u{C}\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains(scalar)
    part.unicodeScalars.append(isNewline ? " " : scalar)
  }
  return part.showingControls() + (isLong ? "..." : "")
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
  /// Whether the text ends as a sentence does.
  package var endsSentence: Bool { utf8.last.map { ".?!".utf8.contains($0) } ?? false }
}
