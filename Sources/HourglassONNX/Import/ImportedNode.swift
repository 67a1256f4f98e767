import HourglassBase
import HourglassMessages

/// A node of an ONNX file, and where it stands, for messages.
struct ImportedNode {
  let node: ONNXNode
  /// The ONNX file.
  let path: String
  private let attributes: [String: ONNXAttribute]

  init(_ node: ONNXNode, path: String) {
    self.node = node
    self.path = path
    attributes = Dictionary(node.attribute.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  var kind: String { node.opType }

  /// Such as `Conv (node "encoder.0/Conv")`.
  private var place: String {
    let name = node.name.isEmpty ? node.output.first ?? "" : node.name
    return "\(shortened(node.opType)) (node \(name.quotedForMessage))"
  }

  /// - Parameter what: follows the node's name, such as "has groups".
  func complaint(_ what: String) -> HourglassError {
    HourglassError(.badData, "\(path): the operator \(place) \(what)")
  }

  /// The name of an input; nil where it is left out.
  func input(_ index: Int) -> String? {
    node.input.indices.contains(index) && !node.input[index].isEmpty ? node.input[index] : nil
  }

  /// - Throws: `HourglassError` (badData) when it has none.
  func output() throws(HourglassError) -> String {
    guard let name = node.output.first, !name.isEmpty else { throw complaint("has no result") }
    return name
  }

  // MARK: Attributes

  func integer(_ name: String, _ usual: Int) -> Int {
    attributes[name].map { Int($0.i) } ?? usual
  }

  func number(_ name: String, _ usual: Float) -> Float { attributes[name].map { $0.f } ?? usual }

  func text(_ name: String, _ usual: String) -> String {
    attributes[name].map { String(decoding: $0.s, as: UTF8.self) } ?? usual
  }

  func integers(_ name: String) -> [Int]? { attributes[name].map { $0.ints.map { Int($0) } } }

  func floats(_ name: String) -> [Float]? { attributes[name].map { $0.floats } }

  func tensor(_ name: String) -> ONNXTensor? {
    attributes[name].flatMap { $0.type == .tensor ? $0.t : nil }
  }
}
