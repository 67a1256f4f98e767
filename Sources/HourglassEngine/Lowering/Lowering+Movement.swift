import HourglassGraph

extension Lowering {
  /// A value per sample, moved.
  mutating func lower(_ operation: MovementOperation, _ index: Int) {
    let node = graph.nodes[index]
    let result = LaneLayout(node.shape)
    let extents = [result.channels, result.rows, result.columns]
    let zero = [0, 0, 0]
    func start(_ axis: Int, _ at: Int) -> [Int] {
      var start = zero
      start[LaneLayout.axis(axis, rank: node.shape.rank)] = at
      return start
    }
    func part(of input: Int) -> [Int] {
      let layout = LaneLayout(graph.nodes[node.inputs[input]].shape)
      return [layout.channels, layout.rows, layout.columns]
    }
    let parts: [CopyPart]
    switch operation {
    case .broadcast:
      return emitMap(index)
    case .reshape:
      parts = [CopyPart(source: 0, extents: extents, sourceStart: zero, targetStart: zero, reshapes: true)]
    case .slice(let axis, let first, _):
      parts = [CopyPart(source: 0, extents: extents, sourceStart: start(axis, first), targetStart: zero)]
    case .pad(let axis, let before, _):
      parts = [
        CopyPart(source: nil, extents: extents, sourceStart: zero, targetStart: zero),
        CopyPart(source: 0, extents: part(of: 0), sourceStart: zero, targetStart: start(axis, before)),
      ]
    case .concatenate(let axis):
      var at = 0
      parts = node.inputs.indices.map { input in
        defer { at += graph.nodes[node.inputs[input]].shape[axis] }
        return CopyPart(
          source: input, extents: part(of: input), sourceStart: zero, targetStart: start(axis, at))
      }
    }
    emit(.copy(parts), reads: node.inputs, writing: index)
  }
}
