import HourglassBase
import HourglassGraph
import HourglassMessages

extension GraphTranslation {
  mutating func value(_ operation: WindowOperation, _ node: Graph.Node) throws(HourglassError) -> Value {
    switch operation {
    case .maxPool(let geometry):
      let x = whole(node.inputs[0], withBatch: true).name
      return Value(pooled("MaxPool", x, [geometry.rows, geometry.columns], []), node)
    case .resample(let resampling):
      let x = whole(node.inputs[0], withBatch: true).name
      return Value(resampled(x, resampling), node)
    case .maxPoolScatter, .maxPoolGather, .resampleTransposed:
      throw unknown(node)
    }
  }

  private mutating func pooled(
    _ kind: String, _ x: String, _ axes: [WindowAxis], _ attributes: [ONNXAttribute]
  ) -> String {
    writer.add(kind, [x], Self.windows(axes) + attributes, results: 1)[0]
  }

  /// What operators with windows over these axes are told of them.
  static func windows(_ axes: [WindowAxis]) -> [ONNXAttribute] {
    [
      .integers("kernel_shape", axes.map(\.kernel)), .integers("strides", axes.map(\.stride)),
      .integers("pads", axes.map(\.padding) + axes.map { max($0.paddingAfter, 0) }),
    ]
  }

  private mutating func resampled(_ x: String, _ resampling: Resampling) -> String {
    let axes = [resampling.rows, resampling.columns]
    switch resampling.kind {
    case .average: return pooled("AveragePool", x, axes, [.integer("count_include_pad", 0)])
    case .nearest: return enlarged(x, by: axes.map(\.upsampling), isLinear: false)
    case .bilinear: return enlarged(x, by: axes.map(\.upsampling), isLinear: true)
    case .gaussian:
      let rows = writer.matrix("rows", resampling.rowMatrix.dense)
      let columns = writer.matrix("columns", resampling.columnMatrix.transposed.dense)
      return writer.add("MatMul", [writer.add("MatMul", [rows, x]), columns])
    }
  }

  /// Images with whole multiples of rows and columns.
  mutating func enlarged(_ x: String, by factors: [Int], isLinear: Bool) -> String {
    let scales = writer.numbers(([1, 1] + factors).map(Double.init))
    guard isLinear else {
      return writer.add(
        "Resize", [x, "", scales], .text("mode", "nearest"),
        .text("coordinate_transformation_mode", "asymmetric"), .text("nearest_mode", "floor"))
    }
    return writer.add(
      "Resize", [x, "", scales], .text("mode", "linear"),
      .text("coordinate_transformation_mode", "half_pixel"))
  }
}

extension SparseMatrix {
  fileprivate var dense: [[Float]] {
    rows.map { entries in
      var row = [Float](repeating: 0, count: columns)
      for entry in entries { row[entry.column] += Float(entry.weight) }
      return row
    }
  }
}
