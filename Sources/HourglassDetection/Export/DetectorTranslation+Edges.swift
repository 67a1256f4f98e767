import HourglassMessages
import HourglassONNX

// Images become histograms of their edges, as in `EdgeSpace`.

extension DetectorTranslation {
  /// Points, `[batch, width]`.
  ///
  /// - Parameter images: `[batch, channels, height, width]`.
  mutating func edges(of images: String, in space: EdgeSpace) -> String {
    writer.scope = "edges"
    let planes = reduced(cast(images, to: .double), space)
    let strengths = strengths(of: planes, space)
    let edges = op("Sqrt", op("Sqrt", pooled(strengths, space)))
    guard space.channels > 1 else { return cast(edges, to: .float) }
    let sum = writer.add("ReduceSum", [planes, writer.integers([1])], .integer("keepdims", 1))
    let colours = op("Sub", planes, op("Div", sum, writer.double(Double(space.channels))))
    return cast(concatenated([edges, pooled(colours, space)]), to: .float)
  }

  /// Squares of pixels become their mean.
  private mutating func reduced(_ planes: String, _ space: EdgeSpace) -> String {
    guard space.rows.factor > 1 || space.columns.factor > 1 else { return planes }
    let rows = matrix("edges/rows", space.rows.means, space.rows.extent)
    let columns = matrix("edges/columns", space.columns.means, space.columns.extent)
    return op("MatMul", op("MatMul", rows, planes), turned(columns))
  }

  /// `[batch, directions, rows, columns]`: each pixel's gradient in the two directions that it lies between.
  private mutating func strengths(of planes: String, _ space: EdgeSpace) -> String {
    let zero = writer.double(0)
    let across = difference(planes, extent: space.columns.extent, axis: 3)
    let down = difference(planes, extent: space.rows.extent, axis: 2)
    let squares = op("Add", op("Mul", across, across), op("Mul", down, down))
    let strength = op("Div", op("Sqrt", squares), writer.double(2))
    let turn = turn(across, down)
    let lower = op("Floor", turn)
    let share = op("Sub", turn, lower)
    let count = writer.double(Double(EdgeSpace.directions))
    let directions = writer.doubles(
      "edges/directions", [EdgeSpace.directions, 1, 1], (0..<EdgeSpace.directions).map(Double.init))
    func part(_ direction: String, _ share: String) -> String {
      let rest = writer.add("Mod", [direction, count], .integer("fmod", 1))
      let isHere = op("Equal", op("Unsqueeze", rest, writer.integers([2])), directions)
      let amount = op("Unsqueeze", op("Mul", strength, share), writer.integers([2]))
      return op("Where", isHere, amount, zero)
    }
    let one = writer.double(1)
    let both = op("Add", part(lower, op("Sub", one, share)), part(op("Add", lower, one), share))
    return writer.add("ReduceSum", [both, writer.integers([1])], .integer("keepdims", 0))
  }

  /// By how much the next pixel differs from the one before; at an end, from the pixel itself.
  private mutating func difference(_ planes: String, extent: Int, axis: Int) -> String {
    let next = (0..<extent).map { min($0 + 1, extent - 1) }
    let before = (0..<extent).map { max($0 - 1, 0) }
    let (after, first) = (
      writer.add("Gather", [planes, writer.integers(next)], .integer("axis", axis)),
      writer.add("Gather", [planes, writer.integers(before)], .integer("axis", axis))
    )
    return op("Sub", after, first)
  }

  /// As eighths of a turn, 0...8.
  private mutating func turn(_ across: String, _ down: String) -> String {
    let (zero, one) = (writer.double(0), writer.double(1))
    let (wide, high) = (op("Abs", across), op("Abs", down))
    let isSteep = op("Greater", high, wide)
    let larger = op("Max", wide, high)
    // Without a gradient there is no direction, and no strength.
    let slope = op("Div", op("Min", wide, high), op("Where", op("Greater", larger, zero), larger, one))
    let bend = op("Mul", op("Mul", writer.double(EdgeSpace.arcTangentBend), slope), op("Sub", one, slope))
    let angle = op("Add", slope, bend)
    let isLeft = op("Less", across, zero)
    let isRising = op("Equal", isLeft, op("Less", down, zero))
    let signed = op("Where", isRising, angle, op("Neg", angle))
    let steep = op(
      "Sub", op("Where", op("Greater", down, zero), writer.double(2), writer.double(6)), signed)
    let left = op("Add", writer.double(4), signed)
    let right = op("Where", isRising, angle, op("Sub", writer.double(8), angle))
    return op("Where", isSteep, steep, op("Where", isLeft, left, right))
  }

  /// The weighted means of cells, `[batch, numbers]`.
  ///
  /// - Parameter numbers: `[batch, depth, rows, columns]`.
  private mutating func pooled(_ numbers: String, _ space: EdgeSpace) -> String {
    let rows = matrix("edges/row cells", space.rows.weights, space.rows.cells)
    let columns = matrix("edges/column cells", space.columns.weights, space.columns.cells)
    let cells = op("MatMul", rows, op("MatMul", numbers, turned(columns)))
    let last = writer.add("Transpose", [cells], .integers("perm", [0, 2, 3, 1]))
    return writer.add("Flatten", [last], .integer("axis", 1))
  }

  private mutating func matrix(_ name: String, _ values: [Double], _ rows: Int) -> String {
    writer.doubles(name, [rows, values.count / rows], values)
  }

  private mutating func turned(_ matrix: String) -> String {
    writer.add("Transpose", [matrix], .integers("perm", [1, 0]))
  }
}

extension EdgeSpace.Axis {
  /// `[extent][pixels]`: how much each pixel counts in what it becomes part of.
  fileprivate var means: [Double] {
    (0..<extent).flatMap { place in
      let own = place * factor..<min((place + 1) * factor, pixels)
      return (0..<pixels).map { own.contains($0) ? 1 / Double(own.count) : 0 }
    }
  }
}
