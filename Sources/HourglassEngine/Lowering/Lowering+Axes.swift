import HourglassGraph

extension Lowering {
  /// A value per sample, along its own axes.
  mutating func lower(_ operation: AxisOperation, _ index: Int) {
    let kind: LaneStep.Kind =
      switch operation {
      case .sum(let axes): .reduce(axes: axes)
      case .maximum(let axis): .maximum(axis: axis)
      case .largestMask(let axis, let count): .largestMask(axis: axis, count: count)
      }
    emit(kind, reads: graph.nodes[index].inputs, writing: index)
  }
}
