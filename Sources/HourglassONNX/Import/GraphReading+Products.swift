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
    guard extents.count == 2, sample.shape.rank == 1, node.integer("transA", 0) == 0,
      node.number("alpha", 1) == 1, node.number("beta", 1) == 1
    else {
      throw node.complaint("multiplies \(sample.shape), but dense layers take vectors, and a matrix as it is")
    }
    // Ours are [units, inputs].
    if node.integer("transB", 0) == 0 {
      weight = Self.transposed(weight, rows: extents[0])
      extents.reverse()
    }
    let (units, inputs) = (extents[0], extents[1])
    guard inputs == sample.shape.count, units > 0 else {
      throw node.complaint("has weights for \(inputs) numbers, but the sample has \(sample.shape.count)")
    }
    if case .mixed(let order) = sample.layout {
      weight = (0..<units).flatMap { ordered(Array(weight[$0 * inputs..<($0 + 1) * inputs]), order) }
    }
    let bias = try bias(node, units)
    try set(
      node,
      Value(
        previous: name, step: .dense(weight: weight, bias: bias, units: units), shape: [units], layout: .ours)
    )
  }

  private func bias(_ node: ImportedNode, _ count: Int) throws(HourglassError) -> [Float]? {
    guard node.input(2) != nil else { return nil }
    let bias = try weights(node, 2).values
    guard bias.count == count || bias.count == 1 else {
      throw node.complaint("has \(bias.count) numbers to add to \(count) channels")
    }
    return bias.count == count ? bias : Array(repeating: bias[0], count: count)
  }

  private mutating func readConvolution(_ node: ImportedNode) throws(HourglassError) {
    let (name, sample) = try sample(node)
    let (weight, extents) = try weights(node, 1)
    guard sample.shape.rank == 3, sample.layout == .ours, extents.count == 4 else {
      throw node.complaint(
        "is over \(sample.shape), but convolutions are over images with their channels first")
    }
    guard node.integer("group", 1) == 1, try node.pair("dilations", [1, 1]) == [1, 1] else {
      throw node.complaint("has groups or dilations, which no layer has")
    }
    let isTransposed = node.kind == "ConvTranspose"
    let filters = extents[isTransposed ? 1 : 0]
    guard extents[isTransposed ? 0 : 1] == sample.shape[0], extents[2...].allSatisfy({ 1...255 ~= $0 }),
      1...ModelLimits.axis ~= filters
    else { throw node.complaint("has weights \(extents) for \(sample.shape)") }
    let stride = try node.pair("strides", [1, 1])
    let sizes = Array(sample.shape.dimensions[1...])
    let outputs: [Int]
    let fits: [[WindowFit]]
    if isTransposed {
      let pads = try pads(node, sizes, extents, stride, isTransposed: true)
      let extra = node.integers("output_padding") ?? [0, 0]
      guard extra.count == 2, extra.allSatisfy({ 0...255 ~= $0 }), node.integers("output_shape") == nil else {
        throw node.complaint("says the size of its result, which layers do not")
      }
      outputs = [0, 1].map { axis -> Int in
        let reached = stride[axis] * (sizes[axis] - 1) + extents[2 + axis]
        return reached + extra[axis] - pads[axis] - pads[2 + axis]
      }
      fits = [0, 1].map { axis in
        WindowFit.transposed(
          sizes[axis], output: outputs[axis], kernel: extents[2 + axis], stride: stride[axis],
          before: pads[axis])
      }
    } else {
      let pads = try pads(node, sizes, extents, stride, isTransposed: false)
      fits = [0, 1].map { axis in
        WindowFit.windows(
          sizes[axis], kernel: extents[2 + axis], stride: stride[axis], before: pads[axis],
          after: pads[2 + axis],
          canGrow: true)
      }
      outputs = [0, 1].map { axis in
        WindowFit.count(
          sizes[axis], kernel: extents[2 + axis], stride: stride[axis], before: pads[axis],
          after: pads[2 + axis])
      }
    }
    guard let (rows, columns) = WindowFit.both(fits[0], fits[1]) else {
      throw node.complaint("has padding that no layer has: neither as many zeros as keep the size, nor none")
    }
    let convolution = ImportedConvolution(
      isTransposed: isTransposed, weight: Self.embedded(weight, extents, rows, columns),
      bias: try bias(node, filters), filters: filters,
      window: ImportedWindow(
        kernel: Pair(rows.kernel, columns.kernel), stride: Pair(stride[0], stride[1]), isSame: rows.isSame))
    try set(
      node,
      Value(
        previous: name, step: .convolution(convolution), shape: Shape([filters] + outputs), layout: .ours))
  }

  /// Weights `[a, b, rows, columns]` in the middle of larger kernels of zeros.
  private static func embedded(
    _ weight: [Float], _ extents: [Int], _ rows: WindowFit, _ columns: WindowFit
  ) -> [Float] {
    guard rows.kernel != extents[2] || columns.kernel != extents[3] else { return weight }
    let pairs = extents[0] * extents[1]
    var result = [Float](repeating: 0, count: pairs * rows.kernel * columns.kernel)
    for pair in 0..<pairs {
      for row in 0..<extents[2] {
        for column in 0..<extents[3] {
          let place = (pair * rows.kernel + row + rows.offset) * columns.kernel + column + columns.offset
          result[place] = weight[(pair * extents[2] + row) * extents[3] + column]
        }
      }
    }
    return result
  }

  /// Zeros before the rows and columns, then those after them.
  ///
  /// - Parameter extents: of the weights; the kernel's size comes last.
  func pads(
    _ node: ImportedNode, _ sizes: [Int], _ extents: [Int], _ stride: [Int], isTransposed: Bool
  ) throws(HourglassError) -> [Int] {
    let automatic = node.text("auto_pad", "NOTSET")
    switch automatic {
    case "NOTSET", "":
      let pads = node.integers("pads") ?? [0, 0, 0, 0]
      guard pads.count == 4, pads.allSatisfy({ 0...255 ~= $0 }) else {
        throw node.complaint("has pads of \(pads.prefix(8))")
      }
      return pads
    case "VALID": return [0, 0, 0, 0]
    case "SAME_UPPER":
      let totals = [0, 1].map { axis in
        let kernel = extents[extents.count - 2 + axis]
        return isTransposed
          ? max(kernel - stride[axis], 0)
          : max(
            ((sizes[axis] + stride[axis] - 1) / stride[axis] - 1) * stride[axis] + kernel - sizes[axis], 0)
      }
      return totals.map { $0 / 2 } + totals.map { $0 - $0 / 2 }
    default: throw node.complaint("has auto_pad \(automatic.quotedForMessage)")
    }
  }
}
