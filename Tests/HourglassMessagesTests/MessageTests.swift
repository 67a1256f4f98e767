import HourglassBase
import HourglassMessages
import HourglassTestSupport
import Testing

@Suite struct MessageTests {
  private static var model: ONNXModel {
    var model = ONNXModel()
    model.irVersion = 8
    model.producerName = "hourglass"
    var weight = ONNXTensor()
    (weight.name, weight.dims, weight.dataType) = ("w", [2, 3], .float)
    weight.floatData = [1, 2, 3, 4, 5, 6]
    var node = ONNXNode()
    (node.input, node.output, node.opType) = (["x", "w"], ["y"], "MatMul")
    var attribute = ONNXAttribute()
    (attribute.name, attribute.type, attribute.i) = ("axis", .int, 0)
    node.attribute = [attribute]
    (model.graph.node, model.graph.initializer) = ([node], [weight])
    return model
  }

  @Test func messagesComeBack() throws {
    let bytes = try Self.model.encoded()
    #expect(try ONNXModel(decoding: bytes, source: "a") == Self.model)
  }

  /// Tag (field << 3 | wire type), then the value, as protocol buffers write them.
  @Test func fieldsHaveTheNumbersOfTheFormat() throws {
    var model = ONNXModel()
    (model.irVersion, model.producerName) = (8, "ab")
    #expect(try model.encoded() == [1 << 3 | 0, 8, 2 << 3 | 2, 2, 97, 98])
    var event = TensorBoardEvent()
    (event.step, event.fileVersion) = (5, "c")
    #expect(try event.encoded() == [2 << 3 | 0, 5, 3 << 3 | 2, 1, 99])
    var attribute = ONNXAttribute()
    attribute.i = 0
    #expect(try attribute.encoded() == [3 << 3 | 0, 0])
  }

  /// Field 30, two bytes.
  @Test func unknownFieldsArePassedOver() throws {
    let bytes = try Self.model.encoded() + [0xf2, 0x01, 2, 7, 7]
    #expect(try ONNXModel(decoding: bytes, source: "a") == Self.model)
  }

  @Test func damageIsAnErrorAndNoTrap() throws {
    let bytes = try Self.model.encoded()
    expectSentence(["a.onnx is damaged"], .badData) {
      _ = try ONNXModel(decoding: Array(bytes.dropLast(3)), source: "a.onnx")
    }
    var numbers = TestNumbers(1)
    for _ in 0..<2_000 {
      _ = try? ONNXModel(decoding: numbers.mutating(bytes), source: "a")
    }
  }

  /// The model, of whose fields one is the graph; the graph's two; the node's inputs, output, name of the operator and attribute,
  /// and the attribute's three.
  @Test func partsAreCountedBeforeTheyAreDecoded() throws {
    let bytes = try Self.model.encoded()
    func count(_ paths: Set<[Int]>, limit: Int = 100) -> Int {
      MessageCensus.fields(in: bytes, within: paths, limit: limit)
    }
    #expect(count([]) == 3)
    #expect(count([[7]]) == 5)
    #expect(count([[7], [7, 1]]) == 10)
    #expect(count([[7], [7, 1], [7, 1, 5]]) == 13)
    #expect(count([[7], [7, 1]], limit: 3) == 4)
    // Ten thousand empty operators in a graph.
    let many = [0x3a, 0xa0, 0x9c, 0x01] + [[UInt8]](repeating: [0x0a, 0x00], count: 10_000).flatMap(\.self)
    #expect(MessageCensus.fields(in: many, within: ONNXModel.messages, limit: 5_000) == 5_001)
  }
}
