import HourglassBase
import HourglassGraph
import HourglassMessages

extension GraphTranslation {
  mutating func value(_ operation: LinearOperation, _ node: Graph.Node) throws(HourglassError) -> Value {
    switch operation {
    case .convolution, .convolutionTransposed, .matrixProduct:
      let product = LinearProduct(node)
      guard let name = add(product, bias: nil) else { throw unknown(node) }
      return Value(name, node)
    case .gatherRows:
      return Value(gathered(node), node)
    case .maskedProduct, .convolutionWeightGradient, .outerProduct, .scatterRows:
      throw unknown(node)
    }
  }

  /// A product of a sample with shared weights.
  ///
  /// - Parameter bias: a vector with a number for each channel or feature.
  /// - Returns: nil for what is none.
  mutating func add(_ product: LinearProduct, bias: Int?) -> String? {
    let x = whole(product.sample, withBatch: true).name
    let operands = [whole(product.weights).name] + (bias.map { [whole($0).name] } ?? [])
    switch product.operation {
    case .matrixProduct(let transposed):
      // Our weights are [outputs, inputs].
      return writer.add("Gemm", [x] + operands, .integer("transB", transposed ? 0 : 1))
    case .convolution(let geometry):
      let axes = [geometry.rows, geometry.columns]
      return writer.add("Conv", [upsampled(x, axes)] + operands, Self.windows(axes), results: 1)[0]
    case .convolutionTransposed(let geometry):
      let axes = [geometry.rows, geometry.columns]
      guard axes.allSatisfy({ $0.upsampling == 1 }) else { return nil }
      let after = axes.map(\.paddingAfter)
      var attributes = Self.windows(axes)
      // Elements at the end that no window reaches.
      if after.contains(where: { $0 < 0 }) {
        attributes.append(.integers("output_padding", after.map { max(-$0, 0) }))
      }
      return writer.add("ConvTranspose", [x] + operands, attributes, results: 1)[0]
    case .convolutionWeightGradient, .outerProduct, .maskedProduct, .gatherRows, .scatterRows:
      return nil
    }
  }

  private mutating func upsampled(_ x: String, _ axes: [WindowAxis]) -> String {
    guard axes.contains(where: { $0.upsampling > 1 }) else { return x }
    return enlarged(x, by: axes.map(\.upsampling), isLinear: false)
  }

  /// Rows `[n, p]` of the weights `[m, n]` that the indices `[p]` name.
  private mutating func gathered(_ node: Graph.Node) -> String {
    let weights = whole(node.inputs[0])
    let indices = whole(node.inputs[1], withBatch: true)
    let last = Double(weights.shape[0] - 1)
    let within = writer.add("Clip", [indices.name, writer.number(0), writer.number(last)])
    let integers = writer.add("Cast", [within], .integer("to", ONNXElementKind.int64.rawValue))
    let rows = writer.add("Gather", [weights.name, integers], .integer("axis", 0))
    return writer.add("Transpose", [rows], .integers("perm", [0, 2, 1]))
  }
}

/// A product of a sample with shared weights, and the nodes of both.
struct LinearProduct {
  var operation: LinearOperation
  var sample: Int
  var weights: Int

  /// - Parameter node: of the family `linear`.
  init(_ node: Graph.Node) {
    guard case .linear(let operation) = node.operation else { preconditionFailure("no product") }
    self.operation = operation
    // Matrices come first, the weights of convolutions second.
    if case .matrixProduct = operation {
      (weights, sample) = (node.inputs[0], node.inputs[1])
    } else {
      (sample, weights) = (node.inputs[0], node.inputs[1])
    }
  }
}

extension WindowAxis {
  /// Zeros after the last element; negative where the last windows end before it.
  var paddingAfter: Int { (output - 1) * stride + kernel - input * upsampling - padding }
}
