/// A number that is written for people: with groups of digits, a decimal comma, a sign of currency, a unit, a percent sign or a
/// minus of its own, such as `$1,234.50`, `1.160,35`, `1 234`, `12 %`, `\u{2212}3.5` or `(17)`.
struct DressedNumber {
  /// Digits of the whole part, and of the fraction, without groups, where one of point and comma is before the fraction.
  private var digits = ""
  private var fraction = ""
  private var exponent = ""
  private var isNegative = false
  /// What stands beside the number.
  private(set) var unit = ""
  private(set) var sign = NumberEvidence.Sign.none

  /// The number, in a column of this style.
  func value(_ style: NumberStyle) -> Double? {
    guard style.takes(unit) else { return nil }
    var text = isNegative ? "-" : ""
    if case .ambiguous(let point) = sign, point != style.point {
      text += digits + fraction
    } else {
      text += digits + (fraction.isEmpty ? "" : ".\(fraction)")
    }
    return Double(exponent.isEmpty ? text : "\(text)e\(exponent)")
  }

  /// nil for any other text.
  init?(_ text: String) {
    var rest = Self.trimmed(text.unicodeScalars[...])
    if let first = rest.first, let last = rest.last, rest.count > 2, Self.closing[first] == last {
      rest = Self.trimmed(rest.dropFirst().dropLast())
    }
    if rest.first == "(", rest.last == ")" {
      isNegative = true
      rest = Self.trimmed(rest.dropFirst().dropLast())
    }
    guard takeFront(&rest), takeBack(&rest), takeExponent(&rest), takeDigits(rest) else { return nil }
  }

  /// Whether a text says that a number is above or below another, or about it, such as `<0.1`.
  static func isBound(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, "<>~\u{2248}\u{2264}\u{2265}=".unicodeScalars.contains(first)
    else {
      return false
    }
    return DressedNumber(
      String(text.unicodeScalars.drop { "<>~\u{2248}\u{2264}\u{2265}=".unicodeScalars.contains($0) })) != nil
  }

  // MARK: - Around the digits

  private static let closing: [Unicode.Scalar: Unicode.Scalar] = [
    "'": "'", "\"": "\"", "\u{2018}": "\u{2019}", "\u{201C}": "\u{201D}", "\u{201E}": "\u{201C}",
  ]
  /// Blanks, some of which do not break a line.
  private static let blanks: Set<Unicode.Scalar> = [
    " ", "\t", "\u{A0}", "\u{2007}", "\u{2009}", "\u{200A}", "\u{202F}",
  ]
  private static let minuses: Set<Unicode.Scalar> = ["-", "\u{2212}", "\u{2013}", "\u{FE63}", "\u{FF0D}"]
  private static let symbols: Set<Unicode.Scalar> = ["%", "\u{2030}", "\u{B0}"]
  /// Codes of currencies that may stand right beside a number (ISO 4217).
  private static let currencies: Set<String> = [
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "INR", "JPY", "KRW",
    "MXN",
    "NOK", "NZD", "PLN", "RON", "RUB", "SEK", "SGD", "THB", "TRY", "UAH", "USD", "ZAR",
  ]

