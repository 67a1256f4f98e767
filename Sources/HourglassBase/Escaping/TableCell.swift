extension String {
  /// As a cell of a table with commas (RFC 4180), in quotes where it needs them.
  ///
  /// A cell that begins with "=", "+", "-" or "@" stays as it is, though a spreadsheet may take it for a formula: numbers
  /// begin so, and who joins tables by names must find the names that were given.
  package var tableCell: String { unicodeScalars.contains(where: Self.endsCell) ? quotedTableCell : self }

  /// `tableCell` in quotes, whether it needs them or not.
  package var quotedTableCell: String { "\"" + parts(at: "\"").joined(separator: "\"\"") + "\"" }

  /// Separator, quote, and all that some reader takes for the end of a line.
  private static func endsCell(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case ",", "\"", "\n"..."\r", "\u{85}", "\u{2028}", "\u{2029}": true
    default: false
    }
  }
}
