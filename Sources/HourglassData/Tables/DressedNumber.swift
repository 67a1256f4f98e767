/// A number with a sign of currency, a unit, a percent sign or groups of digits around it, such as `$1,234`, `12%`,
/// `<0.1` or `1.234 EUR`.
enum DressedNumber {
  private static let before: Set<Character> = [
    "$", "€", "£", "¥", "₹", "<", ">", "~", "≈", "≤", "≥", "=", "-", "+", " ",
  ]
  private static let after: Set<Character> = ["$", "€", "£", "¥", "₹", "%", "‰", "°", " "]

  static func matches(_ text: String) -> Bool {
    var rest = text[...]
    rest = rest.drop { before.contains($0) }
    // A unit stands apart, unlike the letters of a code such as 12B.
    if let space = rest.lastIndex(of: " "), rest[space...].dropFirst().count <= 4,
      rest[space...].dropFirst().allSatisfy(\.isLetter)
    {
      rest = rest[..<space]
    }
    while let last = rest.last, after.contains(last) { rest.removeLast() }
    return isGrouped(rest)
  }

  /// Digits in groups of three, the last group perhaps of another length.
  private static func isGrouped(_ text: Substring) -> Bool {
    let groups = text.split(omittingEmptySubsequences: false) { ".,'’".contains($0) }
    guard groups.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }) else {
      return false
    }
    return groups.count < 3 || groups.dropFirst().dropLast().allSatisfy { $0.count == 3 }
  }
}
