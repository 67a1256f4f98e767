import HourglassBase
import HourglassData
import HourglassDetection
import HourglassFiles
import HourglassMessages
import HourglassONNX
import HourglassTestSupport
import Testing

@Suite struct DetectorExportTests {
  private func written(_ export: ONNXExport) throws -> ONNXModel {
    let scratch = ScratchFolder()
    let path = "\(scratch.path)/detector.onnx"
    try export.write(to: path)
    return try ONNXModel(decoding: BoundedFile.read(path, limit: 1 << 26), source: "detector.onnx")
  }

  /// Numbers that bend, some missing; categories; times; a constant; the names of outputs.
  private func table(_ count: Int) throws -> Table {
    var table = DetectorFixture.table(count)
    var random = TestNumbers(5)
    for row in stride(from: 0, to: count, by: 9) {
      table.columns[0].values[row] = .nan
      table.columns[3].values[row] = .nan
    }
    table.columns[1].name = "score"
    let begins = (0..<count).map { Double($0 % 40) * 86_400 + 1.7e9 + random.double(in: 0...40_000) }
    return try Table(
      columns: table.columns + [
        .init(name: "begun", kind: .time, values: begins),
        .init(name: "done", kind: .time, values: begins.map { $0 + 60 + random.double(in: 0...900) }),
        .init(name: "unit", kind: .category(levels: ["kg"]), values: Array(repeating: 0, count: count)),
        .init(name: "gauge", values: Array(repeating: 7, count: count)),
      ])
  }

  private func detector(_ scoring: AnomalyScoring = .combined) async throws -> AnomalyDetector {
    var options = DetectorFixture.options()
    (options.epochs, options.scoring) = (2, scoring)
    return try await AnomalyDetector.fit(table(150), options: options)
  }

  @Test func columnsAreInputsByTheirNames() async throws {
    let export = try ONNXExport(await detector(), name: "machines")
    #expect(
      export.inputs.map(\.name) == ["x", "score", "z", "sign", "begun", "done", "unit", "gauge"])
    #expect(export.inputs.allSatisfy { $0.axes == ["batch", "1"] })
    // A column has the name of an output.
    #expect(export.outputs.prefix(2).map(\.name) == ["score_", "is_alert"])
    #expect(export.outputs.prefix(2).allSatisfy { $0.axes == ["batch"] })
    let expected = export.outputs.dropFirst(2).map(\.name)
    #expect(expected.prefix(4) == ["expected_x", "expected_score", "expected_z", "expected_sign"])
    #expect(expected.contains("expected_begun_weekday"))
    #expect(expected.contains("expected_begun to done (seconds)"))
    let graph = try written(export).graph
    func kinds(_ ports: [ONNXValueInfo]) -> [String: ONNXElementKind] {
      Dictionary(uniqueKeysWithValues: ports.map { ($0.name, $0.type.tensorType.elemType) })
    }
    let (inputs, outputs) = (kinds(graph.input), kinds(graph.output))
    #expect(inputs["x"] == .double && inputs["begun"] == .double && inputs["gauge"] == .double)
    #expect(inputs["sign"] == .string && inputs["unit"] == .string)
    #expect(outputs["score_"] == .double && outputs["is_alert"] == .bool)
    #expect(outputs["expected_sign"] == .string && outputs["expected_begun_weekday"] == .int64)
  }

  /// Every value is there before it is read, and has one name, in loops too.
  @Test func graphsAreWhole() async throws {
    for scoring in AnomalyScoring.allCases {
      let model = try written(ONNXExport(await detector(scoring)))
      #expect(Set(model.opsetImport.map(\.domain)) == ["", "ai.onnx.ml"])
      var known = Set(model.graph.initializer.map(\.name)).union(model.graph.input.map(\.name))
      #expect(known.count == model.graph.initializer.count + model.graph.input.count)
      try check(model.graph, &known)
    }
  }

  private func check(_ graph: ONNXGraph, _ known: inout Set<String>) throws {
    for node in graph.node {
      for input in node.input where !input.isEmpty {
        #expect(known.contains(input), "\(node.name) reads \(input)")
      }
      for attribute in node.attribute where attribute.type == .graph {
        let body = try ONNXGraph(decoding: Array(attribute.g), source: node.name)
        for input in body.input { #expect(known.insert(input.name).inserted, "\(input.name) comes twice") }
        #expect(body.input.count == node.input.count)
        #expect(body.output.count == node.output.count + 1)
        var inner = known
        try check(body, &inner)
        // Of what a loop computes nothing else is seen outside, but no name may come again.
        known = inner
      }
      for output in node.output { #expect(known.insert(output).inserted, "\(output) comes twice") }
    }
    for output in graph.output { #expect(known.contains(output.name), "\(output.name)") }
  }

  /// What a kind of score does not count is left out.
  @Test func onlyWhatCountsIsComputed() async throws {
    func operators(_ scoring: AnomalyScoring) async throws -> Set<String> {
      Set(try written(ONNXExport(await detector(scoring))).graph.node.map(\.opType))
    }
    #expect(try await operators(.combined).isSuperset(of: ["TopK", "LessOrEqual", "Exp"]))
    #expect(try await !operators(.reconstruction).contains("TopK"))
    #expect(try await !operators(.tails).contains("TopK"))
    #expect(try await operators(.neighbours).contains("TopK"))
  }

  @Test func imagesAreTakenAsTheyAreStored() async throws {
    let set = try ImageFixture.set()
    let detector = try await AnomalyDetector.fit(images: set.training, options: ImageFixture.options())
    let export = try ONNXExport(detector, hasChannelsLast: true)
    #expect(export.inputs.map(\.name) == ["input"])
    #expect(export.inputs[0].axes == ["batch", "8", "8", "1"])
    #expect(export.outputs.map(\.name) == ["score", "is_alert", "expected"])
    #expect(export.outputs[2].axes == ["batch", "8", "8", "1"])
    let graph = try written(export).graph
    #expect(graph.node.prefix(2).map(\.opType) == ["Transpose", "Mul"])
    var known = Set(graph.initializer.map(\.name)).union(["input"])
    try check(graph, &known)
  }

  @Test func filesThatHoldNoDetectorAreTold() throws {
    let scratch = ScratchFolder()
    let path = "\(scratch.path)/x.safetensors"
    try SafeTensors(metadata: ["format": "another"]).write(to: path)
    #expect(try !AnomalyDetector.isDetector(path: path))
  }
}
