extension String {
  /// A text of JSON for a script element: nothing in it ends the element or begins a comment, and scripts that are older
  /// than JSON's U+2028 read it too.
  package var scriptData: String {
    escapedInJSON { "<>&".unicodeScalars.contains($0) || $0.isControlling }
  }

  /// A text of JSON on one line that commands no terminal. Encoders leave DEL, C1 and marks of direction as they are.
  package var escapedJSONLine: String { escapedInJSON(\.isControlling) }

  /// A text of JSON without blanks, with some scalars as `\u001b`: these stand in its strings only.
  private func escapedInJSON(_ isEscaped: (Unicode.Scalar) -> Bool) -> String {
    guard unicodeScalars.contains(where: isEscaped) else { return self }
    var result = ""
    for scalar in unicodeScalars {
      guard isEscaped(scalar) else {
        result.unicodeScalars.append(scalar)
        continue
      }
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
    return result
  }
}
