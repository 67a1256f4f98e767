/// The order in which the members of objects are written.
package enum JSONKeyOrder: Sendable {
  /// As they stand in the value.
  case insertion
  /// By the bytes of their keys in UTF-8, so that equal contents give equal bytes.
  case sorted
}

extension JSONValue {
  /// The value as compact JSON: no white space, UTF-8, only what must be escaped is escaped.
  package func serialized(keys order: JSONKeyOrder = .insertion) -> [UInt8] {
    var output: [UInt8] = []
    append(to: &output, order: order)
    return output
  }

  /// The value as compact JSON text.
  package func text(keys order: JSONKeyOrder = .insertion) -> String {
    String(decoding: serialized(keys: order), as: UTF8.self)
  }

  private func append(to output: inout [UInt8], order: JSONKeyOrder) {
    switch self {
    case .null: output += "null".utf8
    case .bool(let flag): output += (flag ? "true" : "false").utf8
    case .number(let number): output += number.text.utf8
    case .string(let text): Self.appendString(text, to: &output)
    case .array(let elements):
      output.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        element.append(to: &output, order: order)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let members):
      let ordered =
        switch order {
        case .insertion: members
        case .sorted: members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        }
      output.append(UInt8(ascii: "{"))
      for (index, member) in ordered.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        Self.appendString(member.key, to: &output)
        output.append(UInt8(ascii: ":"))
        member.value.append(to: &output, order: order)
      }
      output.append(UInt8(ascii: "}"))
    }
  }

  private static func appendString(_ text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): output += #"\""#.utf8
      case UInt8(ascii: "\\"): output += #"\\"#.utf8
      case 0x08: output += #"\b"#.utf8
      case 0x09: output += #"\t"#.utf8
      case 0x0A: output += #"\n"#.utf8
      case 0x0C: output += #"\f"#.utf8
      case 0x0D: output += #"\r"#.utf8
      case 0..<0x20:
        output += #"\u00"#.utf8
        if byte < 0x10 { output.append(UInt8(ascii: "0")) }
        output += String(byte, radix: 16).utf8
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}
