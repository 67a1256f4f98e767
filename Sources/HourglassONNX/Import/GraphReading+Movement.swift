import HourglassBase
import HourglassNN

extension GraphReading {
  /// - Returns: whether the operator gives the same numbers other axes.
  mutating func readMovement(_ node: ImportedNode) throws(HourglassError) -> Bool {
    switch node.kind {
    case "Flatten":
      let (_, sample) = try sample(node)
      guard node.integer("axis", 1) == 1 else { throw node.complaint("takes the batch apart") }
      try reshape(node, to: [sample.shape.count])
    case "Reshape": try readReshape(node)
    case "Squeeze", "Unsqueeze": try readUnitAxes(node)
    case "Transpose": try readTransposition(node)
    default: return false
    }
    return true
  }

  private mutating func readReshape(_ node: ImportedNode) throws(HourglassError) {
    let (_, sample) = try sample(node)
    guard let given = constant(node.input(1))?.integers ?? node.integers("shape"), 2...4 ~= given.count,
      given[0].map({ -1...1 ~= $0 }) ?? true, given.dropFirst().allSatisfy({ $0 != nil }),
      // With the batch written as a number, which exporters of one sample do, nothing else can be open.
      given[0] != -1 || !given.dropFirst().contains(-1)
    else { throw node.complaint("has a shape that is not known, or takes the batch apart") }
    // skl2onnx puts the samples' numbers under one another at the end, also where a sample has several.
    if given == [-1, 1] { return try copy(node) }
    let present = extents(sample)
    // 0 is a size as it was.
    let sizes = given.indices.dropFirst().map { place in
      given[place] == 0 && present.indices.contains(place - 1) ? present[place - 1] : given[place] ?? 0
    }
    guard let resolved = resolved(sizes, sample.shape.count) else {
      throw node.complaint("makes \(sizes) of \(sample.shape.count) numbers")
    }
    try reshape(node, to: resolved)
  }

  /// Axes of extent 1 that come or go, as around convolutions over series that are written as those over images.
  private mutating func readUnitAxes(_ node: ImportedNode) throws(HourglassError) {
    let (_, sample) = try sample(node)
    guard let axes = node.integers("axes") ?? constant(node.input(1))?.knownIntegers else {
      throw node.complaint("does not say which axes")
    }
    let array = ConstantArray<Never>([], [2] + extents(sample))
    guard let extents = (node.kind == "Squeeze" ? array.squeezed(axes) : array.unsqueezed(axes))?.extents,
      extents[0] == 2, 2...4 ~= extents.count
    else { throw node.complaint("gives the samples \(axes.count) axes more or less, which no layer does") }
    try reshape(node, to: Array(extents.dropFirst()))
  }

  /// - Parameter extents: as the file has them, without the batch.
  private mutating func reshape(_ node: ImportedNode, to extents: [Int]) throws(HourglassError) {
    let (name, sample) = try sample(node)
    if extents == self.extents(sample) { return try copy(node) }
    let isSeries = extents.count == 2
    if extents.count == 1 {
      let layout: Layout = sample.layout == .turned ? .mixed(order: Self.order(ofLast: sample.shape)) : .ours
      return try set(node, Value(previous: name, step: .flatten, shape: Shape(extents), layout: layout))
    }
    // The same image or series, whose row has an axis of its own, or had one.
    if let shape = withRow(extents, of: sample) {
      return try set(
        node, Value(previous: name, step: .turned, shape: shape, layout: sample.layout, isSeries: isSeries))
    }
    // Of one channel it is the same whether that is first or last.
    guard sample.layout != .turned || sample.shape[0] == 1 else {
      throw node.complaint("changes the shape of images with their channels last, which no layer does")
    }
    let output = try node.output()
    let ahead = outlook.turnsLastToFirst(output, rank: extents.count)
    let input = values[input]
    let isLast =
      ahead.isTurned || ahead.isOutput && input?.layout == .turned && input.map(self.extents) == extents
    let sizes = isLast ? [extents[extents.count - 1]] + extents.dropLast() : extents
    let shape = isSeries ? Shape([sizes[0], 1, sizes[1]]) : Shape(sizes)
    if isLast {
      try reorder(name, Self.order(ofLast: shape)) { node.complaint("turns axes that no layer has made") }
    } else if case .mixed = sample.layout {
      throw node.complaint("makes another image of one that had its channels last, which no layer does")
    }
    try set(
      node,
      Value(
        previous: name, step: shape == sample.shape ? .turned : .reshape(shape), shape: shape,
        layout: isLast ? .turned : .ours, isSeries: isSeries))
  }

