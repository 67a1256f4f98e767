import HourglassGraph

/// What is computed for one sample.
public struct SampleLoss {
  var loss: Tensor
  var shared: Tensor?
  var metrics: [(name: String, value: Tensor)]

  /// - Parameters:
  ///   - loss: a scalar.
  ///   - shared: a scalar that all samples share, such as a penalty on batch means; added to the mean of `loss`.
  ///   - metrics: scalars to be averaged over an evaluation.
  public init(
    _ loss: Tensor, shared: Tensor? = nil, metrics: [(name: String, value: Tensor)] = []
  ) {
    self.loss = loss
    self.shared = shared
    self.metrics = metrics
  }
}
