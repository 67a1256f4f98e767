// Texts from outside taken apart by bytes, which marks cannot join to others as they join characters.

extension String {
  /// Whether the text's last bytes are those of another, such as ".html".
  package func ends(with ending: String) -> Bool {
    utf8.count >= ending.utf8.count && utf8.suffix(ending.utf8.count).elementsEqual(ending.utf8)
  }

  /// Whether the text's first bytes are those of another.
  package func begins(with beginning: String) -> Bool { utf8.starts(with: beginning.utf8) }

  /// The text without the last bytes, which are those of another.
  package func dropping(ending: String) -> String {
    String(Substring(utf8.dropLast(ending.utf8.count)))
  }

  /// What stands before, between and after the places of a separator, empty parts too.
  ///
  /// - Parameters:
  ///   - separator: a character of ASCII.
  ///   - cuts: made at most, from the front.
  package func parts(at separator: Unicode.Scalar, cuts: Int = .max) -> [String] {
    precondition(separator.isASCII, "bytes of other characters are parts of several")
    let byte = UInt8(truncatingIfNeeded: separator.value)
    return utf8.split(separator: byte, maxSplits: cuts, omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
  }

  /// The last part of a path that is not empty; nil where there is none.
  package var lastPathPart: String? { parts(at: "/").last { !$0.isEmpty } }

  /// Whether a list of a folder passes the name over.
  package var isHiddenName: Bool { begins(with: ".") }
}
