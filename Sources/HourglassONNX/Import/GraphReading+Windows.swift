import HourglassBase
import HourglassNN

extension GraphReading {
  /// - Returns: whether the operator pools or enlarges images.
  mutating func readWindow(_ node: ImportedNode) throws(HourglassError) -> Bool {
    switch node.kind {
    case "MaxPool", "AveragePool": try readPool(node)
    case "GlobalAveragePool", "GlobalMaxPool": try readGlobalPool(node)
    case "ReduceMean", "ReduceMax": try readReduction(node)
    case "Resize", "Upsample": try readEnlargement(node)
    default: return false
    }
    return true
  }

  /// An image, or a series as an image of one row, with its channels first.
  func image(_ node: ImportedNode) throws(HourglassError) -> (name: String, value: Value) {
    let (name, sample) = try sample(node)
    guard sample.shape.rank == 3, sample.layout == .ours else {
      throw node.complaint("is over \(sample.shape), but needs images or series with their channels first")
    }
    return (name, sample)
  }

  /// Two numbers for rows and columns, of which a series has the second only.
  ///
  /// - Throws: `HourglassError` (badData) when there are others, or one is not from 1 to 255.
  func pair(_ node: ImportedNode, _ name: String, _ usual: Int?, isSeries: Bool) throws(HourglassError)
    -> Pair
  {
    let values = node.integers(name) ?? usual.map { Array(repeating: $0, count: isSeries ? 1 : 2) } ?? []
    guard values.count == (isSeries ? 1 : 2), values.allSatisfy({ 1...255 ~= $0 }) else {
      throw node.complaint(
        "has \(name) of \(values.prefix(8)), but a number from 1 to 255 for each axis of places is needed")
    }
    return isSeries ? Pair(1, values[0]) : Pair(values[0], values[1])
  }

  /// What a window reaches beyond the edges, or a transposed convolution leaves out.
  func border(
    _ node: ImportedNode, _ sample: Value, _ kernel: Pair, _ stride: Pair
  ) throws(HourglassError) -> ImportedBorder {
    let automatic = node.text("auto_pad", "NOTSET")
    switch automatic {
    case "NOTSET", "":
      let pads = node.integers("pads") ?? (sample.isSeries ? [0, 0] : [0, 0, 0, 0])
      guard pads.count == (sample.isSeries ? 2 : 4), pads.allSatisfy({ 0...254 ~= $0 }) else {
        throw node.complaint("has pads of \(pads.prefix(8))")
      }
      return sample.isSeries
        ? ImportedBorder(before: Pair(0, pads[0]), after: Pair(0, pads[1]))
        : ImportedBorder(before: Pair(pads[0], pads[1]), after: Pair(pads[2], pads[3]))
    case "VALID": return .none
    case "SAME_UPPER", "SAME_LOWER":
      func total(_ input: Int, _ kernel: Int, _ stride: Int) -> Int {
        node.kind == "ConvTranspose"
          ? max(kernel - stride, 0) : max(((input + stride - 1) / stride - 1) * stride + kernel - input, 0)
      }
      let sums = Pair(
        total(sample.shape[1], kernel.rows, stride.rows),
        total(sample.shape[2], kernel.columns, stride.columns))
      // The odd one comes after, or before.
      let odd = automatic == "SAME_LOWER" ? 1 : 0
      let before = Pair((sums.rows + odd) / 2, (sums.columns + odd) / 2)
      return ImportedBorder(
        before: before, after: Pair(sums.rows - before.rows, sums.columns - before.columns))
    default: throw node.complaint("has auto_pad \(automatic.quotedForMessage)")
    }
  }

  // MARK: Pooling

