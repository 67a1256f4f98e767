import HourglassBase

/// One number in a channel of its own, by which a denoiser is told how strongly its samples are spoilt.
extension GraphReading {
  /// - Returns: whether the operator is a part of that.
  mutating func readLevel(_ node: ImportedNode) throws(HourglassError) -> Bool {
    switch node.kind {
    case "Expand":
      guard let number = constant(node.input(0))?.number, let sizes = constant(node.input(1))?.integers,
        sizes.count > 1, sizes[0] == nil, case let rest = sizes.dropFirst().compactMap(\.self),
        rest.count == sizes.count - 1, let output = node.node.output.first, isNew(output)
      else { return false }
      planes[output] = Plane(number: number, extents: rest)
    case "Concat":
      guard let plane = node.input(1).flatMap({ planes[name($0)] }), node.node.input.count == 2,
        let (name, sample) = try? sample(node), sample.shape.rank != 2, sample.layout == .ours
      else { return false }
      var wanted = extents(sample)
      wanted[0] = 1
      guard node.integer("axis", 1) == 1, plane.extents == wanted else {
        throw node.complaint("joins values along other axes than the channels")
      }
      var told = sample.followed(name, by: .told(level: plane.number))
      told.shape = Shape([sample.shape[0] + 1] + sample.shape.dimensions.dropFirst())
      try set(node, told)
    default: return false
    }
    return true
  }

  /// The same number everywhere, for every sample.
  struct Plane {
    var number: Float
    /// Without the batch, as they lie in the file.
    var extents: [Int]
  }
}
