import HourglassBase
import HourglassNN

extension GraphReading {
  /// - Returns: whether the operator is a product with weights.
  mutating func readProduct(_ node: ImportedNode) throws(HourglassError) -> Bool {
    switch node.kind {
    case "Gemm", "MatMul": try readMatrix(node)
    case "Conv", "ConvTranspose": try readConvolution(node)
    default: return false
    }
    return true
  }

  private mutating func readMatrix(_ node: ImportedNode) throws(HourglassError) {
    let (name, sample) = try sample(node)
    var (weight, extents) = try weights(node, 1)
    let isPlaces = sample.shape.rank == 3 && sample.layout == .turned && node.kind == "MatMul"
    guard extents.count == 2, sample.shape.rank == 1 || isPlaces, node.integer("transA", 0) == 0 else {
      throw node.complaint("multiplies \(sample.shape), but dense layers take vectors, and a matrix as it is")
    }
    // The layer's own copy; others may make theirs of the same weights.
    try admit(node, weight.count)
    // Ours are [units, inputs].
    if node.integer("transB", 0) == 0, let turned = ConstantArray(weight, extents).transposed([1, 0]) {
      (weight, extents) = (turned.values, turned.extents)
    }
    let (units, inputs) = (extents[0], extents[1])
    guard inputs == sample.shape[0], 1...ModelLimits.axis ~= units else {
      throw node.complaint("has weights for \(inputs) numbers, but the sample has \(sample.shape[0])")
    }
    let (alpha, beta) = (node.number("alpha", 1), node.number("beta", 1))
    if alpha != 1 { weight = weight.map { $0 * alpha } }
    var bias = try bias(node, units)
    if beta != 1 { bias = bias.map { $0.map { $0 * beta } } }
    if isPlaces { return try setMatrix(node, name, sample, weight, units) }
    if case .mixed(let order) = sample.layout {
      weight = (0..<units).flatMap { ordered(Array(weight[$0 * inputs..<($0 + 1) * inputs]), order) }
    }
    try set(
      node,
      Value(
        previous: name, step: .dense(weight: weight, bias: bias, units: units), shape: [units], layout: .ours)
    )
  }

  /// The same matrix at each place of an image or a series, as a convolution with a window of one.
  private mutating func setMatrix(
    _ node: ImportedNode, _ name: String, _ sample: Value, _ weight: [Float], _ units: Int
  ) throws(HourglassError) {
    let size = Pair(sample.shape[1], sample.shape[2])
    let convolution = ImportedConvolution(
      isTransposed: false, weight: weight, channels: sample.shape[0], filters: units, kernel: 1, stride: 1,
      input: size,
      border: .none, output: size)
    var result = sample.followed(name, by: .convolution(convolution))
    result.shape = [units, size.rows, size.columns]
    try set(node, result)
  }

  private func bias(_ node: ImportedNode, _ count: Int) throws(HourglassError) -> [Float]? {
    guard node.input(2) != nil else { return nil }
    let (bias, extents) = try weights(node, 2)
    guard bias.count == count && extents.last == count || bias.count == 1 else {
      throw node.complaint("has \(bias.count) numbers to add to \(count) channels")
    }
    return bias.count == count ? bias : Array(repeating: bias[0], count: count)
  }

  // MARK: Convolutions

