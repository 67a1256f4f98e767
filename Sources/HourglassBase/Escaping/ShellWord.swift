extension String {
  /// The text as one word for a POSIX shell, whatever is in it.
  package var shellWord: String {
    if unicodeScalars.contains(where: \.isControlling) { return codedShellWord }
    // To zsh a word that begins with "=" is a command's path.
    if !isEmpty, utf8.first != UInt8(ascii: "="), utf8.allSatisfy(Self.isPlainInShell) { return self }
    return "'" + parts(at: "'").joined(separator: #"'\''"#) + "'"
  }

  /// A path as one word for a shell that no program takes for an option.
  package var shellPath: String { (utf8.first == UInt8(ascii: "-") ? "./\(self)" : self).shellWord }

  private static func isPlainInShell(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "/._-+,:@%=".utf8.contains(byte)
    }
  }

  /// In `$'...'`, the controls as octal numbers: a terminal that is given them raw by a paste would obey them, quotes or no.
  private var codedShellWord: String {
    var word = ""
    for scalar in unicodeScalars {
      if scalar.isControlling {
        for byte in String(scalar).utf8 {
          let digits = String(byte, radix: 8)
          word += "\\" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
        }
      } else {
        if scalar == "'" || scalar == "\\" { word += "\\" }
        word.unicodeScalars.append(scalar)
      }
    }
    return "$'\(word)'"
  }
}
