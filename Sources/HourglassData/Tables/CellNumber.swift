extension Table {
  /// The number that a cell with this text holds, read by itself; nil where it is none.
  package static func number(in text: String) -> Double? {
    var unused = NumberEvidence()
    return Array(text.utf8).withUnsafeBufferPointer { cell in
      if case .number(let value) = CellNumber.read(cell, style: NumberStyle(), evidence: &unused) {
        value
      } else {
        nil
      }
    }
  }

  /// Texts of cells, in small letters, that stand for a missing one in every column.
  package static var missingTexts: Set<String> { CellNumber.missing }
}

/// Reads the number in a cell.
enum CellNumber {
  /// What a cell holds.
  enum Reading {
    case number(Double)
    case missing
    case text
  }

  /// - Parameters:
  ///   - style: of the column.
  ///   - evidence: of how the column's numbers are written, to which the cell adds.
  @inline(__always)
  static func read(
    _ cell: UnsafeBufferPointer<UInt8>, style: NumberStyle, evidence: inout NumberEvidence
  ) -> Reading {
    var sign = NumberEvidence.Sign.none
    let value = quick(cell, point: style.point, sign: &sign)
    guard value.isNaN else {
      evidence.add(sign)
      if case .ambiguous = sign, evidence.ambiguousExample.isEmpty {
        evidence.show(CellText.decode(cell).text)
      }
      return .number(value)
    }
    return slow(cell, style: style, evidence: &evidence)
  }

  /// Powers that are exact in double precision.
  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20,
    1e21, 1e22,
  ]

  /// Digits with perhaps a sign, a fraction and an exponent. Up to 15 digits, the result is the nearest number
  /// (Clinger 1990); with up to 19 it is within one unit in the last place. Not a number for anything else.
  ///
  /// - Parameter sign: what its point shows.
  @inline(__always)
  private static func quick(
    _ cell: UnsafeBufferPointer<UInt8>, point: UInt8, sign: inout NumberEvidence.Sign
  ) -> Double {
    guard var byte = cell.baseAddress, !cell.isEmpty else { return .nan }
    let end = byte + cell.count
    var isNegative = false
    if byte.pointee == UInt8(ascii: "-") || byte.pointee == UInt8(ascii: "+") {
      isNegative = byte.pointee == UInt8(ascii: "-")
      byte += 1
    }
    let isZero = byte < end && byte.pointee == UInt8(ascii: "0")
    var digits: UInt64 = 0
    var digitCount = 0
    var exponent = 0
    while byte < end, byte.pointee &- 48 < 10 {
      digits = digits &* 10 &+ UInt64(byte.pointee &- 48)
      digitCount += 1
      byte += 1
    }
    if byte < end, byte.pointee == point {
      let whole = digitCount
      byte += 1
      while byte < end, byte.pointee &- 48 < 10 {
        digits = digits &* 10 &+ UInt64(byte.pointee &- 48)
        digitCount += 1
        exponent -= 1
        byte += 1
      }
      let couldGroup = exponent == -3 && byte == end && 1...3 ~= whole && !isZero
      sign = couldGroup ? .ambiguous(point) : .proof(of: point)
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

  fileprivate static let missing: Set<String> = [
    "", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "nil", "?", "-", ".", "inf", "-inf", "+inf",
    "infinity",
    "-infinity",
  ]

  private static func slow(
    _ cell: UnsafeBufferPointer<UInt8>, style: NumberStyle, evidence: inout NumberEvidence
  ) -> Reading {
    guard cell.count <= 400 else { return .text }
    let (text, _) = CellText.decode(cell, limit: 400)
    if missing.contains(text.lowercased()) { return .missing }
    guard let number = DressedNumber(text) else { return .text }
    if case .ambiguous = number.sign { evidence.show(text) }
    if isPlain(cell) { evidence.add(number.sign) } else { evidence.add(number, text) }
    guard let value = number.value(style) else { return .text }
    guard value.isFinite else {
      evidence.addTooLarge()
      return .missing
    }
    return .number(value)
  }

  /// Whether a program wrote it: digits, signs, a point and an exponent.
  private static func isPlain(_ cell: UnsafeBufferPointer<UInt8>) -> Bool {
    cell.allSatisfy { 48...57 ~= $0 || "+-.eE".utf8.contains($0) }
  }
}