  private mutating func readPool(_ node: ImportedNode) throws(HourglassError) {
    var (name, sample) = try image(node)
    let kernel = try pair(node, "kernel_shape", nil, isSeries: sample.isSeries)
    let stride = try pair(node, "strides", 1, isSeries: sample.isSeries)
    var border = try border(node, sample, kernel, stride)
    let isAverage = node.kind == "AveragePool"
    guard try pair(node, "dilations", 1, isSeries: sample.isSeries) == 1,
      node.node.output.count(where: { !$0.isEmpty }) == 1
    else { throw node.complaint("has dilations, or gives places, which no layer does") }
    let isCounted = isAverage && node.integer("count_include_pad", 0) == 1
    if border != .none, isCounted || !isAverage && isNeverNegative(name),
      fit(sample, kernel, stride, border) == nil || isCounted
    {
      // Zeros that count are zeros before it; no maximum is below them.
      let inner = "\(try node.output()) before its window"
      let around = try padded(node, name, sample, border)
      try set(node, output: inner, around)
      (name, sample, border) = (inner, around, .none)
    }
    if node.integer("ceil_mode", 0) == 1 {
      let beyond = Pair(
        (sample.shape[1] + border.before.rows + border.after.rows - kernel.rows) % stride.rows,
        (sample.shape[2] + border.before.columns + border.after.columns - kernel.columns) % stride.columns)
      guard beyond == 0 else { throw node.complaint("has a window that is not whole, which no layer has") }
    }
    guard let isSame = fit(sample, kernel, stride, border) else {
      throw node.complaint("has padding that no layer has: neither as much as keeps the size, nor none")
    }
    let window = ImportedWindow(kernel: kernel, stride: stride, isSame: isSame)
    let output = Pair(
      WindowFit.count(
        sample.shape[1], kernel: kernel.rows, stride: stride.rows, before: border.before.rows,
        after: border.after.rows),
      WindowFit.count(
        sample.shape[2], kernel: kernel.columns, stride: stride.columns, before: border.before.columns,
        after: border.after.columns))
    try set(
      node,
      Value(
        previous: name, step: isAverage ? .averagePool(window) : .maxPool(window),
        shape: [sample.shape[0], output.rows, output.columns], layout: .ours, isSeries: sample.isSeries))
  }

  /// Whether our windows with these borders keep the size; nil where there are none.
  private func fit(_ sample: Value, _ kernel: Pair, _ stride: Pair, _ border: ImportedBorder) -> Bool? {
    let rows = WindowFit.windows(
      sample.shape[1], kernel: kernel.rows, stride: stride.rows, before: border.before.rows,
      after: border.after.rows,
      canGrow: false)
    let columns = WindowFit.windows(
      sample.shape[2], kernel: kernel.columns, stride: stride.columns, before: border.before.columns,
      after: border.after.columns, canGrow: false)
    return WindowFit.both(rows, columns)?.rows.isSame
  }

  /// Whether a value's activation lets nothing below 0 through.
  private func isNeverNegative(_ name: String) -> Bool {
    var next: String? = name
    while let value = next.flatMap({ values[$0] }) {
      switch value.step {
      case .activation(let activation): return (activation.outputs?.lowerBound ?? -1) >= 0
      case .turned, .maxPool, .averagePool, .padded, .cropped, .upsample: next = value.previous
      default: return false
      }
    }
    return false
  }

  private mutating func readGlobalPool(_ node: ImportedNode) throws(HourglassError) {
    let (name, sample) = try image(node)
    try set(node, try global(node, name, sample, isMaximum: node.kind == "GlobalMaxPool"))
  }

  /// One number for each channel.
  private func global(
    _ node: ImportedNode, _ name: String, _ sample: Value, isMaximum: Bool
  ) throws(HourglassError) -> Value {
    let size = Pair(sample.shape[1], sample.shape[2])
    guard size.rows <= 255, size.columns <= 255 else {
      throw node.complaint("is over more than 255 rows or columns")
    }
    let window = ImportedWindow(kernel: size, stride: size, isSame: false)
    var result = sample.followed(name, by: isMaximum ? .maxPool(window) : .averagePool(window))
    result.shape = [sample.shape[0], 1, 1]
    return result
  }

