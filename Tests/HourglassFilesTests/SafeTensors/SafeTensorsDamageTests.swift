import Foundation
import HourglassBase
import HourglassFiles
import HourglassTestSupport
import Testing

struct SafeTensorsDamageTests {
  private func message(_ bytes: [UInt8]) -> String {
    let error = thrownError { _ = try SafeTensors.parse(bytes, source: "a.safetensors") }
    #expect(error.code == .badData)
    return error.message
  }

  /// What is said about a header that is followed by `dataLength` bytes.
  private func cause(_ header: String, dataLength: Int = 8) -> String {
    let message = message(safeTensorsFile(header, Array(repeating: 0, count: dataLength)))
    let (start, end) = (
      "Cannot read a.safetensors: ", "; get a fresh copy of the file or write it again."
    )
    #expect(message.hasPrefix(start) && message.hasSuffix(end), "\(message)")
    return String(message.dropFirst(start.count).dropLast(end.count))
  }

  private func tensor(_ type: String = "F32", _ shape: String = "[2]", _ offsets: String = "[0,8]") -> String
  {
    #"{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  @Test func refusesABadFrame() {
    #expect(
      message([1, 2, 3])
        == "Cannot read a.safetensors: it has 3 bytes, too few for the length of a header; "
        + "get a fresh copy of the file or write it again.")
    #expect(
      message(safeTensorsFile("{}", length: 100_000_001))
        .contains("its header claims 100000001 bytes and the limit is 100000000;"))
    #expect(message(safeTensorsFile("{}", length: .max)).contains("claims 18446744073709551615 bytes"))
    #expect(message(safeTensorsFile("{}", length: 3)).contains("claims 3 bytes and only 2 follow;"))
    #expect(cause("", dataLength: 0) == "its header does not begin with an opening brace")
    #expect(cause(" {}") == "its header does not begin with an opening brace")
    #expect(cause("[]") == "its header does not begin with an opening brace")
    #expect(
      message(safeTensorsFile("{} x"))
        == "The header of a.safetensors is not valid JSON: at byte 3 there is more text after the end of the "
        + "value; get a fresh copy of the file.")
  }

  @Test func refusesBadEntries() {
    let keys = #"its tensor "x" has not exactly the keys dtype, shape and data_offsets"#
    #expect(cause(#"{"x":3}"#) == keys)
    #expect(cause(#"{"x":{"dtype":"F32","shape":[2]}}"#) == keys)
    #expect(cause(#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}"#) == keys)
    #expect(cause(#"{"x":{"dtype":"F32","shape":[2],"offsets":[0,8]}}"#) == keys)
    #expect(
      cause(#"{"x":{"dtype":1,"shape":[2],"data_offsets":[0,8]}}"#)
        == #"the dtype of its tensor "x" is not a string"#)
    #expect(
      message(safeTensorsFile("{\"x\":\(tensor("F8_E4M3"))}"))
        == "Cannot read a.safetensors: its tensor \"x\" has the dtype \"F8_E4M3\", which is none of "
        + "F64, F32, F16, BF16, I64, I32, U8; convert the tensor to F32.")
    for shape in ["2", "[-2]", "[2.0]", "[\"2\"]", "[99999999999999999999]", "null"] {
      #expect(
        cause("{\"x\":\(tensor("F32", shape))}")
          == #"the shape of its tensor "x" is not a list of whole numbers from 0"#, "\(shape)")
    }
    for offsets in ["8", "[8]", "[0,4,8]", "[-1,8]", "[0,8.0]", "{}"] {
      #expect(
        cause("{\"x\":\(tensor("F32", "[2]", offsets))}")
          == #"the data_offsets of its tensor "x" are not two whole numbers from 0"#, "\(offsets)")
    }
    #expect(
      message(safeTensorsFile("{\"x\":\(tensor()),\"x\":\(tensor())}", Array(repeating: 0, count: 8)))
        .contains(#"there is the key "x" a second time;"#))
  }

  @Test func refusesSizesThatDoNotFit() {
    #expect(
      cause("{\"x\":\(tensor("F32", "[2]", "[0,12]"))}")
        == #"the data_offsets 0 and 12 of its tensor "x" leave the 8 bytes of data"#)
    #expect(cause("{\"x\":\(tensor("F32", "[2]", "[8,0]"))}").hasPrefix("the data_offsets 8 and 0 of"))
    #expect(
      cause("{\"x\":\(tensor("F32", "[2]", "[0,9223372036854775807]"))}").hasPrefix("the data_offsets 0 and"))
    for shape in [
      "[1]", "[3]", "[]", "[0]", "[4294967296,4294967296]", "[9223372036854775807]", "[2305843009213693954]",
      "[9223372036854775807,2,0]",
    ] {
      #expect(
        cause("{\"x\":\(tensor("F32", shape))}")
          == #"the shape of its tensor "x" does not fit its 8 bytes of F32"#, "\(shape)")
    }
  }

  @Test func refusesHolesOverlapsAndRests() {
    let byte = { (name: String, begin: Int, end: Int) in
      #""\#(name)":{"dtype":"U8","shape":[\#(end - begin)],"data_offsets":[\#(begin),\#(end)]}"#
    }
    #expect(
      cause("{\(byte("x", 0, 3)),\(byte("y", 4, 8))}")
        == #"the bytes 3 to 4 before its tensor "y" belong to no tensor"#)
    #expect(
      cause("{\(byte("y", 3, 8)),\(byte("x", 0, 4))}")
        == #"its tensor "y" begins at byte 3, within another one that ends at 4"#)
    #expect(cause("{\(byte("x", 0, 8)),\(byte("y", 0, 8))}").contains("within another one"))
    #expect(cause("{\(byte("x", 0, 8)),\(byte("y", 4, 4))}").contains("begins at byte 4, within another one"))
    #expect(cause("{\(byte("x", 0, 7))}") == "its tensors use 7 of 8 bytes of data")
    #expect(cause("{}") == "its tensors use 0 of 8 bytes of data")
  }

  @Test func refusesBadMetadata() {
    #expect(cause(#"{"__metadata__":[]}"#) == "its __metadata__ is not an object")
    #expect(cause(#"{"__metadata__":null}"#) == "its __metadata__ is not an object")
    #expect(
      cause(#"{"__metadata__":{"a":"b","c":1}}"#) == #"the entry "c" of its __metadata__ is not a string"#)
  }

  @Test func refusesTooManyTensors() {
    let entries = (0...100_000).map { "\"\($0)\":0" }.joined(separator: ",")
    #expect(cause("{\(entries)}") == "it lists 100001 tensors and the limit is 100000")
  }

  @Test func messagesTameNamesFromOutside() {
    let long = String(repeating: "n", count: 100)
    #expect(cause("{\"\(long)\":1}").contains("\"" + long.prefix(60) + "…\" has not"))
    #expect(cause(#"{"\u001b[2J\u202e":1}"#).contains(#""\u{1B}[2J\u{202E}" has not"#))
  }

  @Test func namesTheFile() throws {
    try withScratchFolder { folder in
      let path = folder + "/a.safetensors"
      #expect(
        thrownError { _ = try SafeTensors.read(path: path) }.message
          == "Cannot read \(path): there is no such file; check the path.")
      try AtomicFile.write("{}", to: path)
      #expect(thrownError { _ = try SafeTensors.read(path: path) }.message.hasPrefix("Cannot read \(path): "))
    }
  }

  /// Every mutation is refused or read; what is read can be written and read again.
  @Test func survivesMutations() throws {
    let original = try SafeTensors(
      metadata: ["format": "pt"],
      tensors: [
        .init(name: "weight", shape: [2, 3], values: [1, 2, 3, 4, 5, 6]),
        .init(name: "bias", shape: [2], values: [0.5, -0.5]),
        .init(name: "scale", shape: [], values: [3]),
        .init(name: "none", shape: [0], values: []),
      ]
    ).serialized()
    let small = safeTensorsFile("{\"x\":\(tensor("U8", "[4]", "[0,4]"))}", [1, 2, 3, 4])
    var random = TestNumbers(1)
    var refused = 0
    var read = 0
    for round in 0..<60_000 {
      var mutated = random.mutating(round.isMultiple(of: 2) ? original : small)
      if round.isMultiple(of: 3), mutated.count > 8 {
        // With its length set right the header itself is examined.
        let dataLength = round.isMultiple(of: 2) ? 36 : 4
        let length = UInt64(max(0, mutated.count - 8 - dataLength))
        for index in 0..<8 { mutated[index] = UInt8(truncatingIfNeeded: length >> (8 * UInt64(index))) }
      }
      do {
        let contents = try SafeTensors.parse(mutated, source: "a.safetensors")
        let again = try SafeTensors.parse(contents.serialized(), source: "a.safetensors")
        #expect(again.tensors.map(\.shape) == contents.tensors.map(\.shape))
        #expect(again.metadata == contents.metadata)
        read += 1
      } catch let error as HourglassError {
        #expect(error.code == .badData)
        refused += 1
      }
    }
    #expect(refused > 10_000)
    #expect(read > 1_000)
  }

  @Test func refusesEveryTruncation() throws {
    let whole = safeTensorsFile("{\"x\":\(tensor())}", Array(repeating: 0, count: 8))
    #expect(throws: Never.self) { try SafeTensors.parse(whole, source: "a") }
    for count in 0..<whole.count { _ = message(Array(whole.prefix(count))) }
  }
}
