import Foundation
import HourglassBase
import HourglassFiles
import HourglassTestSupport
import Testing

struct JSONTests {
  private func parse(_ text: String) throws -> JSONValue {
    try JSONValue.parse(Array(text.utf8), source: "a.json")
  }

  @Test func readsEveryKindOfValue() throws {
    let value = try parse(
      #" { "a" : [ 1 , -2.5e3, true,false,null ] ,"": {}, "b":"\"\\\/\b\f\n\r\té\u00e9\ud83d\uDE00" } "#)
    #expect(
      value
        == .object([
          JSONMember(
            "a",
            .array([.int(1), .number(try number("-2.5e3")), .bool(true), .bool(false), .null])),
          JSONMember("", .object([])),
          JSONMember("b", .string("\"\\/\u{8}\u{C}\n\r\téé😀")),
        ]))
    #expect(value["a"]?.arrayValue?[1].doubleValue == -2500)
    #expect(value["none"] == nil)
    #expect(try parse("[]") == .array([]))
  }

  private func number(_ text: String) throws -> JSONNumber {
    guard case .number(let number) = try parse(text) else { throw HourglassError(.badData, text) }
    return number
  }

  @Test func givesNumbersExactly() throws {
    #expect(try parse("9223372036854775807").intValue == .max)
    #expect(try parse("-9223372036854775808").intValue == .min)
    #expect(try parse("9223372036854775808").intValue == nil)
    #expect(try parse("9007199254740993").intValue == 9_007_199_254_740_993)
    #expect(try parse("1.0").intValue == nil)
    #expect(try parse("1e2").intValue == nil)
    #expect(try parse("1E+2").doubleValue == 100)
    #expect(try parse("-0").doubleValue?.sign == .minus)
    #expect(try parse("1e999").doubleValue == nil)
    #expect(try parse("1e-999").doubleValue == 0)
    #expect(try number("0.10").text == "0.10")
  }