  /// Means and maxima over all places, or means over the channels.
  private mutating func readReduction(_ node: ImportedNode) throws(HourglassError) {
    let (name, sample) = try sample(node)
    let rank = extents(sample).count
    let axes = (node.integers("axes") ?? constant(node.input(1))?.knownIntegers)?.map {
      $0 < 0 ? $0 + rank + 1 : $0
    }.sorted()
    let isTurned = sample.layout == .turned
    let channel = isTurned ? rank : 1
    let keepsAxes = node.integer("keepdims", 1) == 1
    if rank > 1, axes == (1...rank).filter({ $0 != channel }) {
      let output = try node.output()
      let all = try global(node, name, sample, isMaximum: node.kind == "ReduceMax")
      guard !keepsAxes else { return try set(node, all) }
      let inner = "\(output) with its axes"
      try set(node, output: inner, all)
      return try set(node, Value(previous: inner, step: .flatten, shape: [sample.shape[0]], layout: .ours))
    }
    guard axes == [channel], keepsAxes, node.kind == "ReduceMean" else {
      throw node.complaint("is over other axes than all places, or the channels")
    }
    var result = sample.followed(name, by: .channelMean)
    result.shape = Shape([1] + sample.shape.dimensions.dropFirst())
    try set(node, result)
  }

  // MARK: Enlarging

  private mutating func readEnlargement(_ node: ImportedNode) throws(HourglassError) {
    let (name, sample) = try image(node)
    guard let factors = factors(node, sample), factors.allSatisfy({ 1...64 ~= $0 }) else {
      throw node.complaint("does not enlarge rows and columns by whole factors from 1 to 64")
    }
    let mode = node.text("mode", "nearest")
    let places = node.text(
      "coordinate_transformation_mode", node.kind == "Upsample" ? "asymmetric" : "half_pixel")
    let nearest = node.text("nearest_mode", "round_prefer_floor")
    let isKnown =
      switch (mode, places) {
      case ("nearest", "half_pixel"): nearest.begins(with: "round_prefer")
      case ("nearest", "asymmetric"): node.kind == "Upsample" || nearest == "floor"
      case ("linear", "half_pixel"), ("linear", "pytorch_half_pixel"): true
      default: false
      }
    guard isKnown, node.integer("exclude_outside", 0) == 0, node.integers("axes") == nil else {
      throw node.complaint(
        "is of the mode \(mode.quotedForMessage) with \(places.quotedForMessage) and \(nearest.quotedForMessage), which no layer has"
      )
    }
    let factor = Pair(factors[0], factors[1])
    var result = sample.followed(name, by: .upsample(factor, isLinear: mode == "linear"))
    result.shape = [sample.shape[0], sample.shape[1] * factor.rows, sample.shape[2] * factor.columns]
    try set(node, result)
  }

  /// By how much rows and columns grow; nil where that is not told, or is no whole number.
  private func factors(_ node: ImportedNode, _ sample: Value) -> [Int]? {
    let rank = extents(sample).count + 1
    let scales =
      constant(node.input(node.kind == "Upsample" ? 1 : 2))?.floats ?? node.floats("scales")
    if let scales, scales.count == rank {
      guard scales[0] == 1, scales[1] == 1 else { return nil }
      let whole = scales[2...].map { Int(saturating: Double($0)) }
      guard zip(whole, scales[2...]).allSatisfy({ Float($0) == $1 }) else { return nil }
      return sample.isSeries ? [1] + whole : whole
    }
    guard let sizes = constant(node.input(3))?.integers, sizes.count == rank,
      sizes[0] == nil || sizes[0] == 1,
      sizes[1] == sample.shape[0]
    else { return nil }
    let places = sizes.dropFirst(2).compactMap { $0 }
    let present = sample.isSeries ? [sample.shape[2]] : [sample.shape[1], sample.shape[2]]
    guard places.count == present.count, zip(places, present).allSatisfy({ $0 > 0 && $0 % $1 == 0 }) else {
      return nil
    }
    let factors = zip(places, present).map { $0 / $1 }
    return sample.isSeries ? [1] + factors : factors
  }
}
