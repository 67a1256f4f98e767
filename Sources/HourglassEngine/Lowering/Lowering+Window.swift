import HourglassGraph

extension Lowering {
  mutating func lower(_ operation: WindowOperation, _ index: Int) {
    let kind: LaneStep.Kind =
      switch operation {
      case .maxPool(let geometry): .maxPool(geometry)
      case .maxPoolScatter(let geometry): .maxPoolScatter(geometry, gated: false)
      case .maxPoolGather(let geometry): .maxPoolGather(geometry)
      case .resample(let resampling): .resample(resampling, transposed: false)
      case .resampleTransposed(let resampling): .resample(resampling, transposed: true)
      }
    emit(kind, reads: graph.nodes[index].inputs, writing: index)
  }
}
