import HourglassBase
import HourglassNN

extension GraphReading {
  /// - Returns: whether the operator gives images or series other edges, or takes a part of a vector.
  mutating func readBorder(_ node: ImportedNode) throws(HourglassError) -> Bool {
    switch node.kind {
    case "Pad": try readPad(node)
    case "Slice": try readSlice(node)
    case "Split": try readSplit(node)
    default: return false
    }
    return true
  }

  /// Which of our axes an axis of the file is; nil for the batch.
  private func ours(_ axis: Int, of value: Value) -> Int? {
    let rank = extents(value).count
    guard 1...rank ~= axis else { return nil }
    var place = value.layout == .turned ? axis % rank : axis - 1
    if value.isSeries, place == 1 { place = 2 }
    return place
  }

  // MARK: Padding

  private mutating func readPad(_ node: ImportedNode) throws(HourglassError) {
    let (name, sample) = try sample(node)
    let rank = extents(sample).count + 1
    guard let pads = node.integers("pads") ?? constant(node.input(1))?.knownIntegers else {
      throw node.complaint("has sizes that are not known")
    }
    let axes: [Int]
    if node.input(3) != nil {
      guard let given = constant(node.input(3))?.knownIntegers else {
        throw node.complaint("has axes that are not known")
      }
      axes = given.map { $0 < 0 ? $0 + rank : $0 }
    } else {
      axes = Array(0..<rank)
    }
    guard pads.count == 2 * axes.count, Set(axes).count == axes.count, pads.allSatisfy({ 0...254 ~= $0 })
    else {
      throw node.complaint("has pads of \(pads.prefix(8))")
    }
    if pads.allSatisfy({ $0 == 0 }) { return try copy(node) }
    guard node.input(2) == nil || constant(node.input(2)) != nil else {
      throw node.complaint("pads with a number that is not known")
    }
    let isZero =
      constant(node.input(2)).map { $0.number == 0 || $0.knownIntegers == [0] }
      ?? (node.number("value", 0) == 0)
    guard node.text("mode", "constant") == "constant", isZero else {
      throw node.complaint("pads with something else than zeros, which no layer does")
    }
    var border = ImportedBorder.none
    for (index, axis) in axes.enumerated() where pads[index] > 0 || pads[axes.count + index] > 0 {
      let (before, after) = (pads[index], pads[axes.count + index])
      switch ours(axis, of: sample) {
      case 1 where sample.shape.rank == 3: (border.before.rows, border.after.rows) = (before, after)
      case 2: (border.before.columns, border.after.columns) = (before, after)
      default: throw node.complaint("pads the batch, the channels or a vector, which no layer does")
      }
    }
    try set(node, try padded(node, name, sample, border))
  }

  /// A value with zeros around it.
  func padded(
    _ node: ImportedNode, _ name: String, _ sample: Value, _ border: ImportedBorder
  ) throws(HourglassError) -> Value {
    var result = sample.followed(name, by: .padded(border, channels: sample.shape[0]))
    if case .padded(let inner, _) = sample.step {
      (result.previous, result.step) = (sample.previous, .padded(inner + border, channels: sample.shape[0]))
    }
    result.shape = [
      sample.shape[0], sample.shape[1] + border.before.rows + border.after.rows,
      sample.shape[2] + border.before.columns + border.after.columns,
    ]
    guard case .padded(let all, _) = result.step, all.kernel.rows <= 255, all.kernel.columns <= 255 else {
      throw node.complaint("pads by more than 254")
    }
    return result
  }

  // MARK: Parts

