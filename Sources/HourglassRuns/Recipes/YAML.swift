import HourglassBase
import Yams

/// Settings as YAML, read and written with Yams.
package enum YAML {
  /// A recipe needs few; the rest is an attack or a mistake.
  private static let mostValues = 100_000
  private static let deepest = 100

  /// - Parameter source: the file's name, for messages.
  /// - Throws: `HourglassError` (badData) naming the line for text that is not YAML.
  package static func parse(_ text: String, source: String) throws(HourglassError) -> SettingValue {
    try refuseDeepNesting(text, source: source)
    try refuseAnchors(text, source: source)
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw HourglassError(
        .badData,
        "\(source) is not valid YAML: \(oneLine(String(describing: error))); correct it there.")
    } catch {
      throw HourglassError(.badData, "\(source) is not valid YAML: \(oneLine(error.localizedDescription)).")
    }
    guard let node else {
      throw HourglassError(.badData, "\(source) is empty; a recipe is a map of settings.")
    }
    var count = 0
    return try value(node, depth: 0, source: source, count: &count)
  }

  private static func oneLine(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).map { $0.trimmingPrefix { $0.isWhitespace } }
      .filter { !$0.allSatisfy { "^ ".contains($0) } }.joined(separator: " ")
    return shortened(line)
  }

  /// The parser itself recurses; brackets and indentation bound how deep.
  private static func refuseDeepNesting(_ text: String, source: String) throws(HourglassError) {
    var open = 0
    var indentation = 0
    var atLineStart = true
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        open += 1
        atLineStart = false
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        open = max(open - 1, 0)
        atLineStart = false
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        atLineStart = true
        indentation = 0
      case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "?"):
        if atLineStart { indentation += 1 }
      default:
        atLineStart = false
      }
      if open > deepest || indentation > 10 * deepest {
        throw HourglassError(
          .badData, "\(source) is nested more than \(deepest) levels deep; write it flatter.")
      }
    }
  }

  /// A value under a name may be used in many places, and those again: a short text may stand for a huge one.
  /// An "&" that begins a word is such a name wherever it stands, rather than text in quotes.
  private static func refuseAnchors(_ text: String, source: String) throws(HourglassError) {
    var previous = UInt8(ascii: "\n")
    var isAnchor = false
    for byte in text.utf8 {
      if isAnchor && !" \t\r\n".utf8.contains(byte) {
        throw HourglassError(
          .badData,
          "\(source) has a word that begins with \"&\", a YAML anchor; write the value out in each place, or put a "
            + "space after the \"&\".")
      }
      isAnchor = byte == UInt8(ascii: "&") && " \t\r\n[]{},:?-".utf8.contains(previous)
      previous = byte
    }
  }

  private static func value(
    _ node: Node, depth: Int, source: String, count: inout Int
  ) throws(HourglassError) -> SettingValue {
    count += 1
    guard count <= mostValues, depth <= deepest else {
      throw HourglassError(
        .badData,
        "\(source) has more than \(mostValues) values or is nested more than \(deepest) levels deep; write it flatter."
      )
    }
    switch node {
    case .scalar(let scalar):
      return scalar.style == .plain || scalar.style == .any ? plain(scalar.string) : .string(scalar.string)
    case .sequence(let sequence):
      var values: [SettingValue] = []
      for element in sequence {
        values.append(try value(element, depth: depth + 1, source: source, count: &count))
      }
      return .list(values)
    case .mapping(let mapping):
      var settings: [Setting] = []
      for (key, inner) in mapping {
        guard case .scalar(let name) = key else {
          throw HourglassError(.badData, "\(source) has a key that is not a plain word; use simple names.")
        }
        settings.append(
          Setting(name.string, try value(inner, depth: depth + 1, source: source, count: &count)))
      }
      return .map(settings)
    case .alias:
      throw HourglassError(.badData, "\(source) uses a YAML alias; write the value out.")
    }
  }

  /// YAML's core schema: null, true and false, numbers, and text for the rest.
  private static func plain(_ text: String) -> SettingValue {
    switch text {
    case "", "~", "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default: break
    }
    let digits = text.filter { !"+-.eE_".contains($0) }
    if !digits.isEmpty, digits.allSatisfy(\.isWholeNumber), let number = Double(text), number.isFinite {
      return .number(number)
    }
    return .string(text)
  }

  /// - Parameter value: a map.
  package static func text(_ value: SettingValue) throws -> String {
    try Yams.serialize(node: node(value), width: -1)
  }

  private static func node(_ value: SettingValue) -> Node {
    switch value {
    case .null: return Node("null")
    case .bool(let bool): return Node(bool ? "true" : "false", Tag(.bool))
    case .number: return Node(value.text, Tag(.float))
    case .string(let text):
      // Text that would read as something else is quoted.
      let style: Node.Scalar.Style = plain(text) == .string(text) ? .any : .doubleQuoted
      return .scalar(Node.Scalar(text, Tag(.str), style))
    case .list(let values):
      let isFlat = values.allSatisfy { if case .number = $0 { true } else { false } }
      return .sequence(Node.Sequence(values.map(node), Tag(.seq), isFlat ? .flow : .block))
    case .map(let settings):
      return .mapping(Node.Mapping(settings.map { (Node($0.key), node($0.value)) }))
    }
  }
}
