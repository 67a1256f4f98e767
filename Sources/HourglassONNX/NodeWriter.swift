import Foundation
import HourglassBase
import HourglassMessages

/// Collects the nodes of an ONNX graph and the numbers that they read, and gives each value a name of its own.
struct NodeWriter {
  private(set) var nodes: [ONNXNode] = []
  private(set) var initializers: [ONNXTensor] = []
  /// The layer that new nodes belong to, with which their names begin; empty outside layers.
  var scope = ""
  private var names: Set<String>
  /// Names of numbers.
  private var kept: Set<String> = []

  /// - Parameter reserved: names of inputs and outputs, which no other value may have.
  init(reserved: Set<String>) { names = reserved }

  /// Appends a call of an operator with one result.
  ///
  /// - Parameter inputs: names of values; an empty one for an input that is left out.
  /// - Returns: the name of the result, such as `encoder.0/Conv`.
  mutating func add(_ kind: String, _ inputs: [String], _ attributes: ONNXAttribute...) -> String {
    add(kind, inputs, attributes, results: 1)[0]
  }

  /// Appends a call of an operator with several results.
  mutating func add(_ kind: String, _ inputs: [String], _ attributes: [ONNXAttribute], results: Int)
    -> [String]
  {
    let name = unique(scope.isEmpty ? kind : "\(scope)/\(kind)")
    var node = ONNXNode()
    node.name = name
    node.opType = kind
    node.input = inputs
    node.output = results == 1 ? [name] : (0..<results).map { unique("\(name).\($0)") }
    node.attribute = attributes
    nodes.append(node)
    return node.output
  }

  /// A value's name where it is free, else that name with a number.
  private mutating func unique(_ wanted: String) -> String {
    var name = wanted
    var number = 1
    while !names.insert(name).inserted {
      number += 1
      name = "\(wanted)_\(number)"
    }
    return name
  }

  /// Gives a value another name, one of those that were reserved. What is no node's result, or has such a name, is
  /// copied.
  mutating func name(_ value: String, _ name: String, isTaken: Bool) {
    guard !isTaken, nodes.contains(where: { $0.output.contains(value) }) else {
      let copy = add("Identity", [value])
      return self.name(copy, name, isTaken: false)
    }
    for index in nodes.indices {
      nodes[index].input = nodes[index].input.map { $0 == value ? name : $0 }
      nodes[index].output = nodes[index].output.map { $0 == value ? name : $0 }
    }
  }

  // MARK: Numbers

  /// A weight, row-major, under the name that it has in a model's file.
  mutating func weight(_ name: String, _ shape: Shape, _ values: [Float]) -> String {
    append(name, shape.dimensions, .float, values)
  }

  /// One number.
  mutating func number(_ value: Double) -> String {
    append("number.\(value)", [], .float, [Float(value)])
  }

  /// A vector of numbers.
  mutating func numbers(_ values: [Double]) -> String {
    append("numbers.\(Self.text(values))", [values.count], .float, values.map { Float($0) })
  }

  /// A vector of whole numbers.
  mutating func integers(_ values: [Int]) -> String {
    append("integers.\(Self.text(values))", [values.count], .int64, values.map { Int64($0) })
  }

  private static func text(_ values: [some CustomStringConvertible]) -> String {
    values.map(\.description).joined(separator: ",")
  }

  /// A matrix by its rows.
  mutating func matrix(_ name: String, _ rows: [[Float]]) -> String {
    append(unique(name), [rows.count, rows.first?.count ?? 0], .float, rows.flatMap { $0 })
  }

  /// Equal names are equal numbers, which are kept once. The format has the bytes of little-endian machines.
  private mutating func append<Number: BitwiseCopyable>(
    _ name: String, _ dimensions: [Int], _ kind: ONNXElementKind, _ values: [Number]
  ) -> String {
    guard kept.insert(name).inserted else { return name }
    names.insert(name)
    var tensor = ONNXTensor()
    tensor.name = name
    tensor.dims = dimensions.map { Int64($0) }
    tensor.dataType = kind
    tensor.rawData = values.withUnsafeBytes { Data($0) }
    initializers.append(tensor)
    return name
  }
}

extension ONNXAttribute {
  static func integer(_ name: String, _ value: Int) -> ONNXAttribute {
    make(name, .int) { $0.i = Int64(value) }
  }

  static func integers(_ name: String, _ values: [Int]) -> ONNXAttribute {
    make(name, .ints) { $0.ints = values.map { Int64($0) } }
  }

  static func number(_ name: String, _ value: Double) -> ONNXAttribute {
    make(name, .float) { $0.f = Float(value) }
  }

  static func text(_ name: String, _ value: String) -> ONNXAttribute {
    make(name, .string) { $0.s = Data(value.utf8) }
  }

  /// A tensor of one element.
  static func one(_ name: String, _ number: Float) -> ONNXAttribute {
    make(name, .tensor) {
      $0.t.dims = [1]
      $0.t.dataType = .float
      $0.t.floatData = [number]
    }
  }

  private static func make(
    _ name: String, _ kind: ONNXAttributeKind, _ fill: (inout ONNXAttribute) -> Void
  ) -> ONNXAttribute {
    var attribute = ONNXAttribute()
    attribute.name = name
    attribute.type = kind
    fill(&attribute)
    return attribute
  }
}
