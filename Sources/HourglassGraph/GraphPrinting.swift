extension Operation {
  /// The operation's name, as printed.
  public var name: String {
    switch self {
    case .input(let name): "input \(name)"
    case .parameter(let name): "parameter \(name)"
    case .constant(let value): "constant \(value)"
    case .random(let distribution, let stream): "random \(distribution.rawValue) stream \(stream)"
    case .convolution(let geometry): "convolution \(geometry)"
    case .convolutionTransposed(let geometry): "transposed convolution \(geometry)"
    case .convolutionWeightGradient(let geometry): "weight gradient \(geometry)"
    case .matrixProduct(let transposed): transposed ? "transposed matrix product" : "matrix product"
    case .outerProduct: "outer product"
    case .maxPool(let geometry): "max pool \(geometry)"
    case .maxPoolScatter(let geometry): "max pool scatter \(geometry)"
    case .maxPoolGather(let geometry): "max pool gather \(geometry)"
    case .resample(let resampling): "resample \(resampling)"
    case .resampleTransposed(let resampling): "transposed resample \(resampling)"
    case .unary(let function): function.rawValue
    case .binary(let function): function.rawValue
    case .broadcast: "broadcast"
    case .sum(let axes): "sum over axes \(axes.map(String.init).joined(separator: ", "))"
    case .reshape: "reshape"
    case .slice(let axis, let start, let count): "slice axis \(axis) from \(start), \(count) long"
    case .pad(let axis, let before, let after): "pad axis \(axis) by \(before) and \(after)"
    case .concatenate(let axis): "concatenate along axis \(axis)"
    case .batchMean: "batch mean"
    case .perSample: "per sample"
    }
  }
}

extension WindowAxis {
  fileprivate var suffix: String {
    (stride == 1 ? "" : " stride \(stride)") + (upsampling == 1 ? "" : " after up-sampling \(upsampling)")
  }
}

extension ConvolutionGeometry: CustomStringConvertible {
  public var description: String { "\(rows.kernel)x\(columns.kernel)\(rows.suffix)" }
}

extension PoolGeometry: CustomStringConvertible {
  public var description: String { "\(rows.kernel)x\(columns.kernel)\(rows.suffix)" }
}

extension Resampling: CustomStringConvertible {
  public var description: String {
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
  public var description: String {
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