  /// - Returns: the shape in our axes, if the extents are those of a value that has only another number of axes of extent 1 around its
  ///   one axis of places.
  private func withRow(_ extents: [Int], of value: Value) -> Shape? {
    guard value.shape.rank == 3, value.shape[1] == 1, value.layout == .ours || value.layout == .turned else {
      return nil
    }
    let (channels, length) = (value.shape[0], value.shape[2])
    let (first, places) =
      value.layout == .turned
      ? (extents[extents.count - 1], Array(extents.dropLast())) : (extents[0], Array(extents.dropFirst()))
    guard first == channels, places == [length] || places == [1, length] else { return nil }
    return [channels, 1, length]
  }

  /// Where in our order each number of an image is that lies with its channels last.
  ///
  /// - Parameter shape: ours, the channels first.
  private static func order(ofLast shape: Shape) -> [Int] {
    let (channels, places) = (shape[0], shape.count / shape[0])
    return (0..<places).flatMap { place in (0..<channels).map { $0 * places + place } }
  }

  private mutating func readTransposition(_ node: ImportedNode) throws(HourglassError) {
    let (name, sample) = try sample(node)
    let rank = extents(sample).count
    let axes = node.integers("perm") ?? Array((0...rank).reversed())
    let (toFirst, toLast) = ([0, rank] + Array(1..<rank), [0] + Array(2..<rank + 1) + [1])
    var turned = sample.followed(name, by: .turned)
    switch sample.layout {
    case .turned where axes == toFirst: turned.layout = .ours
    case .ours where axes == toLast && rank > 1: turned.layout = .turned
    default:
      guard axes == Array(0...rank) else {
        throw node.complaint("turns the axes by \(axes.prefix(8)), which no layer does")
      }
    }
    try set(node, turned)
  }

  /// Has a vector's number `i` made at the place `order[i]`, by the layer that makes it.
  ///
  /// - Throws: `complaint` where none does, or the vector is used otherwise, too.
  private mutating func reorder(
    _ vector: String, _ order: [Int], _ complaint: () -> HourglassError
  ) throws(HourglassError) {
    guard order != Array(order.indices) else { return }
    // A vector that lies in that order already, as one that was flattened before.
    if values[vector]?.layout == .mixed(order: order) { return }
    var name = vector
    while let value = values[name], let previous = value.previous {
      guard outlook.uses(name) <= 1, value.layout == .ours else { throw complaint() }
      switch value.step {
      case .dense(let weight, let bias, let units):
        let inputs = weight.count / units
        var moved = weight
        for (place, ours) in order.enumerated() {
          moved.replaceSubrange(
            ours * inputs..<(ours + 1) * inputs, with: weight[place * inputs..<(place + 1) * inputs])
        }
        let sums = bias.map { ordered($0, order) }
        values[name]?.step = .dense(weight: moved, bias: sums, units: units)
        return
      case .batchNorm(let norm):
        let moved = ImportedNorm(
          gamma: ordered(norm.gamma, order), beta: ordered(norm.beta, order), mean: ordered(norm.mean, order),
          variance: ordered(norm.variance, order), epsilon: norm.epsilon)
        values[name]?.step = .batchNorm(moved)
      case .layerNorm(let gamma, let beta, let epsilon):
        let moved = (ordered(gamma, order), ordered(beta, order))
        values[name]?.step = .layerNorm(gamma: moved.0, beta: moved.1, epsilon: epsilon)
      case .activation, .scaled, .shifted, .errorFunction, .rounded, .turned: break
      case .input, .convolution, .maxPool, .averagePool, .upsample, .flatten, .reshape, .residual, .padded,
        .cropped,
        .channelMean, .centred, .squared, .root, .reciprocal, .spread, .normScale, .normShift, .above, .told:
        throw complaint()
      }
      name = previous
    }
    throw complaint()
  }
}
