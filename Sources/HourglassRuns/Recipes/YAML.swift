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
    try refuseEndlessMarks(text, source: source)
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw HourglassError(.badData, "\(source) is not valid YAML\(reason(error)); correct it there.")
    } catch {
      throw HourglassError(.badData, "\(source) is not valid YAML: \(oneLine(error.localizedDescription)).")
    }
    guard let node else {
      throw HourglassError(
        .badData,
        "\(source) is empty, but a recipe is a map of settings; write one, such as a shipped one with changes."
      )
    }
    var count = 0
    return try value(node, depth: 0, source: source, count: &count)
  }

  /// Where and why, without the text of the file, which may be long.
  private static func reason(_ error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return " (line \(mark.line), column \(mark.column): \(oneLine(problem)))"
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.sorted().map { "\"\(shortened($0))\"" }.joined(separator: " and ")
      return ": the map that begins in line \(context.mark.line) has \(names) more than once"
    default:
      return ": \(oneLine(String(describing: error)))"
    }
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

  /// YAML's line ends.
  private static let lineEnds: Set<Unicode.Scalar> = ["\r", "\n", "\u{85}", "\u{2028}", "\u{2029}"]
  private static let blanks: Set<Unicode.Scalar> = lineEnds.union([" ", "\t", "\u{feff}"])
  /// What a value may follow, apart from the beginning of a line and a tag.
  private static let beforeValues: Set<Unicode.Scalar> = ["[", "]", "{", "}", ",", ":", "?", "-"]

  /// A value under a name may be used in many places, and those again: a short text may stand for a huge one.
  /// An "&" where a value may begin is taken for such a name, in quotes and in comments too; one before a word within
  /// a text ("Tom &Jerry") is none.
  private static func refuseAnchors(_ text: String, source: String) throws(HourglassError) {
    guard text.utf8.contains(UInt8(ascii: "&")) else { return }
    var mayBegin = true
    var isTag = false
    var isAnchor = false
    for scalar in text.unicodeScalars {
      if isAnchor && !blanks.contains(scalar) {
        throw HourglassError(
          .badData,
          "\(source) has a word that begins with \"&\", a YAML anchor; write the value out in each place, or put a "
            + "space after the \"&\".")
      }
      isAnchor = scalar == "&" && mayBegin
      if lineEnds.contains(scalar) {
        (mayBegin, isTag) = (true, false)
      } else if blanks.contains(scalar) {
        // A tag stands between what a value follows and the value.
        if isTag { (mayBegin, isTag) = (true, false) }
      } else {
        isTag = isTag || (scalar == "!" && mayBegin)
        mayBegin = beforeValues.contains(scalar)
      }
    }
  }

  /// The parser compares keys as Swift does, which takes the square of the marks on one letter. Within quotes marks may
  /// be written as escapes, so these count too.
  private static func refuseEndlessMarks(_ text: String, source: String) throws(HourglassError) {
    var run = 0
    var scalars = text.unicodeScalars.makeIterator()
    var pending = scalars.next()
    while let scalar = pending {
      pending = scalars.next()
      if scalar == "\\", let kind = pending {
        pending = scalars.next()
        switch kind {
        case "x", "u", "U":
          var digits = kind == "x" ? 2 : kind == "u" ? 4 : 8
          while digits > 0, pending?.properties.isASCIIHexDigit == true {
            pending = scalars.next()
            digits -= 1
          }
        case "\r", "\n", "\u{85}", "\u{2028}", "\u{2029}":
          // The line goes on, without what begins the next one.
          while let blank = pending, blanks.contains(blank) { pending = scalars.next() }
        default: break
        }
        run += 1
      } else {
        run = scalar.isMark ? run + 1 : 0
      }
      if run > TextLimits.marks {
        throw HourglassError(
          .badData,
          "\(source) has more than \(grouped(TextLimits.marks)) marks or escapes in a row; write fewer.")
      }
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
