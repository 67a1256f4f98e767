import HourglassBase

extension JSONValue {
  /// Reads strict JSON (RFC 8259) in UTF-8 from bytes that need not be trusted.
  ///
  /// Refused beyond the grammar: a key that occurs twice in one object (compared byte by byte), surrogates without
  /// their partner, more marks in a row than `TextLimits.marks`, anything after the value but white space, and
  /// whatever exceeds `JSONLimits`. Time and memory grow in proportion to the bytes.
  ///
  /// - Parameter source: what the bytes are, for messages: usually a path.
  /// - Throws: `HourglassError(.badData)`, with the offset of the offending byte, counted from zero.
  package static func parse(_ bytes: [UInt8], source: String) throws -> JSONValue {
    try bytes.withUnsafeBufferPointer { try parse($0, source: source) }
  }

  /// Reads strict JSON from memory that is only borrowed; otherwise as the form that takes an array.
  package static func parse(_ bytes: UnsafeBufferPointer<UInt8>, source: String) throws -> JSONValue {
    var parser = JSONParser(bytes: bytes, source: source)
    return try parser.parseDocument()
  }
}

/// What the parser accepts at most; far beyond any honest file, and small enough for any machine.
package enum JSONLimits {
  /// Arrays and objects within one another.
  package static let depth = 100
  /// Values in the whole text, each array and object counted as one.
  package static let values = 4_000_000
  /// Characters of one number.
  package static let numberLength = 1_000
}

private struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  let source: String
  var offset = 0
  var depth = 0
  var valueCount = 0

  init(bytes: UnsafeBufferPointer<UInt8>, source: String) {
    self.bytes = bytes
    self.source = source
  }

  mutating func parseDocument() throws -> JSONValue {
    let value = try parseValue()
    skipWhiteSpace()
    guard offset == bytes.count else { throw failure("more text after the end of the value") }
    return value
  }

  private mutating func parseValue() throws -> JSONValue {
    skipWhiteSpace()
    valueCount += 1
    guard valueCount <= JSONLimits.values else { throw failure("more than \(JSONLimits.values) values") }
    guard let byte = current else { throw failure("\(foundHere) instead of a value") }
    switch byte {
    case UInt8(ascii: "{"): return try parseObject()
    case UInt8(ascii: "["): return try parseArray()
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try parseNumber())
    case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
    case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
    case UInt8(ascii: "n"): return try parseWord("null", .null)
    default: throw failure("\(foundHere) instead of a value")
    }
  }

  private mutating func parseObject() throws -> JSONValue {
    try enter()
    var members: [JSONMember] = []
    var keys: Set<ByteText> = []
    skipWhiteSpace()
    if skip("}") {
      depth -= 1
      return .object([])
    }
    repeat {
      skipWhiteSpace()
      let keyOffset = offset
      guard current == UInt8(ascii: "\"") else { throw failure("\(foundHere) instead of a key") }
      let key = try parseString()
      guard keys.insert(ByteText(key)).inserted else {
        throw failure("the key \(key.quotedForMessage) a second time", at: keyOffset)
      }
      skipWhiteSpace()
      guard skip(":") else { throw failure("\(foundHere) instead of a colon") }
      members.append(JSONMember(key, try parseValue()))
      skipWhiteSpace()
    } while skip(",")
    guard skip("}") else { throw failure("\(foundHere) instead of a comma or a closing brace") }
    depth -= 1
    return .object(members)
  }

  private mutating func parseArray() throws -> JSONValue {
    try enter()
    var elements: [JSONValue] = []
    skipWhiteSpace()
    if skip("]") {
      depth -= 1
      return .array([])
    }
    repeat {
      elements.append(try parseValue())
      skipWhiteSpace()
    } while skip(",")
    guard skip("]") else { throw failure("\(foundHere) instead of a comma or a closing bracket") }
    depth -= 1
    return .array(elements)
  }

  private mutating func enter() throws {
    depth += 1
    guard depth <= JSONLimits.depth else { throw failure("more than \(JSONLimits.depth) nested levels") }
    offset += 1
  }

  private mutating func parseWord(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
    let length = word.utf8CodeUnitCount
    guard offset + length <= bytes.count,
      bytes[offset..<offset + length].elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: length))
    else { throw failure("\(foundHere) instead of a value") }
    offset += length
    return value
  }

  private mutating func parseNumber() throws -> JSONNumber {
    let start = offset
    _ = skip("-")
    if !skip("0") { try skipDigits() }
    if skip(".") { try skipDigits() }
    if skip("e") || skip("E") {
      if !skip("+") { _ = skip("-") }
      try skipDigits()
    }
    guard offset - start <= JSONLimits.numberLength else {
      throw failure("a number of more than \(JSONLimits.numberLength) characters", at: start)
    }
    return JSONNumber(validated: String(decoding: bytes[start..<offset], as: UTF8.self))
  }

  private mutating func skipDigits() throws {
    let start = offset
    while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
    guard offset > start else { throw failure("\(foundHere) instead of a digit") }
  }

  private mutating func parseString() throws -> String {
    let start = offset
    offset += 1
    var runStart = offset
    // Filled only once an escape shows that the text differs from its bytes.
    var unescaped: [UInt8] = []
    var hasEscapes = false
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        let run = bytes[runStart..<offset]
        let text: String?
        if hasEscapes {
          unescaped += run
          text = String(validating: unescaped, as: UTF8.self)
        } else {
          text = String(validating: run, as: UTF8.self)
        }
        guard let text else { throw failure("a string that is not valid UTF-8", at: start) }
        guard text.keepsMarkLimit else {
          throw failure(
            "a string of more than \(grouped(TextLimits.marks)) marks that combine with one letter", at: start
          )
        }
        offset += 1
        return text
      case UInt8(ascii: "\\"):
        hasEscapes = true
        unescaped += bytes[runStart..<offset]
        try parseEscape(into: &unescaped)
        runStart = offset
      case 0..<0x20: throw failure("\(foundHere) unescaped within a string")
      default: offset += 1
      }
    }
    throw failure("a string without its closing quotation mark", at: start)
  }

  private mutating func parseEscape(into unescaped: inout [UInt8]) throws {
    let start = offset
    offset += 1
    guard let kind = current else { throw failure("an unfinished escape", at: start) }
    offset += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(kind)
    case UInt8(ascii: "b"): unescaped.append(0x08)
    case UInt8(ascii: "f"): unescaped.append(0x0C)
    case UInt8(ascii: "n"): unescaped.append(0x0A)
    case UInt8(ascii: "r"): unescaped.append(0x0D)
    case UInt8(ascii: "t"): unescaped.append(0x09)
    case UInt8(ascii: "u"):
      var code = try parseHexadecimal(escapeStart: start)
      if (0xD800..<0xDC00).contains(code), skip("\\"), skip("u") {
        let low = try parseHexadecimal(escapeStart: start)
        guard (0xDC00..<0xE000).contains(low) else { throw failure("half of a surrogate pair", at: start) }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw failure("half of a surrogate pair", at: start) }
      unescaped += String(Character(scalar)).utf8
    default: throw failure("an unknown escape", at: start)
    }
  }

  private mutating func parseHexadecimal(escapeStart: Int) throws -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("an escape without four hexadecimal digits", at: escapeStart)
      }
      code = code << 4 | UInt32(digit)
      offset += 1
    }
    return code
  }

  private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func skipWhiteSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
  }

  private var foundHere: String {
    guard let byte = current else { return "the end of the text" }
    let hexadecimal = String(byte, radix: 16, uppercase: true)
    return (0x21..<0x7F).contains(byte)
      ? "the character \(Unicode.Scalar(byte))" : "the byte 0x\(byte < 16 ? "0" : "")\(hexadecimal)"
  }

  private func failure(_ what: String, at place: Int? = nil) -> HourglassError {
    HourglassError(
      .badData,
      "\(source) is not valid JSON: at byte \(place ?? offset) there is \(what); get a fresh copy of the file."
    )
  }
}
