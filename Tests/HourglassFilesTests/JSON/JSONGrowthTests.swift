import HourglassBase
import HourglassFiles
import HourglassTestSupport
import Testing

@Suite struct JSONGrowthTests {
  private func parse(_ text: String) throws -> JSONValue {
    try JSONValue.parse(Array(text.utf8), source: "a")
  }

  @Test func keysAreComparedByteByByte() throws {
    let value = try parse("{\"\u{e9}\": 1, \"e\u{301}\": 2}")
    #expect(value.objectValue?.count == 2)
    #expect(thrownError { _ = try parse("{\"e\u{301}\": 1, \"e\\u0301\": 2}") }.says("a second time"))
  }

  @Test func endlessMarksAreRefused() {
    for text in ["[\"\(marked(160_000))\"]", "{\"\(marked(160_000))\": 1}"] {
      let error = thrownError { _ = try parse(text) }
      #expect(error.code == .badData && error.says("more than 1,000 marks"), "\(error.code)")
    }
  }

  /// Of keys with as many marks as may be, of many keys, and of arrays within arrays.
  @Test func timeIsInProportionToBytes() throws {
    let keys = (0..<80).map { "\"\($0)\(marked(TextLimits.marks))\": 0" }
    let ofMarks = try growth(from: 40) { count in
      _ = try parse("{" + keys.prefix(count).joined(separator: ",") + "}")
    }
    let ofKeys = try growth(from: 20_000) { count in
      _ = try parse("{" + (0..<count).map { "\"key\($0)\":[[0]]" }.joined(separator: ",") + "}")
    }
    #expect(ofMarks < 3.5)
    #expect(ofKeys < 3.5)
  }
}
