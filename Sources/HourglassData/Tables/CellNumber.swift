/// Reads the number in a cell.
enum CellNumber {
  /// What a cell holds.
  enum Reading {
    case number(Double)
    case missing
    case text
  }

  /// - Parameter point: the character before the fraction: a point, or a comma.
  @inline(__always)
  static func read(_ cell: UnsafeBufferPointer<UInt8>, point: UInt8) -> Reading {
    let value = quick(cell, point: point)
    if !value.isNaN { return .number(value) }
    return slow(cell, point: point)
  }

  /// Powers that are exact in double precision.
  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20,
    1e21, 1e22,
  ]

  /// Digits with perhaps a sign, a fraction and an exponent. Up to 15 digits, the result is the nearest number
  /// (Clinger 1990); with up to 19 it is within one unit in the last place. Not a number for anything else.
  @inline(__always)
  private static func quick(_ cell: UnsafeBufferPointer<UInt8>, point: UInt8) -> Double {
    guard var byte = cell.baseAddress, !cell.isEmpty else { return .nan }
    let end = byte + cell.count
    var isNegative = false
    if byte.pointee == UInt8(ascii: "-") || byte.pointee == UInt8(ascii: "+") {
      isNegative = byte.pointee == UInt8(ascii: "-")
      byte += 1
    }
    var digits: UInt64 = 0
    var digitCount = 0
    var exponent = 0
    while byte < end, byte.pointee &- 48 < 10 {
      digits = digits &* 10 &+ UInt64(byte.pointee &- 48)
      digitCount += 1
      byte += 1
    }
    if byte < end, byte.pointee == point {
      byte += 1
      while byte < end, byte.pointee &- 48 < 10 {
        digits = digits &* 10 &+ UInt64(byte.pointee &- 48)
        digitCount += 1
        exponent -= 1
        byte += 1
      }
    }
    guard digitCount > 0, digitCount <= 19 else { return .nan }
    if byte < end, byte.pointee | 32 == UInt8(ascii: "e") {
      byte += 1
      var isDown = false
      if byte < end, byte.pointee == UInt8(ascii: "-") || byte.pointee == UInt8(ascii: "+") {
        isDown = byte.pointee == UInt8(ascii: "-")
        byte += 1
      }
      guard byte < end, end - byte <= 3 else { return .nan }
      var power = 0
      while byte < end, byte.pointee &- 48 < 10 {
        power = power * 10 + Int(byte.pointee &- 48)
        byte += 1
      }
      exponent += isDown ? -power : power
    }
    guard byte == end, abs(exponent) <= 22 else { return .nan }
    let magnitude = Double(digits)
    let value = powers.withUnsafeBufferPointer {
      exponent < 0 ? magnitude / $0[-exponent] : magnitude * $0[exponent]
    }
    return isNegative ? -value : value
  }

  private static let missing: Set<String> = [
    "", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "nil", "?", "-", ".", "inf", "-inf", "+inf",
    "infinity",
    "-infinity",
  ]

  private static func slow(_ cell: UnsafeBufferPointer<UInt8>, point: UInt8) -> Reading {
    guard cell.count <= 400 else { return .text }
    var text = String(decoding: cell, as: UTF8.self).lowercased()
    if missing.contains(text) { return .missing }
    // Swift would also read hexadecimal numbers and "nan(...)".
    guard text.utf8.allSatisfy({ 48...57 ~= $0 || $0 == point || "+-e".utf8.contains($0) }) else {
      return .text
    }
    if point != UInt8(ascii: ".") { text = String(text.map { $0 == "," ? "." : $0 }) }
    guard let value = Double(text) else { return .text }
    return value.isFinite ? .number(value) : .missing
  }
}