  private mutating func readConvolution(_ node: ImportedNode) throws(HourglassError) {
    var (name, sample) = try image(node)
    var (weight, extents) = try weights(node, 1)
    if sample.isSeries, extents.count == 3 { extents.insert(1, at: 2) }
    guard extents.count == 4, weight.count > 0 else {
      throw node.complaint("has weights \(extents) for \(sample.shape)")
    }
    let isTransposed = node.kind == "ConvTranspose"
    let groups = node.integer("group", 1)
    let (outer, inner) = (extents[0], extents[1])
    let size = Pair(extents[2], extents[3])
    let dilation = try pair(node, "dilations", 1, isSeries: sample.isSeries)
    let kernel = Pair(
      MemoryBudget.product(size.rows - 1, dilation.rows) + 1,
      MemoryBudget.product(size.columns - 1, dilation.columns) + 1)
    guard 1...ModelLimits.axis ~= groups, outer % groups == 0, 1...ModelLimits.axis ~= inner * groups,
      (isTransposed ? outer : inner * groups) == sample.shape[0], 1...255 ~= kernel.rows,
      1...255 ~= kernel.columns,
      case let count = MemoryBudget.product(outer, inner, groups, kernel.rows, kernel.columns),
      count <= ModelLimits.parameters
    else { throw node.complaint("has weights \(extents) in \(groups) groups for \(sample.shape)") }
    try admitZeros(node, count - weight.count)
    try admit(node, count)
    weight = ImportedConvolution.dilated(weight, outer * inner, size, dilation)
    weight = ImportedConvolution.ungrouped(
      weight, outer: outer, inner: inner, area: kernel.rows * kernel.columns, groups: groups)
    let filters = isTransposed ? inner * groups : outer
    let stride = try pair(node, "strides", 1, isSeries: sample.isSeries)
    var border = try border(node, sample, kernel, stride)
    if !isTransposed, let (inner, previous, source) = padding(sample) {
      // It pads by itself.
      border = border + inner
      (name, sample.shape) = (previous, source.shape)
    }
    let extra = try extra(node, sample, isTransposed)
    let input = Pair(sample.shape[1], sample.shape[2])
    let output = Pair(
      ImportedConvolution.output(
        input.rows, kernel: kernel.rows, stride: stride.rows, before: border.before.rows,
        after: border.after.rows,
        extra: extra.rows, isTransposed: isTransposed),
      ImportedConvolution.output(
        input.columns, kernel: kernel.columns, stride: stride.columns, before: border.before.columns,
        after: border.after.columns, extra: extra.columns, isTransposed: isTransposed))
    guard output.rows > 0, output.columns > 0, border.kernel.rows <= 255, border.kernel.columns <= 255,
      extra.rows <= stride.rows + kernel.rows, extra.columns <= stride.columns + kernel.columns,
      kernel.rows + extra.rows + stride.rows <= 255, kernel.columns + extra.columns + stride.columns <= 255
    else {
      throw node.complaint("has a result of \(output.rows) x \(output.columns), or borders of more than 254")
    }
    let convolution = ImportedConvolution(
      isTransposed: isTransposed, weight: weight, bias: try bias(node, filters), channels: sample.shape[0],
      filters: filters, kernel: kernel, stride: stride, input: input, border: border, output: output)
    try set(
      node,
      Value(
        previous: name, step: .convolution(convolution), shape: [filters, output.rows, output.columns],
        layout: .ours,
        isSeries: sample.isSeries))
  }

  /// The zeros that were put around a value, its axes apart, and what they were put around.
  private func padding(_ value: Value) -> (border: ImportedBorder, name: String, value: Value)? {
    var value = value
    for _ in 0..<4 {
      guard let previous = value.previous, let source = values[previous] else { return nil }
      if case .padded(let border, _) = value.step { return (border, previous, source) }
      guard case .turned = value.step else { return nil }
      value = source
    }
    return nil
  }

  /// Zeros that stand for gaps in kernels and for channels of other groups.
  private mutating func admitZeros(_ node: ImportedNode, _ count: Int) throws(HourglassError) {
    zeroCount += count
    guard zeroCount <= ModelLimits.parameters / 4 else {
      throw node.complaint("would have more zeros than a model may have weights, for its groups or dilations")
    }
  }

  /// Numbers that a layer holds for itself, be it only until parts of them are taken.
  ///
  /// - Throws: `HourglassError`: badData when all layers together hold more than twice what a model may, environment when there is no
  ///   memory for them.
  mutating func admit(_ node: ImportedNode, _ count: Int) throws(HourglassError) {
    heldCount += count
    guard heldCount <= 2 * ModelLimits.parameters else {
      throw node.complaint(
        "and those before it have more than twice the 268,435,456 weights of the largest model")
    }
    try MemoryBudget.process.admit(MemoryBudget.product(4, count), for: "the weights of \(path)")
  }

  /// By how much the result of a transposed convolution is larger than its windows reach.
  private func extra(_ node: ImportedNode, _ sample: Value, _ isTransposed: Bool) throws(HourglassError)
    -> Pair
  {
    guard isTransposed else { return 0 }
    guard node.integers("output_shape") == nil else {
      throw node.complaint("says the size of its result, which layers do not")
    }
    let extra = node.integers("output_padding") ?? (sample.isSeries ? [0] : [0, 0])
    guard extra.count == (sample.isSeries ? 1 : 2), extra.allSatisfy({ 0...255 ~= $0 }) else {
      throw node.complaint("has an output_padding of \(extra.prefix(8))")
    }
    return sample.isSeries ? Pair(0, extra[0]) : Pair(extra[0], extra[1])
  }
}
