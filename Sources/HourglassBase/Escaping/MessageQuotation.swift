extension String {
  /// The text in quotation marks, fit for a message: shortened, and with control characters replaced, since
  /// names from outside may be long or may try to command the terminal.
  package var quotedForMessage: String {
    let limit = 60
    var shown = ""
    for scalar in unicodeScalars.prefix(limit) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
        shown += scalar.codePoint
      default: shown.unicodeScalars.append(scalar)
      }
    }
    let isLonger = unicodeScalars.dropFirst(limit).first != nil
    return "\"\(shown)\(isLonger ? "…" : "")\""
  }
}
