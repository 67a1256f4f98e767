import HourglassBase
import HourglassGraph
import HourglassMessages

/// What a layer's formula takes several operations for and ONNX one operator. Numbers differ from the formula's by rounding
/// alone.
struct FusedOperation {
  enum Kind {
    /// A product with weights and a bias for each channel.
    case product(LinearProduct)
    case leakyReLU(slope: Double)
    case elu(alpha: Double)
    case batchNormalization(epsilon: Double)
    case layerNormalization(epsilon: Double, shape: Shape)
  }

  var kind: Kind
  /// The nodes that it reads, in the operator's order.
  var inputs: [Int]

  /// What the node is the last operation of; nil where it is itself alone.
  init?(_ graph: Graph, at node: Int) {
    let patterns = GraphPatterns(graph: graph)
    guard
      let found = patterns.product(node) ?? patterns.batchNormalization(node)
        ?? patterns.layerNormalization(node) ?? patterns.bentLine(node)
    else { return nil }
    self = found
  }

  init(_ kind: Kind, _ inputs: [Int]) { (self.kind, self.inputs) = (kind, inputs) }
}

extension GraphTranslation {
  mutating func add(_ operation: FusedOperation) -> String {
    let inputs = operation.inputs
    switch operation.kind {
    case .product(let product):
      guard let name = add(product, bias: inputs[2]) else {
        preconditionFailure("only products of samples are fused")
      }
      return name
    case .leakyReLU(let slope):
      return writer.add("LeakyRelu", [whole(inputs[0]).name], .number("alpha", slope))
    case .elu(let alpha):
      return writer.add("Elu", [whole(inputs[0]).name], .number("alpha", alpha))
    case .batchNormalization(let epsilon):
      let operands = inputs.map { whole($0).name }
      return writer.add("BatchNormalization", operands, .number("epsilon", epsilon))
    case .layerNormalization(let epsilon, let shape):
      return layerNormalization(inputs.map { whole($0).name }, epsilon, shape)
    }
  }

  /// ONNX normalises along the last axes; our channels are the first.
  private mutating func layerNormalization(_ operands: [String], _ epsilon: Double, _ shape: Shape) -> String
  {
    let attributes: [ONNXAttribute] = [.integer("axis", -1), .number("epsilon", epsilon)]
    guard shape.rank > 1 else {
      return writer.add("LayerNormalization", operands, attributes, results: 1)[0]
    }
    let last = Array(0...shape.rank)
    let turned = writer.add("Transpose", [operands[0]], .integers("perm", [0] + last.dropFirst(2) + [1]))
    let normal = writer.add(
      "LayerNormalization", [turned] + operands.dropFirst(), attributes, results: 1)[0]
    return writer.add(
      "Transpose", [normal], .integers("perm", [0, shape.rank] + last.dropFirst().dropLast()))
  }
}
