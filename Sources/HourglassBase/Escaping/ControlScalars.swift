// Texts from outside are escaped and taken apart by scalars or bytes. Swift's characters are clusters: a mark that joins
// what follows it (U+0600) swallows a "<", and one that joins what stands before it (U+0301) a comma.

extension Unicode.Scalar {
  /// Whether the scalar commands whoever shows a text, instead of being shown: control characters, ends of lines, and the
  /// embeddings, overrides and isolates that turn around the text behind them (UAX #9). Marks that only say in which
  /// direction they themselves are written stay: names in Arabic and Hebrew need them.
  package var isControlling: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0: true
    case 0x2028, 0x2029: true
    case 0x202A...0x202E, 0x2066...0x2069: true
    // No characters at all, which XML has no place for.
    case 0xFFFE, 0xFFFF: true
    default: false
    }
  }

  /// As `\u{1B}`.
  var codePoint: String { "\\u{\(String(value, radix: 16, uppercase: true))}" }
}

extension String {
  /// The text with what would command whoever shows it written out, as `\u{1B}`.
  ///
  /// - Parameter keepsLines: whether tabulators and the ends of lines that are characters of ASCII stay.
  package func showingControls(keepsLines: Bool = false) -> String {
    func isWrittenOut(_ scalar: Unicode.Scalar) -> Bool {
      scalar.isControlling && !(keepsLines && (scalar == "\n" || scalar == "\t" || scalar == "\r"))
    }
    // Most texts are plain, and links to data are long.
    guard !utf8.allSatisfy({ 0x20..<0x7F ~= $0 }), unicodeScalars.contains(where: isWrittenOut) else {
      return self
    }
    var shown = ""
    for scalar in unicodeScalars {
      if isWrittenOut(scalar) { shown += scalar.codePoint } else { shown.unicodeScalars.append(scalar) }
    }
    return shown
  }
}
