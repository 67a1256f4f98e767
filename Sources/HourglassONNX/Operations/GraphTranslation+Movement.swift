import HourglassBase
import HourglassGraph
import HourglassMessages

extension GraphTranslation {
  mutating func value(_ operation: MovementOperation, _ node: Graph.Node) -> Value {
    switch operation {
    case .broadcast:
      // What reads it broadcasts by itself, or asks for the whole.
      return value(at: node.inputs[0])
    case .reshape(let shape):
      let source = value(at: node.inputs[0])
      // One number is the same in every shape.
      if source.shape.rank == 0, !source.hasBatch { return source }
      return reshaped(whole(node.inputs[0], withBatch: source.hasBatch), to: shape)
    case .slice(let axis, let start, let count):
      let x = whole(node.inputs[0])
      let ends = [start, start + count].map { writer.integers([$0]) }
      return Value(
        writer.add("Slice", [x.name] + ends + [writer.integers([self.axis(axis, of: x)])]), node)
    case .pad(let axis, let before, let after):
      let x = whole(node.inputs[0])
      let rank = x.shape.rank + (x.hasBatch ? 1 : 0)
      var pads = [Int](repeating: 0, count: 2 * rank)
      (pads[self.axis(axis, of: x)], pads[rank + self.axis(axis, of: x)]) = (before, after)
      return Value(writer.add("Pad", [x.name, writer.integers(pads)]), node)
    case .concatenate(let axis):
      return concatenated(node, axis: axis)
    }
  }

  private mutating func reshaped(_ x: Value, to shape: Shape) -> Value {
    var result = x
    result.shape = shape
    if x.hasBatch, shape.rank == 1 {
      result.name = writer.add("Flatten", [x.name], .integer("axis", 1))
    } else {
      // 0 is the batch as it is.
      let extents = writer.integers((x.hasBatch ? [0] : []) + shape.dimensions)
      result.name = writer.add("Reshape", [x.name, extents])
    }
    return result
  }

  /// Parts that were broadcast take their sizes from one that was not, so that these need not be known.
  private mutating func concatenated(_ node: Graph.Node, axis: Int) -> Value {
    let full = node.inputs.first { input in
      value(at: input).hasBatch == node.isPerSample && value(at: input).shape == graph.nodes[input].shape
    }
    var parts: [String] = []
    for input in node.inputs {
      let part = value(at: input)
      let shape = graph.nodes[input].shape
      if let full, part.shape != shape || part.hasBatch != node.isPerSample {
        parts.append(stretched(part, extent: shape[axis], axis: axis, as: value(at: full)))
      } else {
        parts.append(whole(input, withBatch: node.isPerSample).name)
      }
    }
    let place = axis + (node.isPerSample ? 1 : 0)
    return Value(writer.add("Concat", parts, .integer("axis", place)), node)
  }

  /// A part of another's extents but for one axis.
  private mutating func stretched(_ part: Value, extent: Int, axis: Int, as other: Value) -> String {
    let place = self.axis(axis, of: other)
    let rank = self.axis(other.shape.rank, of: other)
    var extents: [String] = []
    if place > 0 {
      extents.append(writer.add("Shape", [other.name], .integer("start", 0), .integer("end", place)))
    }
    extents.append(writer.integers([extent]))
    if place + 1 < rank { extents.append(writer.add("Shape", [other.name], .integer("start", place + 1))) }
    return writer.add("Expand", [part.name, writer.add("Concat", extents, .integer("axis", 0))])
  }
}
