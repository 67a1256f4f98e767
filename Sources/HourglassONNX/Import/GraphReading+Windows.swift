import HourglassBase
import HourglassNN

extension GraphReading {
  /// - Returns: whether the operator pools or enlarges images.
  mutating func readWindow(_ node: ImportedNode) throws(HourglassError) -> Bool {
    switch node.kind {
    case "MaxPool", "AveragePool": try readPool(node)
    case "GlobalAveragePool": try readGlobalPool(node)
    case "Resize", "Upsample": try readEnlargement(node)
    default: return false
    }
    return true
  }

  private func image(_ node: ImportedNode) throws(HourglassError) -> (name: String, value: Value) {
    let (name, sample) = try sample(node)
    guard sample.shape.rank == 3, sample.layout == .ours else {
      throw node.complaint("is over \(sample.shape), but needs images with their channels first")
    }
    return (name, sample)
  }

  private mutating func readPool(_ node: ImportedNode) throws(HourglassError) {
    let (name, sample) = try image(node)
    let kernel = try node.pair("kernel_shape", [])
    let stride = try node.pair("strides", [1, 1])
    let sizes = Array(sample.shape.dimensions[1...])
    let pads = try pads(node, sizes, kernel, stride, isTransposed: false)
    let isAverage = node.kind == "AveragePool"
    guard try node.pair("dilations", [1, 1]) == [1, 1], node.integer("ceil_mode", 0) == 0,
      !isAverage || node.integer("count_include_pad", 0) == 0 || pads.allSatisfy({ $0 == 0 })
    else {
      throw node.complaint("has dilations, rounds up, or counts padding in its means, which no layer does")
    }
    let fits = [0, 1].map { axis in
      WindowFit.windows(
        sizes[axis], kernel: kernel[axis], stride: stride[axis], before: pads[axis], after: pads[2 + axis],
        canGrow: false)
    }
    guard let (rows, _) = WindowFit.both(fits[0], fits[1]) else {
      throw node.complaint("has padding that no layer has: neither as much as keeps the size, nor none")
    }
    let window = ImportedWindow(
      kernel: Pair(kernel[0], kernel[1]), stride: Pair(stride[0], stride[1]), isSame: rows.isSame)
    let outputs = [0, 1].map { axis in
      WindowFit.count(
        sizes[axis], kernel: kernel[axis], stride: stride[axis], before: pads[axis], after: pads[2 + axis])
    }
    try set(
      node,
      Value(
        previous: name, step: isAverage ? .averagePool(window) : .maxPool(window),
        shape: Shape([sample.shape[0]] + outputs), layout: .ours))
  }

  private mutating func readGlobalPool(_ node: ImportedNode) throws(HourglassError) {
    let (name, sample) = try image(node)
    let size = Pair(sample.shape[1], sample.shape[2])
    guard size.rows <= 255, size.columns <= 255 else { throw node.complaint("is over more than 255 rows") }
    let window = ImportedWindow(kernel: size, stride: size, isSame: false)
    try set(
      node, Value(previous: name, step: .averagePool(window), shape: [sample.shape[0], 1, 1], layout: .ours))
  }

  private mutating func readEnlargement(_ node: ImportedNode) throws(HourglassError) {
    let (name, sample) = try image(node)
    guard let factors = factors(node, sample.shape), factors.allSatisfy({ 1...64 ~= $0 }) else {
      throw node.complaint("does not enlarge rows and columns by whole factors from 1 to 64")
    }
    let mode = node.text("mode", "nearest")
    let places = node.text(
      "coordinate_transformation_mode", node.kind == "Upsample" ? "asymmetric" : "half_pixel")
    let isKnown =
      mode == "nearest"
      ? places == "half_pixel"
        || places == "asymmetric" && (node.kind == "Upsample" || node.text("nearest_mode", "") == "floor")
      : mode == "linear" && ["half_pixel", "pytorch_half_pixel"].contains(places)
    guard isKnown else {
      throw node.complaint(
        "is of the mode \(mode.quotedForMessage) with \(places.quotedForMessage), which no layer has")
    }
    let shape: Shape = [sample.shape[0], sample.shape[1] * factors[0], sample.shape[2] * factors[1]]
    try set(
      node,
      Value(
        previous: name, step: .upsample(Pair(factors[0], factors[1]), isLinear: mode == "linear"),
        shape: shape,
        layout: .ours))
  }

  /// By how much rows and columns grow; nil where that is not told, or is no whole number.
  private func factors(_ node: ImportedNode, _ shape: Shape) -> [Int]? {
    let scales = constant(node.input(node.kind == "Upsample" ? 1 : 2))?.floats ?? node.floats("scales")
    if let scales, scales.count == 4, scales[0] == 1, scales[1] == 1 {
      let whole = scales[2...].map { Int(saturating: Double($0)) }
      return zip(whole, scales[2...]).allSatisfy { Float($0) == $1 } ? whole : nil
    }
    guard let sizes = constant(node.input(3))?.integers, sizes.count == 4, let rows = sizes[2],
      let columns = sizes[3], rows % shape[1] == 0, columns % shape[2] == 0
    else { return nil }
    return [rows / shape[1], columns / shape[2]]
  }
}
