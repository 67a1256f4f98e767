import HourglassBase
import HourglassMessages
import HourglassModels
import HourglassONNX
import HourglassTestSupport
import Testing

/// What an ONNX file works out without samples.
@Suite struct ImportedConstantsTests: GraphsByHand {
  private let scratch = ScratchFolder()
  var path: String { "\(scratch.path)/model.onnx" }

  /// Two numbers that nodes work out of tensors as `s`, added to zeros.
  private func workedOut(_ nodes: [ONNXNode], _ tensors: [ONNXTensor]) throws -> [Float] {
    try write(
      nodes + [node("MatMul", ["x", "one"], "m"), node("Add", ["m", "s"], "y")], input: [2],
      tensors + [tensor("one", [2, 2], [1, 0, 0, 1])])
    return try TrainedModel.readONNX(path: path).predictor().reconstruct([0, 0])
  }

  /// A step beyond the end takes one row, the first or, backwards, the last.
  @Test func longStepsTakeOneRow() throws {
    let rows = tensor("t", [3, 2], [1, 2, 3, 4, 5, 6])
    let cases: [(start: Int64, end: Int64, step: Int64, row: [Float])] = [
      (0, .max, .max, [1, 2]), (2, .min, .min, [5, 6]), (0, .max, 3, [1, 2]),
    ]
    for (start, end, step, row) in cases {
      let slice = node(
        "Slice", ["t"], "s", ["starts": [start], "ends": [end], "axes": [0], "steps": [step]])
      #expect(try workedOut([slice], [rows]) == row, "\(step)")
    }
  }

  @Test func joinedNumbersAreFewEnough() throws {
    let doubled = (0..<47).map { node("Concat", ["c\($0)", "c\($0)"], "c\($0 + 1)", "axis", 1) }
    try write(
      [node("ConstantOfShape", ["sizes"], "c0")] + doubled + [node("Relu", ["x"], "y")], input: [2],
      [list("sizes", [0, 65_536])])
    // 65,536 doubled twelve times is 2^28, the most that an array may have.
    expectSentence(["Concat (node \"c13\")", "not known without samples"], .badData) {
      _ = try TrainedModel.readONNX(path: path)
    }
    // More than eight times the numbers of the file and a million.
    let parts = Array(repeating: "t", count: 2_000)
    try write(
      [node("Concat", parts, "c", "axis", 0), node("Relu", ["x"], "y")], input: [2],
      [tensor("t", [1_000], Array(repeating: 1, count: 1_000))])
    expectSentence(["Concat (node \"c\")", "more numbers without samples"], .badData) {
      _ = try TrainedModel.readONNX(path: path)
    }
  }

  /// Truth values are 0 and 1, and shorter whole numbers keep the lowest bits.
  @Test func numbersAreCastAsONNXDoes() throws {
    func cast(_ tensor: ONNXTensor, _ kind: ONNXElementKind) throws -> [Float] {
      let float = Int64(ONNXElementKind.float.rawValue)
      return try workedOut(
        [node("Cast", ["t"], "k", "to", Int64(kind.rawValue)), node("Cast", ["k"], "s", "to", float)],
        [tensor])
    }
    #expect(try cast(tensor("t", [2], [0.5, 0]), .bool) == [1, 0])
    #expect(try cast(list("t", [5, 0]), .bool) == [1, 0])
    #expect(try cast(tensor("t", [2], [2.75, -2.75]), .int64) == [2, -2])
    #expect(try cast(list("t", [300, 200]), .int8) == [44, -56])
    #expect(try cast(list("t", [300, -1]), .uint8) == [44, 255])
    #expect(try cast(list("t", [(1 << 32) + 7, 1 << 31]), .int32) == [7, -2_147_483_648])
    let refused: [(ONNXTensor, ONNXElementKind)] = [
      (tensor("t", [2], [300, 0]), .int8), (tensor("t", [2], [.nan, 0]), .int64),
      (tensor("t", [2], [1e30, 0]), .int64), (list("t", [1, 2]), .string),
    ]
    for (numbers, kind) in refused {
      expectSentence(["Cast (node \"k\")", "not known without samples"], .badData) {
        _ = try cast(numbers, kind)
      }
    }
  }

  /// What is there but not known is not what is left out.
  @Test func unknownSettingsAreRefused() throws {
    var split = node("Split", ["m", "parts"], "a", "axis", 1)
    split.output.append("y")
    try write(
      [node("MatMul", ["x", "one"], "m"), node("Shape", ["m"], "parts"), split], input: [2],
      [tensor("one", [2, 2], [1, 0, 0, 1])])
    expectSentence(["Split (node \"a\")", "parts that are not known"], .badData) {
      _ = try TrainedModel.readONNX(path: path)
    }
    try write([node("Pad", ["x", "", "x"], "y", ["pads": [0, 0, 1, 1, 0, 0, 1, 1]])], input: [1, 4, 4], [])
    expectSentence(["Pad (node \"y\")", "a number that is not known"], .badData) {
      _ = try TrainedModel.readONNX(path: path)
    }
  }
}
