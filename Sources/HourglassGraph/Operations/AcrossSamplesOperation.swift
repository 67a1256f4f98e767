import HourglassBase

/// From each sample's values to shared ones, and back.
package enum AcrossSamplesOperation: Hashable, Sendable {
  /// The mean over the samples of the batch. It couples samples, as the adjoints of products with shared weights do;
  /// what uses its result runs in a later stage.
  case batchMean
  /// A shared value given to every sample: the adjoint of `batchMean`.
  case perSample
}

extension AcrossSamplesOperation: OperationFamily {
  var name: String {
    switch self {
    case .batchMean: "batch mean"
    case .perSample: "per sample"
    }
  }

  func isPerSample(inputs: [Bool]) -> Bool {
    switch self {
    case .batchMean: false
    case .perSample: true
    }
  }

  var lanedInputs: Int? {
    switch self {
    case .batchMean: 1
    case .perSample: nil
    }
  }

  func expectedShapes(inputs: [Shape], result: Shape) -> (inputs: [Shape], result: Shape)? {
    inputs.count == 1 ? ([result], result) : nil
  }

  func contribution(to position: Int, inputs: [Tensor], result: Tensor, adjoint: Tensor) -> Tensor? {
    adjoint
  }
}
