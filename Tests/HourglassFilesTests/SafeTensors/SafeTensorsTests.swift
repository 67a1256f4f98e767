import Foundation
import HourglassFiles
import HourglassTestSupport
import Testing

/// A file put together from the text of its header and its data, without the writer.
func safeTensorsFile(_ header: String, _ data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
  let length = length ?? UInt64(header.utf8.count)
  return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + Array(header.utf8) + data
}

struct SafeTensorsTests {
  @Test func writesTheBytesOfTheFormat() throws {
    let contents = SafeTensors(
      metadata: ["format": "pt", "a": "é\""],
      tensors: [
        .init(name: "weight", shape: [1, 2], values: [1, -2]),
        .init(name: "bias", shape: [], values: [0.5]),
        .init(name: "none", shape: [0, 3], values: []),
      ])
    let header =
      #"{"__metadata__":{"a":"é\"","format":"pt"},"#
      + #""weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"#
      + #""bias":{"dtype":"F32","shape":[],"data_offsets":[8,12]},"#
      + #""none":{"dtype":"F32","shape":[0,3],"data_offsets":[12,12]}}"#
    let padding = String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    let data: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F]
    let expected = safeTensorsFile(header + padding, data)
    #expect(padding.utf8.count > 0)
    #expect(try contents.serialized() == expected)
    #expect(try SafeTensors.parse(expected, source: "a.safetensors") == contents)

    try withScratchFolder { folder in
      let path = folder + "/a.safetensors"
      try contents.write(to: path)
      #expect(try BoundedFile.read(path, limit: 1 << 20) == expected)
      #expect(try SafeTensors.read(path: path) == contents)
    }
    #expect(contents["bias"]?.values == [0.5])
    #expect(contents["other"] == nil)
  }

  @Test func writesAnEmptyFile() throws {
    let bytes = try SafeTensors().serialized()
    #expect(bytes == safeTensorsFile("{}      "))
    #expect(try SafeTensors.parse(bytes, source: "a") == SafeTensors())
  }

  @Test func readsEveryStoredType() throws {
    func values(_ type: String, _ data: [UInt8], count: Int) throws -> [Float] {
      let header = #"{"x":{"dtype":"\#(type)","shape":[\#(count)],"data_offsets":[0,\#(data.count)]}}"#
      return try SafeTensors.parse(safeTensorsFile(header, data), source: "a").tensors[0].values
    }
    func bytes<Number: FixedWidthInteger>(_ numbers: [Number]) -> [UInt8] {
      numbers.flatMap { number in withUnsafeBytes(of: number.littleEndian) { Array($0) } }
    }
    #expect(try values("F32", bytes([Float(1.5).bitPattern]), count: 1) == [1.5])
    #expect(
      try values("F64", bytes([Double.pi.bitPattern, (-1e300).bitPattern]), count: 2) == [
        Float(Double.pi), -.infinity,
      ])
    #expect(
      try values("BF16", bytes([0x3FC0, 0xC000, 0x7F80] as [UInt16]), count: 3) == [1.5, -2, .infinity])
    #expect(try values("I64", bytes([-3, 1 << 40] as [Int64]), count: 2) == [-3, 0x1p40])
    #expect(try values("I32", bytes([-7, .max] as [Int32]), count: 2) == [-7, 0x1p31])
    #expect(try values("U8", [0, 255], count: 2) == [0, 255])

    let halves: [UInt16] = [0x3C00, 0xC000, 0, 0x8000, 1, 0x03FF, 0x0400, 0x7BFF, 0x7C00, 0xFC00]
    #expect(
      try values("F16", bytes(halves), count: halves.count)
        == [1, -2, 0, -0.0, 0x1p-24, 0x1.FF8p-15, 0x1p-14, 65504, .infinity, -.infinity])
    #expect(try values("F16", bytes([0x8000, 0x7E00] as [UInt16]), count: 2)[0].sign == .minus)
    #expect(try values("F16", bytes([0x7E00] as [UInt16]), count: 1)[0].isNaN)
    let finite = SafeTensors.Tensor(name: "x", shape: [1], values: [1])
    #expect(finite.isFinite)
    #expect(!SafeTensors.Tensor(name: "x", shape: [2], values: [1, .nan]).isFinite)
  }

  @Test func readsUnorderedTensorsAndSpareSpaces() throws {
    let header = """
      {"b":{"data_offsets":[1,2],"shape":[1],"dtype":"U8"}, "e": {"dtype":"U8","shape":[0],"data_offsets":[1,1]},
       "a":{"dtype":"U8","shape":[1,1],"data_offsets":[0,1]}} \n
      """
    let contents = try SafeTensors.parse(safeTensorsFile(header, [5, 6]), source: "a")
    #expect(contents.tensors.map(\.name) == ["b", "e", "a"])
    #expect(contents.tensors.map(\.values) == [[6], [], [5]])
  }

  @Test func refusesToWriteNonsense() throws {
    func message(_ tensors: SafeTensors.Tensor...) -> String {
      let error = thrownError { _ = try SafeTensors(tensors: tensors).serialized() }
      #expect(error.code == .usage)
      return error.message
    }
    #expect(
      message(.init(name: "x", shape: [2], values: [1]))
        == "Cannot write a safetensors file: the shape (2) of the tensor \"x\" does not fit its 1 values; "
        + "correct one of the two.")
    #expect(
      message(.init(name: "x", shape: [-1, -1], values: [1])).contains("the shape (-1, -1) of the tensor"))
    #expect(
      message(.init(name: "x", shape: [.max, 2], values: [])).contains("does not fit its 0 values"))
    let one = SafeTensors.Tensor(name: "x", shape: [], values: [1])
    #expect(
      message(one, one)
        == "Cannot write a safetensors file: the name \"x\" is taken; give each tensor a name of its own.")
    #expect(message(.init(name: "__metadata__", shape: [], values: [1])).contains("is taken"))
    let many = SafeTensors(
      tensors: (0...100_000).map { .init(name: "\($0)", shape: [0], values: []) })
    #expect(
      thrownError { _ = try many.serialized() }.message
        == "Cannot write a safetensors file: there are 100001 tensors and the limit is 100000; write fewer.")
  }
}
