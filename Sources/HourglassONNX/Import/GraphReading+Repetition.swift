import HourglassBase
import HourglassNN

/// A value with an axis more, along which it is repeated; joined with the axis before, that enlarges it.
struct Repetition {
  var source: String
  /// Which of the file's axes is enlarged, the batch being 0.
  var axis: Int
  var times: Int
}

/// Enlargement by repeating, as Keras's layers for it are exported: `Unsqueeze`, `Expand` or `Tile`, and `Reshape`.
extension GraphReading {
  /// - Returns: whether the operator is a part of that.
  mutating func readRepetition(_ node: ImportedNode) throws(HourglassError) -> Bool {
    if let repetition = node.input(0).flatMap({ repeats[name($0)] }) {
      switch node.kind {
      case "Expand", "Tile": try readTimes(node, repetition)
      case "Reshape": try join(node, repetition)
      case "Cast", "Identity": try keep(node, repetition)
      default: throw node.complaint("reads a value that is repeated along a new axis, which no layer does")
      }
      return true
    }
    guard node.kind == "Unsqueeze", let value = value(node.input(0)), value.shape.rank == 3,
      let axes = node.integers("axes") ?? constant(node.input(1))?.knownIntegers, axes.count == 1,
      let source = node.input(0).map(name), let output = node.node.output.first,
      ["Expand", "Tile"].contains(outlook.reader(output)?.kind ?? "")
    else { return false }
    let rank = extents(value).count + 1
    let axis = axes[0] < 0 ? axes[0] + rank + 1 : axes[0]
    guard 2...rank ~= axis else { throw node.complaint("repeats the batch") }
    try keep(node, Repetition(source: source, axis: axis - 1, times: 1))
    return true
  }

  private mutating func keep(_ node: ImportedNode, _ repetition: Repetition) throws(HourglassError) {
    let output = try node.output()
    guard isNew(output) else {
      throw node.complaint("gives \(output.quotedForMessage), which another gives, too")
    }
    repeats[output] = repetition
  }

  private mutating func readTimes(_ node: ImportedNode, _ repetition: Repetition) throws(HourglassError) {
    guard let value = values[repetition.source], let sizes = constant(node.input(1))?.integers,
      sizes.count == extents(value).count + 2, repetition.times == 1
    else { throw node.complaint("repeats by what is not known") }
    var present: [Int?] = [nil] + extents(value)
    present.insert(1, at: repetition.axis + 1)
    for (axis, size) in sizes.enumerated() where axis != repetition.axis + 1 {
      // An extent of 1, or -1 in an exporter's spelling, leaves an axis as it is.
      let isSame = size == 1 || node.kind == "Expand" && (size == -1 || size == present[axis])
      guard isSame else { throw node.complaint("repeats along several axes at once") }
    }
    guard let times = sizes[repetition.axis + 1], 1...64 ~= times else {
      throw node.complaint("repeats other than 1 to 64 times")
    }
    try keep(node, Repetition(source: repetition.source, axis: repetition.axis, times: times))
  }

  private mutating func join(_ node: ImportedNode, _ repetition: Repetition) throws(HourglassError) {
    guard var value = values[repetition.source], let sizes = constant(node.input(1))?.integers else {
      throw node.complaint("has a shape that is not known")
    }
    let rank = extents(value).count
    var wanted = extents(value)
    wanted[repetition.axis - 1] *= repetition.times
    let given = sizes.dropFirst().map { $0 }
    guard sizes.count == rank + 1, zip(given, wanted).allSatisfy({ $0 == $1 || $0 == -1 }),
      sizes.count(where: { $0 == -1 }) <= 1
    else { throw node.complaint("joins axes that no layer joins") }
    // Rows or columns, in our axes.
    let place = value.layout == .turned ? repetition.axis % rank : repetition.axis - 1
    guard place > 0 else { throw node.complaint("repeats channels, which no layer does") }
    let isColumns = value.isSeries || place == 2
    let factor = isColumns ? Pair(1, repetition.times) : Pair(repetition.times, 1)
    value = value.followed(repetition.source, by: .upsample(factor, isLinear: false))
    value.shape = [value.shape[0], value.shape[1] * factor.rows, value.shape[2] * factor.columns]
    try set(node, value)
  }
}