  private mutating func readSlice(_ node: ImportedNode) throws(HourglassError) {
    let (name, sample) = try sample(node)
    let sizes = extents(sample)
    let slices = SliceSettings(node, rank: sizes.count + 1) { attribute, input in
      node.integers(attribute) ?? constant(node.input(input))?.knownIntegers
    }
    guard let slices else { throw node.complaint("takes a part that is not known") }
    var border = ImportedBorder.none
    var part = 0..<sample.shape[0]
    for slice in slices.all {
      guard slice.axis > 0, let axis = ours(slice.axis, of: sample) else {
        guard slice.start == 0, slice.end >= Int(Int32.max), slice.step == 1 else {
          throw node.complaint("takes a part of the batch")
        }
        continue
      }
      let extent = sizes[slice.axis - 1]
      guard slice.step == 1, let range = SliceRange(slice.start, slice.end, 1, of: extent), range.count > 0
      else {
        throw node.complaint("takes every \(slice.step)th number, or none, which no layer does")
      }
      let after = extent - range.start - range.count
      switch axis {
      case 0: part = range.start..<range.start + range.count
      case 1: (border.before.rows, border.after.rows) = (range.start, after)
      default: (border.before.columns, border.after.columns) = (range.start, after)
      }
    }
    if part.count == sample.shape[0], border == .none { return try copy(node) }
    if part.count < sample.shape[0] {
      guard border == .none else {
        throw node.complaint("takes a part of the channels and of the image at once")
      }
      let taken = try channels(node, part, of: (name, sample))
      return try set(node, taken)
    }
    try set(node, try cropped(node, name, sample, border))
  }

  private func cropped(
    _ node: ImportedNode, _ name: String, _ sample: Value, _ border: ImportedBorder
  ) throws(HourglassError) -> Value {
    guard border.kernel.rows <= 255, border.kernel.columns <= 255 else {
      throw node.complaint("leaves out more than 254 rows or columns")
    }
    var result = sample
    result.shape = [
      sample.shape[0], sample.shape[1] - border.before.rows - border.after.rows,
      sample.shape[2] - border.before.columns - border.after.columns,
    ]
    if case .convolution(var convolution) = sample.step, convolution.isTransposed {
      // It leaves them out itself.
      convolution.border = convolution.border + border
      convolution.output = Pair(result.shape[1], result.shape[2])
      result.step = .convolution(convolution)
    } else {
      (result.previous, result.step) = (name, .cropped(border, channels: sample.shape[0]))
    }
    return result
  }

  /// Some of a dense layer's units, or a convolution's filters.
  private mutating func channels(
    _ node: ImportedNode, _ part: Range<Int>, of sample: (name: String, value: Value)
  ) throws(HourglassError) -> Value {
    var result = sample.value
    result.shape = Shape([part.count] + sample.value.shape.dimensions.dropFirst())
    switch sample.value.step {
    case .dense(let weight, let bias, let units) where sample.value.layout == .ours:
      let inputs = weight.count / units
      try admit(node, part.count * inputs)
      result.step = .dense(
        weight: Array(weight[part.lowerBound * inputs..<part.upperBound * inputs]),
        bias: bias.map { Array($0[part]) },
        units: part.count)
    case .convolution(var convolution) where !convolution.isTransposed:
      let size = convolution.weight.count / convolution.filters
      try admit(node, part.count * size)
      convolution.weight = Array(convolution.weight[part.lowerBound * size..<part.upperBound * size])
      (convolution.bias, convolution.filters) = (convolution.bias.map { Array($0[part]) }, part.count)
      result.step = .convolution(convolution)
    default:
      throw node.complaint(
        "takes a part of the channels or features, which only what comes right after a product does here")
    }
    return result
  }

  private mutating func readSplit(_ node: ImportedNode) throws(HourglassError) {
    let sample = try sample(node)
    let axis = node.integer("axis", 0)
    let rank = extents(sample.value).count
    guard ours(axis < 0 ? axis + rank + 1 : axis, of: sample.value) == 0 else {
      throw node.complaint("splits the batch, or images, which no layer does")
    }
    guard let sizes = partSizes(node, of: sample.value.shape[0]), !sizes.contains(0) else {
      throw node.complaint(
        "splits \(sample.value.shape[0]) numbers into parts that are not known, or do not add up")
    }
    var start = 0
    for (output, size) in zip(node.node.output, sizes) {
      if !output.isEmpty {
        let taken = try channels(node, start..<start + size, of: sample)
        try set(node, output: output, taken)
      }
      start += size
    }
  }
}
