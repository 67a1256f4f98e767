import Foundation
import HourglassBase
import HourglassMessages

/// Collects the nodes of an ONNX graph and the numbers that they read, and gives each value a name of its own.
package struct NodeWriter {
  package internal(set) var nodes: [ONNXNode] = []
  package private(set) var initializers: [ONNXTensor] = []
  /// The layer that new nodes belong to, with which their names begin; empty outside layers.
  package var scope = ""
  private var names: Set<String>
  /// Names of numbers, by what they were asked for as.
  private var kept: [String: String] = [:]

  /// - Parameter reserved: names of inputs and outputs, which no other value may have.
  package init(reserved: Set<String>) { names = reserved }

  /// Appends a call of an operator with one result.
  ///
  /// - Parameter inputs: names of values; an empty one for an input that is left out.
  /// - Returns: the name of the result, such as `encoder.0/Conv`.
  package mutating func add(_ kind: String, _ inputs: [String], _ attributes: ONNXAttribute...) -> String {
    add(kind, inputs, attributes, results: 1)[0]
  }

  /// Appends a call of an operator with several results.
  ///
  /// - Parameter domain: whose operator it is; ONNX's own when empty.
  package mutating func add(
    _ kind: String, _ inputs: [String], _ attributes: [ONNXAttribute], results: Int, domain: String = ""
  ) -> [String] {
    let name = unique(scope.isEmpty ? kind : "\(scope)/\(kind)")
    var node = ONNXNode()
    node.name = name
    node.opType = kind
    node.domain = domain
    node.input = inputs
    node.output = results == 1 ? [name] : (0..<results).map { unique("\(name).\($0)") }
    node.attribute = attributes
    nodes.append(node)
    return node.output
  }

  /// A value's name where it is free, else that name with a number.
  mutating func unique(_ wanted: String) -> String {
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
  package mutating func name(_ value: String, _ name: String, isTaken: Bool) {
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
  package mutating func weight(_ name: String, _ shape: Shape, _ values: [Float]) -> String {
    append(name, shape.dimensions, .float, values)
  }

  /// One number.
  package mutating func number(_ value: Double) -> String {
    append("number.\(value)", [], .float, [Float(value)])
  }

  /// Numbers of 64 bits, row-major.
  package mutating func doubles(_ name: String, _ dimensions: [Int], _ values: [Double]) -> String {
    append(name, dimensions, .double, values)
  }

  /// One number of 64 bits.
  package mutating func double(_ value: Double) -> String {
    append("double.\(value)", [], .double, [value])
  }

  /// One whole number.
  package mutating func integer(_ value: Int) -> String {
    append("integer.\(value)", [], .int64, [Int64(value)])
  }

  /// A vector of numbers.
  package mutating func numbers(_ values: [Double]) -> String {
    append("numbers.\(Self.text(values))", [values.count], .float, values.map { Float($0) })
  }

  /// A vector of whole numbers.
  package mutating func integers(_ values: [Int]) -> String {
    append("integers.\(Self.text(values))", [values.count], .int64, values.map { Int64($0) })
  }

  private static func text(_ values: [some CustomStringConvertible]) -> String {
    values.map(\.description).joined(separator: ",")
  }

  /// A matrix by its rows.
  package mutating func matrix(_ name: String, _ rows: [[Float]]) -> String {
    store(unique(name), [rows.count, rows.first?.count ?? 0], .float, rows.flatMap { $0 })
  }

  /// Whole numbers under a name, where they are many.
  package mutating func integers(_ name: String, _ values: [Int]) -> String {
    append(name, [values.count], .int64, values.map { Int64($0) })
  }

  /// Equal names are equal numbers, which are kept once. The format has the bytes of little-endian machines.
  private mutating func append<Number: BitwiseCopyable>(
    _ name: String, _ dimensions: [Int], _ kind: ONNXElementKind, _ values: [Number]
  ) -> String {
    if let known = kept[name] { return known }
    // A column of a table may have any name.
    let own = store(unique(name), dimensions, kind, values)
    kept[name] = own
    return own
  }

  private mutating func store<Number: BitwiseCopyable>(
    _ name: String, _ dimensions: [Int], _ kind: ONNXElementKind, _ values: [Number]
  ) -> String {
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
  package static func integer(_ name: String, _ value: Int) -> ONNXAttribute {
    make(name, .int) { $0.i = Int64(value) }
  }

  package static func integers(_ name: String, _ values: [Int]) -> ONNXAttribute {
    make(name, .ints) { $0.ints = values.map { Int64($0) } }
  }

  package static func number(_ name: String, _ value: Double) -> ONNXAttribute {
    make(name, .float) { $0.f = Float(value) }
  }

  package static func text(_ name: String, _ value: String) -> ONNXAttribute {
    make(name, .string) { $0.s = Data(value.utf8) }
  }

  /// A tensor of one element.
  package static func one(_ name: String, _ number: Float) -> ONNXAttribute {
    make(name, .tensor) {
      $0.t.dims = [1]
      $0.t.dataType = .float
      $0.t.floatData = [number]
    }
  }

  package static func texts(_ name: String, _ values: [String]) -> ONNXAttribute {
    make(name, .strings) { $0.strings = values.map { Data($0.utf8) } }
  }

  static func make(
    _ name: String, _ kind: ONNXAttributeKind, _ fill: (inout ONNXAttribute) -> Void
  ) -> ONNXAttribute {
    var attribute = ONNXAttribute()
    attribute.name = name
    attribute.type = kind
    fill(&attribute)
    return attribute
  }
}
