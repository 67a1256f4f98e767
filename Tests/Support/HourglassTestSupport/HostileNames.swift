/// Names that files, classes, columns and cells may have, each of which is something else to whoever reads what is written:
/// a script, an attribute, a cell, a command, a line of its own, an order to the terminal.
package enum HostileNames {
  /// Marks that join what follows or what stands before to one of Swift's characters stand beside what must be escaped.
  package static let all = [
    "\u{600}<script>alert(1)</script>", "\u{600}\"\u{301} onclick=\"alert(1)", "\u{600}&\u{301}lt;b>",
    "</script><!--<script>alert(1)//]]>", "\u{301}</title></style>\u{600}<i>",
    "a,\u{301}b", "\u{600},\u{600},", "\u{301},\u{301}\"\u{301}\u{600}\"x", "=1+1", "@sum", "-rf",
    "'\u{301};touch pwned;'\u{301}", "\u{600}`touch pwned`", "$(touch pwned)", "\u{600};touch pwned #",
    "a\\'b\u{1B}'",
    "\u{202E}gnp.txt", "\u{2066}a\u{2069}", "\u{1B}[31mred", "\u{9B}31mred", "bell\u{7}\u{7F}",
    "one\nerror: two", "one\r\ntwo", "\u{600}\rtwo", "one\u{2028}two\u{85}three", "\ttab",
  ]

  /// Those a file system takes.
  package static let ofFiles = all.map { name in
    String(String.UnicodeScalarView(name.unicodeScalars.map { $0 == "/" ? "\\" : $0 }))
  }
}

/// How often the bytes of a text stand in another. `contains` compares characters, which is what these tests are about.
package func occurrences(of part: String, in text: String) -> Int {
  let (part, text) = (Array(part.utf8), Array(text.utf8))
  guard !part.isEmpty, text.count >= part.count else { return 0 }
  return (0...text.count - part.count).count { text[$0] == part[0] && text[$0...].starts(with: part) }
}

/// Whether a text has bytes of another in it.
package func holds(_ text: String, _ part: String) -> Bool { occurrences(of: part, in: text) > 0 }

/// Whether nothing in a text commands a terminal, but for the ends of lines.
package func isFitForTerminal(_ text: String) -> Bool {
  text.unicodeScalars.allSatisfy { scalar in
    switch scalar.value {
    case 0x0A: true
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: false
    default: true
    }
  }
}

/// The names of the tags of a page, as a browser finds them by bytes; what lies in scripts and styles is passed over.
package func tags(of page: String) -> [String] {
  let bytes = Array(page.utf8)
  var names: [String] = []
  var place = 0
  while place + 1 < bytes.count {
    guard bytes[place] == UInt8(ascii: "<") else {
      place += 1
      continue
    }
    let name = bytes[(place + 1)...].prefix { !" \n\t>".utf8.contains($0) }
    names.append(String(decoding: name, as: UTF8.self).lowercased())
    var quote: UInt8?
    while place < bytes.count, quote != nil || bytes[place] != UInt8(ascii: ">") {
      if let open = quote {
        if bytes[place] == open { quote = nil }
      } else if bytes[place] == UInt8(ascii: "\"") {
        quote = bytes[place]
      }
      place += 1
    }
    if let raw = names.last, raw == "script" || raw == "style" {
      let end = Array("</\(raw)".utf8)
      while place < bytes.count, !bytes[place...].starts(with: end) { place += 1 }
    }
  }
  return names
}

/// The rows of a table with commas, read by its bytes (RFC 4180).
package func rows(ofTable bytes: [UInt8]) -> [[String]] {
  var rows: [[String]] = []
  var (row, cell): ([String], [UInt8]) = ([], [])
  var isQuoted = false
  func text() -> String { String(decoding: cell, as: UTF8.self) }
  for (place, byte) in bytes.enumerated() {
    switch byte {
    case UInt8(ascii: "\""):
      // The second of two in quotes is one.
      if !isQuoted, place > 0, bytes[place - 1] == byte { cell.append(byte) }
      isQuoted.toggle()
    case UInt8(ascii: ",") where !isQuoted:
      row.append(text())
      cell = []
    case UInt8(ascii: "\n") where !isQuoted:
      rows.append(row + [text()])
      (row, cell) = ([], [])
    default: cell.append(byte)
    }
  }
  return rows
}