  @Test(arguments: [
    ("", 0, "the end of the text instead of a value"),
    ("  ", 2, "the end of the text instead of a value"),
    ("\u{FEFF}1", 0, "the byte 0xEF instead of a value"),
    ("nul", 0, "the character n instead of a value"),
    ("1 2", 2, "more text after the end of the value"),
    ("01", 1, "more text after the end of the value"),
    ("-", 1, "the end of the text instead of a digit"),
    ("1.", 2, "the end of the text instead of a digit"),
    ("1.e2", 2, "the character e instead of a digit"),
    ("1e+", 3, "the end of the text instead of a digit"),
    ("+1", 0, "the character + instead of a value"),
    ("NaN", 0, "the character N instead of a value"),
    ("[1", 2, "the end of the text instead of a comma or a closing bracket"),
    ("[1,]", 3, "the character ] instead of a value"),
    ("{\"a\" 1}", 5, "the character 1 instead of a colon"),
    ("{\"a\":1", 6, "the end of the text instead of a comma or a closing brace"),
    ("{\"a\":1,}", 7, "the character } instead of a key"),
    ("{a:1}", 1, "the character a instead of a key"),
    ("{\"a\":1,\"b\":2,\"\\u0061\":3}", 13, "the key \"a\" a second time"),
    ("\"abc", 0, "a string without its closing quotation mark"),
    ("\"a\nb\"", 2, "the byte 0x0A unescaped within a string"),
    ("\"\\x\"", 1, "an unknown escape"),
    ("\"\\", 1, "an unfinished escape"),
    ("\"\\u12g4\"", 1, "an escape without four hexadecimal digits"),
    ("\"\\ud800\"", 1, "half of a surrogate pair"),
    ("\"\\ud800\\u0041\"", 1, "half of a surrogate pair"),
    ("\"\\udc00\"", 1, "half of a surrogate pair"),
  ])
  func refusesWithTheOffset(text: String, offset: Int, what: String) {
    let error = thrownError { _ = try parse(text) }
    #expect(error.code == .badData)
    #expect(
      error.message
        == "a.json is not valid JSON: at byte \(offset) there is \(what); get a fresh copy of the file.")
  }

  @Test(
    arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]]
  )
  func refusesInvalidUTF8(bytes: [UInt8]) {
    let quote = UInt8(ascii: "\"")
    let text = [UInt8(ascii: "["), quote] + bytes + [quote, UInt8(ascii: "]")]
    #expect(
      thrownError { _ = try JSONValue.parse(text, source: "a.json") }.message
        == "a.json is not valid JSON: at byte 1 there is a string that is not valid UTF-8; "
        + "get a fresh copy of the file.")
  }

  @Test func boundsNestingValuesAndNumbers() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(throws: Never.self) { try parse(nested(100)) }
    #expect(thrownError { _ = try parse(nested(101)) }.message.contains("more than 100 nested levels"))
    let deep = String(repeating: "{\"a\":", count: 1_000_000)
    #expect(thrownError { _ = try parse(deep) }.message.contains("at byte 500 there is more than 100 nested"))
    let many = "[" + String(repeating: "0,", count: 4_000_000) + "0]"
    #expect(thrownError { _ = try parse(many) }.message.contains("more than 4000000 values"))
    let long = String(repeating: "1", count: 1001)
    #expect(thrownError { _ = try parse(long) }.message.contains("a number of more than 1000 characters"))
  }

  @Test func takesTimeInProportion() throws {
    let members = (0..<200_000).map { "\"key \($0)\":\"\\n\"" }.joined(separator: ",")
    let clock = ContinuousClock()
    var count: Int?
    let elapsed = try clock.measure { count = try parse("{\(members)}").objectValue?.count }
    #expect(count == 200_000)
    // Quadratic work on so many members would take minutes.
    #expect(elapsed < .seconds(20))
  }

  @Test func writesCompactAndEscaped() throws {
    let value = JSONValue.object([
      JSONMember("b", .array([.int(-1), try .double(0.1), try .float(0.1), .null, .bool(true)])),
      JSONMember("a", .string("\"\\/\u{8}\u{C}\n\r\t\u{1}\u{1F}é😀\u{7F}")),
      JSONMember("é", .object([])),
      JSONMember("Z", .array([])),
    ])
    let text = #""b":[-1,0.1,0.1,null,true]"#
    let escaped = #""a":"\"\\/\b\f\n\r\t\u0001\u001fé😀"# + "\u{7F}\""
    #expect(value.text() == "{\(text),\(escaped),\"é\":{},\"Z\":[]}")
    #expect(value.text(keys: .sorted) == "{\"Z\":[],\(escaped),\(text),\"é\":{}}")
    #expect(try parse(value.text()) == value)
  }

  @Test func writesNumbersThatReadBackTheSame() throws {
    var generator = SystemRandomNumberGenerator()
    var numbers = [0, -0.0, 1e16, 1e-5, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi, 1e21, 100]
    for _ in 0..<10_000 { numbers.append(Double(bitPattern: generator.next())) }
    for number in numbers where number.isFinite {
      let text = try JSONValue.double(number).text()
      #expect(try parse(text).doubleValue?.bitPattern == number.bitPattern)
    }
    let error = thrownError { _ = try JSONValue.double(.nan) }
    #expect(error.code == .notFinite)
    #expect(error.message == "JSON cannot hold the number nan; write null or leave the entry out.")
    #expect(throws: HourglassError.self) { try JSONValue.float(-.infinity) }
  }

  @Test func survivesMutations() throws {
    let text = Array(#"{"a":[1,-2.5e3,true,null,"\u00e9\ud83d\ude00é"],"b":{"c":{}, "d":[[]]}}"#.utf8)
    var random = TestNumbers(7)
    for _ in 0..<20_000 {
      let mutated = random.mutating(text)
      guard let value = try? JSONValue.parse(mutated, source: "a.json") else { continue }
      #expect(try JSONValue.parse(value.serialized(), source: "a.json") == value)
    }
  }
}
