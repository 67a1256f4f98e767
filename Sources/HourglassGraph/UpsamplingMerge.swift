extension GraphPass {
  /// Takes nearest up-sampling into the convolution that follows it, which then runs in phases at the low
  /// resolution: a 3x3 kernel after twofold up-sampling needs 4 of its 9 products, and the up-sampled image is
  /// never stored. The same for both adjoints.
  static let mergeUpsampling = GraphPass(
    name: "merge-upsampling", summary: "run convolutions after up-sampling in phases at the low resolution"
  ) { graph in
    graph.rewritten { node, inputs, builder in
      switch node.operation {
      case .linear(.convolution(let geometry)):
        guard let (low, resampling) = inputs[0].nearestUpsampling, let merged = geometry.merging(resampling)
        else { return nil }
        return low.convolved(with: inputs[1], merged)
      case .linear(.convolutionWeightGradient(let geometry)):
        guard let (low, resampling) = inputs[0].nearestUpsampling, let merged = geometry.merging(resampling)
        else { return nil }
        return low.convolutionWeightGradient(inputs[1], merged)
      case .window(.resampleTransposed(let resampling)):
        guard resampling.kind == .nearest,
          case .linear(.convolutionTransposed(let geometry)) = inputs[0].node.operation,
          let merged = geometry.merging(resampling)
        else { return nil }
        let parts = inputs[0].node.inputs.map { Tensor(builder: builder, index: $0) }
        return parts[0].convolvedTransposed(with: parts[1], merged)
      case .linear(.convolutionTransposed), .linear(.matrixProduct), .linear(.maskedProduct),
        .linear(.outerProduct),
        .linear(.gatherRows), .linear(.scatterRows), .window(.maxPool), .window(.maxPoolScatter),
        .window(.maxPoolGather), .window(.resample), .leaf, .elementwise, .movement, .alongAxis,
        .acrossSamples:
        return nil
      }
    }
  }
}

extension Tensor {
  fileprivate var nearestUpsampling: (low: Tensor, Resampling)? {
    guard case .window(.resample(let resampling)) = node.operation, resampling.kind == .nearest else {
      return nil
    }
    return (Tensor(builder: builder, index: node.inputs[0]), resampling)
  }
}

extension ConvolutionGeometry {
  /// This convolution over the up-sampled image as one over the low-resolution image; nil where it has strides,
  /// which would leave little to share.
  fileprivate func merging(_ resampling: Resampling) -> ConvolutionGeometry? {
    guard let rows = rows.merging(resampling.rows), let columns = columns.merging(resampling.columns) else {
      return nil
    }
    return ConvolutionGeometry(
      inputChannels: inputChannels, outputChannels: outputChannels, rows: rows, columns: columns)
  }
}

extension WindowAxis {
  fileprivate func merging(_ resampling: WindowAxis) -> WindowAxis? {
    guard stride == 1, upsampling == 1 else { return nil }
    var merged = self
    merged.input = resampling.input
    merged.upsampling = resampling.upsampling
    return merged
  }
}
