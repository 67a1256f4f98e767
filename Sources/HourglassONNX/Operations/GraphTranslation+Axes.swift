import HourglassBase
import HourglassGraph
import HourglassMessages

extension GraphTranslation {
  mutating func value(_ operation: AxisOperation, _ node: Graph.Node) -> Value {
    let x = whole(node.inputs[0])
    switch operation {
    case .sum(let axes):
      let places = writer.integers(axes.map { axis($0, of: x) })
      return Value(writer.add("ReduceSum", [x.name, places], .integer("keepdims", 1)), node)
    case .maximum(let axis):
      return Value(
        writer.add(
          "ReduceMax", [x.name], .integers("axes", [self.axis(axis, of: x)]), .integer("keepdims", 1)), node)
    case .largestMask(let axis, let count):
      return Value(largestMask(x, axis: self.axis(axis, of: x), count: count), node)
    }
  }

  /// 1 at the `count` largest elements, of equal ones the first, which is what TopK takes too.
  private mutating func largestMask(_ x: Value, axis: Int, count: Int) -> String {
    let places = writer.add(
      "TopK", [x.name, writer.integers([count])], [.integer("axis", axis)], results: 2)[1]
    let zeros = writer.add("ConstantOfShape", [writer.add("Shape", [x.name])], .one("value", 0))
    let ones = writer.add("ConstantOfShape", [writer.add("Shape", [places])], .one("value", 1))
    return writer.add("ScatterElements", [zeros, places, ones], .integer("axis", axis))
  }
}
