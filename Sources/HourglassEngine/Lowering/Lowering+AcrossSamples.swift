import HourglassGraph

extension Lowering {
  mutating func lower(_ operation: AcrossSamplesOperation, _ index: Int) {
    switch operation {
    case .batchMean: emitReduction(.batchSum, at: index)
    case .perSample: emitMap(index)
    }
  }
}

extension AcrossSamplesOperation {
  /// Whether the result is a sum over the samples.
  var isReduction: Bool {
    switch self {
    case .batchMean: true
    case .perSample: false
    }
  }
}
