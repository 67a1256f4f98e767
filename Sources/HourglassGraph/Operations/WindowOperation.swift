import HourglassBase

/// Windows that move over images: pooling and resampling.
package enum WindowOperation: Hashable, Sendable {
  /// The largest value of each window.
  case maxPool(PoolGeometry)
  /// (input, pooled) puts each pooled value where its window's first maximum of `input` is: the adjoint of
  /// `maxPool`.
  case maxPoolScatter(PoolGeometry)
  /// (input, values of the input's shape) takes the value where each window's first maximum of `input` is: the
  /// adjoint of `maxPoolScatter`.
  case maxPoolGather(PoolGeometry)
  /// A separable linear map of every channel: average pooling, up-sampling.
  case resample(Resampling)
  /// Its adjoint.
  case resampleTransposed(Resampling)
}

extension WindowOperation: OperationFamily {
  var name: String {
    switch self {
    case .maxPool(let geometry): "max pool \(geometry)"
    case .maxPoolScatter(let geometry): "max pool scatter \(geometry)"
    case .maxPoolGather(let geometry): "max pool gather \(geometry)"
    case .resample(let resampling): "resample \(resampling)"
    case .resampleTransposed(let resampling): "transposed resample \(resampling)"
    }
  }

  func isPerSample(inputs: [Bool]) -> Bool { inputs.contains(true) }

  var lanedInputs: Int? {
    switch self {
    case .maxPool, .resample, .resampleTransposed: 1
    case .maxPoolScatter, .maxPoolGather: 2
    }
  }

  func expectedShapes(inputs: [Shape], result: Shape) -> (inputs: [Shape], result: Shape)? {
    guard inputs.count == lanedInputs else { return nil }
    return switch self {
    case .maxPool(let g): ([g.inputShape], g.outputShape)
    case .maxPoolScatter(let g): ([g.inputShape, g.outputShape], g.inputShape)
    case .maxPoolGather(let g): ([g.inputShape, g.inputShape], g.outputShape)
    case .resample(let r): ([r.inputShape], r.outputShape)
    case .resampleTransposed(let r): ([r.outputShape], r.inputShape)
    }
  }

  func contribution(to position: Int, inputs: [Tensor], result: Tensor, adjoint: Tensor) -> Tensor? {
    switch self {
    case .maxPool(let geometry):
      inputs[0].maxPoolScatter(adjoint, geometry)
    case .maxPoolScatter(let geometry):
      position == 0 ? nil : inputs[0].maxPoolGather(adjoint, geometry)
    case .maxPoolGather(let geometry):
      position == 0 ? nil : inputs[0].maxPoolScatter(adjoint, geometry)
    case .resample(let resampling):
      adjoint.resampledTransposed(resampling)
    case .resampleTransposed(let resampling):
      adjoint.resampled(resampling)
    }
  }
}
