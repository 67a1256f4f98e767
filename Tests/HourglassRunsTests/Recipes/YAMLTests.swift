import HourglassBase
import HourglassRuns
import HourglassTestSupport
import Testing

@Suite struct YAMLTests {
  /// A value used nine times within a value used nine times, and so on, behind each of YAML's line ends.
  @Test(arguments: ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}", " ", "\t"])
  func bombsAreRefused(_ end: String) {
    for text in ["a:\(end)&a [x]\nb: [*a]\n", "\u{feff}&a x", "[\(end)&b y]"] {
      let error = thrownError { _ = try YAML.parse(text, source: "r") }
      #expect(error.code == .badData && error.says("a YAML anchor"), "\(error)")
    }
  }

  /// An anchor is looked for where a value may begin, in quotes and comments too; elsewhere the sign is text.
  @Test func whereAnAmpersandMayStand() throws {
    for text in [
      "a: \"b, &c\"", "a: 1 # b: &c", "a: !!str &c d", "- - &c d", "? &c d\n: e", "{a: b, &c d: e}",
      "--- &c d",
    ] {
      #expect(thrownError { _ = try YAML.parse(text, source: "r") }.says("put a space after"), "\(text)")
    }
    let value = try YAML.parse(
      "a: b & c&d\nb: \"&d\"\nc: caf\u{e9}&bar\nd: Tom &Jerry ! &co\ne: \"Tom &Jerry\" # so &so\n",
      source: "r")
    #expect(
      value
        == .map([
          Setting("a", "b & c&d"), Setting("b", "&d"), Setting("c", "caf\u{e9}&bar"),
          Setting("d", "Tom &Jerry ! &co"), Setting("e", "Tom &Jerry"),
        ]))
  }

  /// One sentence with the place, without the text of the file.
  @Test(arguments: [
    (
      "a: b\nc: d: e\n",
      "r is not valid YAML (line 2, column 5: mapping values are not allowed in this context); correct"
    ),
    (
      "a: 1\nb: 2\na: 3\n",
      "r is not valid YAML: the map that begins in line 1 has \"a\" more than once; correct"
    ),
    ("a: [x, y\n", "r is not valid YAML (line 2, column 1: "),
  ])
  func mistakesAreTold(_ text: String, _ sentence: String) {
    let error = thrownError { _ = try YAML.parse(text, source: "r") }
    #expect(error.code == .badData && error.says(sentence) && !error.says("error:"), "\(error)")
  }

  @Test func endlessMarksAreRefused() throws {
    let escapes = String(repeating: "\\u0301\\u0323", count: 30_000)
    let marks = String(String.UnicodeScalarView(marked(900).unicodeScalars.dropFirst()))
    let folded = String(repeating: marks + "\\\n  ", count: 100)
    for text in ["\(marked(160_000)): 1", "\"\(escapes)\": 1", "\"e\(folded)\": 1"] {
      let error = thrownError { _ = try YAML.parse(text, source: "r") }
      #expect(error.code == .badData && error.says("1,000 marks or escapes in a row"), "\(error.code)")
    }
    let folding = try YAML.parse("k: \"a\\u0301\\x41\\\n  b\"", source: "r")
    #expect(folding == .map([Setting("k", "a\u{301}Ab")]))
  }

  @Test func timeIsInProportionToBytes() throws {
    let ofKeys = try growth(from: 2000) { count in
      _ = try YAML.parse((0..<count).map { "key\($0): {a: [1]}" }.joined(separator: "\n"), source: "r")
    }
    #expect(ofKeys < 3.5)
    let keys = (0..<40).map { "\($0)\(marked(TextLimits.marks)): 0" }
    let ofMarks = try growth(from: 20) { count in
      _ = try YAML.parse(keys.prefix(count).joined(separator: "\n"), source: "r")
    }
    #expect(ofMarks < 3.5)
  }
}