  private static func isSymbol(_ scalar: Unicode.Scalar) -> Bool {
    symbols.contains(scalar) || scalar.properties.generalCategory == .currencySymbol
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { 48...57 ~= scalar.value }

  private static func trimmed(_ text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
    var text = text
    while let first = text.first, blanks.contains(first) { text.removeFirst() }
    while let last = text.last, blanks.contains(last) { text.removeLast() }
    return text
  }

  private mutating func setUnit(_ unit: String) -> Bool {
    guard self.unit.isEmpty else { return false }
    self.unit = unit
    return true
  }

  /// Signs and a currency.
  private mutating func takeFront(_ rest: inout Substring.UnicodeScalarView) -> Bool {
    var hasSign = false
    while let first = rest.first {
      if Self.blanks.contains(first) {
        rest.removeFirst()
      } else if Self.minuses.contains(first) || first == "+" {
        guard !hasSign, !(isNegative && first != "+") else { return false }
        hasSign = true
        if first != "+" { isNegative = true }
        rest.removeFirst()
      } else if first.properties.generalCategory == .currencySymbol {
        guard setUnit(String(first)) else { return false }
        rest.removeFirst()
      } else if rest.count > 3, Self.currencies.contains(String(rest.prefix(3))) {
        guard setUnit(String(rest.prefix(3))) else { return false }
        rest.removeFirst(3)
      } else {
        break
      }
    }
    return true
  }

  /// A currency, a percent sign, or a unit, which stands apart: `12B` is a code.
  private mutating func takeBack(_ rest: inout Substring.UnicodeScalarView) -> Bool {
    guard let last = rest.last, !Self.isDigit(last) else { return true }
    if Self.minuses.contains(last) {
      // As in books of account: 17-.
      guard !isNegative else { return false }
      isNegative = true
      rest.removeLast()
      return true
    }
    if Self.isSymbol(last) {
      guard setUnit(String(last)) else { return false }
      rest = Self.trimmed(rest.dropLast())
      return true
    }
    if rest.count > 3, Self.currencies.contains(String(rest.suffix(3))) {
      guard setUnit(String(rest.suffix(3))) else { return false }
      rest = Self.trimmed(rest.dropLast(3))
      return true
    }
    guard let blank = rest.lastIndex(where: { Self.blanks.contains($0) }) else { return true }
    let word = rest[rest.index(after: blank)...]
    let marks: Set<Unicode.Scalar> = ["/", "\u{B2}", "\u{B3}", "\u{B0}", "\u{B5}"]
    guard word.count <= 5, word.contains(where: { $0.properties.isAlphabetic }),
      word.allSatisfy({ $0.properties.isAlphabetic || marks.contains($0) || Self.isDigit($0) })
    else { return false }
    guard setUnit(String(word)) else { return false }
    rest = Self.trimmed(rest[..<blank])
    return true
  }

  private mutating func takeExponent(_ rest: inout Substring.UnicodeScalarView) -> Bool {
    guard let place = rest.lastIndex(where: { $0 == "e" || $0 == "E" }) else { return true }
    var power = rest[rest.index(after: place)...]
    if let first = power.first, Self.minuses.contains(first) || first == "+" {
      if first != "+" { exponent = "-" }
      power.removeFirst()
    }
    guard 1...9 ~= power.count, power.allSatisfy(Self.isDigit) else { return false }
    exponent += String(power)
    rest = rest[..<place]
    return true
  }

  // MARK: - Digits

  private mutating func takeDigits(_ text: Substring.UnicodeScalarView) -> Bool {
    let apostrophes: Set<Unicode.Scalar> = ["'", "\u{2019}"]
    var groups: [Substring.UnicodeScalarView] = []
    var marks: [Unicode.Scalar] = []
    var begin = text.startIndex
    for place in text.indices where !Self.isDigit(text[place]) {
      let mark = text[place]
      let kind: Unicode.Scalar
      if mark == "." || mark == "," {
        kind = mark
      } else if Self.blanks.contains(mark) {
        kind = " "
      } else if apostrophes.contains(mark) {
        kind = "'"
      } else {
        return false
      }
      groups.append(text[begin..<place])
      marks.append(kind)
      begin = text.index(after: place)
    }
    groups.append(text[begin...])
    // 031 583 is a code.
    if marks.first == " ", groups[0].first == "0" { return false }
    guard groups.contains(where: { !$0.isEmpty }), groups.joined().count <= 400 else { return false }
    return part(groups.map { String($0) }, marks)
  }

  /// Tells the mark before the fraction from those between groups.
  private mutating func part(_ groups: [String], _ marks: [Unicode.Scalar]) -> Bool {
    guard let last = marks.last else {
      digits = groups[0]
      return !digits.isEmpty
    }
    let kinds = Set(marks)
    let isPoint = last == "." || last == ","
    let other = last == "." ? NumberStyle.comma : NumberStyle.dot
    let point = UInt8(truncatingIfNeeded: last.value)
    // Groups, and no fraction: 1.234.567, 1 234.
    if kinds.count == 1, !isPoint || marks.count > 1 {
      guard Self.areGroups(groups, isComma: last == ",") else { return false }
      digits = groups.joined()
      if isPoint { sign = .proof(of: other) }
      return true
    }
    // The last mark is before the fraction: it comes once, and one kind parts the groups before it.
    guard isPoint, marks.filter({ $0 == last }).count == 1, kinds.count <= 2 else { return false }
    let whole = Array(groups.dropLast())
    guard let end = groups.last, whole.count == 1 || Self.areGroups(whole, isComma: marks[0] == ",") else {
      return false
    }
    (digits, fraction) = (whole.joined(), end)
    guard !digits.isEmpty || !fraction.isEmpty else { return false }
    if digits.isEmpty { digits = "0" }
    let couldGroup =
      whole.count == 1 && whole[0].count <= 3 && end.utf8.count == 3 && exponent.isEmpty && !whole[0].isEmpty
      && whole[0].first != "0"
    sign = couldGroup ? .ambiguous(point) : .proof(of: point)
    return true
  }

  /// Groups of three behind one of up to three; in India all but the last may have two.
  private static func areGroups(_ groups: [String], isComma: Bool) -> Bool {
    guard let first = groups.first, let last = groups.last, 1...3 ~= first.utf8.count, last.utf8.count == 3
    else {
      return false
    }
    let middle = groups.dropFirst().dropLast()
    return middle.allSatisfy { $0.utf8.count == 3 }
      || isComma && first.utf8.count <= 2 && middle.allSatisfy { $0.utf8.count == 2 }
  }
}
