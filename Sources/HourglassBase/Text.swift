/// A text from outside as part of a message: on one line, with controls written out, and its beginning when it is long so.
package func shortened(_ text: String) -> String {
  let (longest, beginning) = (400, 200)
  var (shown, count) = ("", 0)
  var cut: String?
  for scalar in text.unicodeScalars.prefix(longest + 1) {
    let isNewline = "\n\u{B}\u{C}\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains(scalar)
    let piece = isNewline ? " " : String(scalar).showingControls()
    count += piece.unicodeScalars.count
    if cut == nil, count > beginning { cut = shown }
    shown += piece
  }
  // A control takes six characters or more when it is written out.
  let isLong = max(text.utf8.count, shown.utf8.count) > longest
  return isLong ? (cut ?? shown) + "..." : shown
}

/// Whole numbers without a fraction.
package func numberText(_ value: Double) -> String {
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
