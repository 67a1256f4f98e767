extension WindowAxis {
  fileprivate var suffix: String {
    (stride == 1 ? "" : " stride \(stride)") + (upsampling == 1 ? "" : " after up-sampling \(upsampling)")
  }
}

extension ConvolutionGeometry: CustomStringConvertible {
  package var description: String { "\(rows.kernel)x\(columns.kernel)\(rows.suffix)" }
}

extension PoolGeometry: CustomStringConvertible {
  package var description: String { "\(rows.kernel)x\(columns.kernel)\(rows.suffix)" }
}

extension Resampling: CustomStringConvertible {
  package var description: String {
    switch kind {
    case .average: "average \(rows.kernel)x\(columns.kernel)\(rows.suffix)"
    case .nearest: "nearest \(rows.upsampling)x\(columns.upsampling)"
    case .bilinear: "bilinear \(rows.upsampling)x\(columns.upsampling)"
    case .gaussian(let deviation): "gaussian \(deviation)"
    }
  }
}

extension Graph: CustomStringConvertible {
  /// One line a node: `%7 = relu (%6) : (16, 28, 28) per sample  encoder.0`.
  package var description: String {
    var lines = nodes.enumerated().map { index, node in
      let inputs =
        node.inputs.isEmpty ? "" : " (" + node.inputs.map { "%\($0)" }.joined(separator: ", ") + ")"
      let kind = node.isPerSample ? "per sample" : "shared"
      let scope = node.scope.isEmpty ? "" : "  \(node.scope)"
      return "%\(index) = \(node.operation.name)\(inputs) : \(node.shape) \(kind)\(scope)"
    }
    lines += outputs.map { "output \($0.name) = %\($0.node)" }
    return lines.joined(separator: "\n")
  }
}
