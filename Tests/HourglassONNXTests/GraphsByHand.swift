import HourglassFiles
import HourglassMessages

/// Tests that write ONNX files node by node.
protocol GraphsByHand {
  /// Of the file.
  var path: String { get }
}

extension GraphsByHand {
  func write(_ nodes: [ONNXNode], input: [Int64], _ tensors: [ONNXTensor], output: String = "y")
    throws
  {
    var model = ONNXModel()
    var (x, y) = (ONNXValueInfo(), ONNXValueInfo())
    x.name = "x"
    x.type.tensorType.shape.dim = ([0] + input).map { size in
      var dimension = ONNXTensorShape.Dimension()
      if size > 0 { dimension.dimValue = size } else { dimension.dimParam = "n" }
      return dimension
    }
    y.name = output
    (model.graph.node, model.graph.initializer) = (nodes, tensors)
    (model.graph.input, model.graph.output) = ([x], [y])
    try AtomicFile.write(try model.encoded(), to: path)
  }

  func node(
    _ kind: String, _ inputs: [String], _ output: String, _ integers: [String: [Int64]] = [:]
  ) -> ONNXNode {
    var node = ONNXNode()
    (node.opType, node.input, node.output) = (kind, inputs, [output])
    for (name, values) in integers {
      var attribute = ONNXAttribute()
      (attribute.name, attribute.type, attribute.ints) = (name, .ints, values)
      node.attribute.append(attribute)
    }
    return node
  }

  /// With an attribute of one number, such as an axis.
  func node(
    _ kind: String, _ inputs: [String], _ output: String, _ attributeName: String, _ number: Int64
  ) -> ONNXNode {
    var node = node(kind, inputs, output)
    var attribute = ONNXAttribute()
    (attribute.name, attribute.type, attribute.i) = (attributeName, .int, number)
    node.attribute.append(attribute)
    return node
  }

  func list(_ name: String, _ values: [Int64]) -> ONNXTensor {
    var tensor = ONNXTensor()
    (tensor.name, tensor.dims, tensor.dataType, tensor.int64Data) = (
      name, [Int64(values.count)], .int64, values
    )
    return tensor
  }

  func tensor(_ name: String, _ extents: [Int64], _ values: [Float]) -> ONNXTensor {
    var tensor = ONNXTensor()
    (tensor.name, tensor.dims, tensor.dataType, tensor.floatData) = (name, extents, .float, values)
    return tensor
  }
}
