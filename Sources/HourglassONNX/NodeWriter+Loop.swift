import Foundation
import HourglassBase
import HourglassMessages

extension NodeWriter {
  /// Something that a loop changes from pass to pass.
  package struct State {
    var value: String
    var element: ONNXElementKind

    /// - Parameter value: as it is before the first pass.
    package init(_ value: String, _ element: ONNXElementKind) {
      (self.value, self.element) = (value, element)
    }
  }

  /// A `Loop` whose nodes are being added.
  package struct OpenLoop {
    /// What decided that there is this pass.
    package let condition: String
    /// As they are before a pass.
    package let states: [String]
    fileprivate let pass: String
    fileprivate let inputs: [String]
    fileprivate let elements: [ONNXElementKind]
    fileprivate let nodesBefore: [ONNXNode]
  }

  /// Begins a `Loop`: until `close`, nodes that are added belong to one pass of it. They may read any value from before.
  ///
  /// - Parameters:
  ///   - passes: at most so many.
  ///   - condition: whether there is a first one; a truth value without axes.
  package mutating func openLoop(passes: Int, while condition: String, _ states: [State]) -> OpenLoop {
    let loop = OpenLoop(
      condition: unique("\(scope)/go_on"), states: states.indices.map { unique("\(scope)/state.\($0)") },
      pass: unique("\(scope)/pass"), inputs: [integer(passes), condition] + states.map(\.value),
      elements: [.bool] + states.map(\.element), nodesBefore: nodes)
    nodes = []
    return loop
  }

  /// Ends a `Loop`.
  ///
  /// - Parameters:
  ///   - condition: whether there is another pass.
  ///   - states: after a pass.
  /// - Returns: the states after the last one.
  /// - Throws: `HourglassError` (usage) when its nodes take more than the format allows.
  package mutating func close(
    _ loop: OpenLoop, condition: String, states: [String]
  ) throws(HourglassError) -> [String] {
    // What a graph gives must be the result of one of its own nodes.
    let given = ([condition] + states).map { add("Identity", [$0]) }
    var graph = ONNXGraph()
    graph.name = unique("\(scope)/body")
    graph.node = nodes
    graph.input = zip([loop.pass, loop.condition] + loop.states, [.int64] + loop.elements).map(
      ONNXValueInfo.init)
    // These two have no axes; those of the states follow from what they begin with.
    for place in 0..<2 { graph.input[place].type.tensorType.shape = ONNXTensorShape() }
    graph.output = zip(given, loop.elements).map(ONNXValueInfo.init)
    nodes = loop.nodesBefore
    let bytes = Data(try graph.encoded())
    return add("Loop", loop.inputs, [.make("body", .graph) { $0.g = bytes }], results: states.count)
  }
}

extension ONNXValueInfo {
  /// Of a value whose axes follow from what it is made of.
  fileprivate init(_ name: String, _ element: ONNXElementKind) {
    self.init()
    self.name = name
    type.tensorType.elemType = element
  }
}
