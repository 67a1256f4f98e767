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
    case "Transpose": try readTransposition(node)
    default: return false
    }
    return true
  }

  private mutating func readReshape(_ node: ImportedNode) throws(HourglassError) {
    let (_, sample) = try sample(node)
    guard let given = constant(node.input(1))?.integers, 2...4 ~= given.count,
      given[0].map({ -1...1 ~= $0 }) ?? true
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

  private mutating func reshape(_ node: ImportedNode, to extents: [Int]) throws(HourglassError) {
    let (name, sample) = try sample(node)
    if extents == self.extents(sample) { return try copy(node) }
    if extents.count == 1 {
      let layout: Layout = sample.layout == .turned ? .mixed(order: Self.order(ofLast: sample.shape)) : .ours
      return try set(node, Value(previous: name, step: .flatten, shape: Shape(extents), layout: layout))
    }
    guard sample.layout == .ours else {
      throw node.complaint("changes the shape of images with their channels last, which no layer does")
    }
    try set(
      node, Value(previous: name, step: .reshape(Shape(extents)), shape: Shape(extents), layout: .ours))
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
    let rank = sample.shape.rank
    let axes = node.integers("perm") ?? Array((0...rank).reversed())
    let (toFirst, toLast) = ([0, rank] + Array(1..<rank), [0] + Array(2..<rank + 1) + [1])
    var turned = sample
    (turned.previous, turned.step) = (name, .turned)
    switch sample.layout {
    case .turned where axes == toFirst: turned.layout = .ours
    case .ours where axes == toLast && rank > 1: turned.layout = .turned
    case .ours where axes == toFirst && rank > 1:
      turned.shape = try turnedBack(name) { node.complaint("turns axes that no layer has made") }
    default:
      guard axes == Array(0...rank) else {
        throw node.complaint("turns the axes by \(axes.prefix(8)), which no layer does")
      }
    }
    try set(node, turned)
  }

  /// Makes a vector that was given the shape of an image with its channels last one with its channels first: the layer that makes
  /// the vector gets its numbers in that order.
  ///
  /// - Returns: the new shape.
  mutating func turnedBack(
    _ image: String, _ complaint: () -> HourglassError
  ) throws(HourglassError) -> Shape {
    guard let last = values[image] else { throw complaint() }
    let sizes = last.shape.dimensions
    let shape = Shape([sizes[sizes.count - 1]] + sizes.dropLast())
    var name = image
    while let value = values[name], value.step.isElementwise, let previous = value.previous {
      values[name]?.shape = shape
      name = previous
    }
    guard let reshaped = values[name], case .reshape = reshaped.step, let vector = reshaped.previous else {
      throw complaint()
    }
    values[name]?.shape = shape
    values[name]?.step = .reshape(shape)
    try reorder(vector, Self.order(ofLast: shape), complaint)
    return shape
  }

  /// Has a vector's number `i` made at the place `order[i]`.
  private mutating func reorder(
    _ vector: String, _ order: [Int], _ complaint: () -> HourglassError
  ) throws(HourglassError) {
    guard order != Array(order.indices) else { return }
    var name = vector
    while let value = values[name], let previous = value.previous {
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
      case .input, .convolution, .maxPool, .averagePool, .upsample, .flatten, .reshape, .residual:
        throw complaint()
      }
      name = previous
    }
    throw complaint()
  }
}
