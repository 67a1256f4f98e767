import HourglassBase
import HourglassMessages
import HourglassNN

extension GraphReading {
  /// - Returns: whether the operator changes each number by itself, or joins two values.
  mutating func readElementwise(_ node: ImportedNode) throws(HourglassError) -> Bool {
    switch node.kind {
    case "Identity": try copy(node)
    case "Dropout":
      guard constant(node.input(2)).map({ $0.knownIntegers == [0] }) ?? true else {
        throw node.complaint("drops numbers at random while it runs")
      }
      try copy(node)
    case "Cast":
      guard
        [ONNXElementKind.float, .float16, .double].contains(where: { $0.rawValue == node.integer("to", 0) })
      else {
        return false
      }
      try copy(node)
    case "Relu": try append(.activation(.relu), to: node)
    case "LeakyRelu": try appendLeaky(node, slope: node.number("alpha", 0.01))
    case "PRelu":
      let slopes = try weights(node, 1).values
      guard let slope = slopes.first, slopes.allSatisfy({ $0 == slope }) else {
        throw node.complaint("has a slope for each channel, which no layer has")
      }
      try appendLeaky(node, slope: slope)
    case "Elu": try append(.activation(.elu(alpha: decimal(node.number("alpha", 1)))), to: node)
    case "Sigmoid": try append(.activation(.sigmoid), to: node)
    case "Tanh": try append(.activation(.tanh), to: node)
    case "Softplus": try append(.activation(.softplus), to: node)
    case "Gelu":
      guard node.text("approximate", "none") == "none" else {
        throw node.complaint("is an approximation of GELU")
      }
      try append(.activation(.gelu), to: node)
    case "Erf": try append(.errorFunction, to: node)
    case "Round": try append(.rounded, to: node)
    case "Neg": try append(.scaled(-1), to: node)
    case "Sqrt": try append(.root, to: node)
    case "Reciprocal": try append(.reciprocal, to: node)
    case "Pow":
      guard constant(node.input(1))?.number == 2 || constant(node.input(1))?.knownIntegers == [2] else {
        return false
      }
      try append(.squared, to: node)
    case "Greater":
      guard let number = constant(node.input(1))?.number else { return false }
      try append(.above(number), to: node)
    case "Where": try choose(node)
    case "Add", "Sub", "Mul", "Div": try combine(node)
    case "Sum" where node.node.input.count == 2: try join(node)
    default: return false
    }
    return true
  }

  /// The number that a person wrote, such as 0.01 for the float nearest to it.
  private func decimal(_ number: Float) -> Double { Double(number.description) ?? Double(number) }

  private mutating func appendLeaky(_ node: ImportedNode, slope: Float) throws(HourglassError) {
    guard 0...1 ~= slope else { throw node.complaint("has a slope of \(slope), but 0 to 1 are allowed") }
    try append(.activation(.leakyReLU(slope: decimal(slope))), to: node)
  }

  /// One of two values, by what they are made of: softplus beyond where it is x itself, and leaky ReLU.
  private mutating func choose(_ node: ImportedNode) throws(HourglassError) {
    if let condition = value(node.input(0)), case .above(let limit) = condition.step,
      let source = condition.previous,
      let first = node.input(1).map(name), first == source, let second = node.input(2).map(name),
      let steps = steps(from: source, to: second), steps.count == 1, let result = values[source]
    {
      // From there on they are the same to a float.
      if case .activation(.softplus) = steps[0], limit >= 17 {
        return try set(node, result.followed(source, by: steps[0]))
      }
      if case .scaled(let slope) = steps[0], limit == 0, 0...1 ~= slope {
        return try set(node, result.followed(source, by: .activation(.leakyReLU(slope: decimal(slope)))))
      }
    }
    throw node.complaint("chooses between two values, which no layer does")
  }

  private mutating func combine(_ node: ImportedNode) throws(HourglassError) {
    guard node.node.input.count == 2 else { throw node.complaint("has no two inputs") }
    let isSwapped = value(node.input(0)) == nil
    guard let other = constant(node.input(isSwapped ? 0 : 1)) else { return try join(node) }
    let sampleIndex = isSwapped ? 1 : 0
    // What has more axes than the samples would give them more, too.
    guard let number = other.number,
      other.extents.count <= extents(try sample(node, sampleIndex).value).count + 1
    else { return try change(node, sampleIndex, by: other) }
    switch (node.kind, isSwapped) {
    case ("Add", _): try append(.shifted(number), to: node, sampleIndex)
    case ("Sub", false): try append(.shifted(-number), to: node, sampleIndex)
    case ("Mul", _): try append(.scaled(number), to: node, sampleIndex)
    case ("Div", false) where number != 0: try append(.scaled(1 / number), to: node, sampleIndex)
    case ("Div", true) where number == 1: try append(.reciprocal, to: node, sampleIndex)
    default: throw node.complaint("divides by a sample, or subtracts one from a number, which no layer does")
    }
  }

  // MARK: A number for each channel

  /// A bias, or a scale for each channel.
  private mutating func change(
    _ node: ImportedNode, _ index: Int, by other: ImportedConstant
  ) throws(HourglassError) {
    let (name, sample) = try sample(node, index)
    if let numbers = other.floats, node.kind == "Mul", case .reciprocal = sample.step {
      return try spread(node, name, sample, numbers, other.extents)
    }
    guard var numbers = other.floats, let channel = channels(other.extents, sample) else {
      throw node.complaint("changes each number by one of its own, which no layer does")
    }
    // A normalisation has four for each channel.
    try admit(node, 4 * channel)
    if numbers.count == 1 { numbers = Array(repeating: numbers[0], count: channel) }
    if case .mixed(let order) = sample.layout { numbers = ordered(numbers, order) }
    if node.kind == "Sub", index == 0 { numbers = numbers.map { -$0 } }
    if node.kind == "Div", index == 0 { numbers = numbers.map { 1 / $0 } }
    let isSum = node.kind == "Add" || node.kind == "Sub" && index == 0
    guard isSum || node.kind == "Mul" || node.kind == "Div" && index == 0 else {
      throw node.complaint("divides weights by a sample, or subtracts one from them, which no layer does")
    }
    // What makes the sample takes it up, whoever else reads that.
    if let taken = try taking(numbers, isSum: isSum, in: sample, node) { return try set(node, taken) }
    let (ones, zeros) = ([Float](repeating: 1, count: channel), [Float](repeating: 0, count: channel))
    // With a variance of 1 less epsilon nothing is divided.
    let norm = ImportedNorm(
      gamma: isSum ? ones : numbers, beta: isSum ? numbers : zeros, mean: zeros,
      variance: ones.map { $0 - 0.001 }, epsilon: 0.001)
    try set(node, sample.followed(name, by: .batchNorm(norm)))
  }

  /// A value with a number added to each channel, or each channel times a number, by the product or normalisation that makes it.
  ///
  /// - Returns: nil where none does.
  private mutating func taking(
    _ numbers: [Float], isSum: Bool, in value: Value, _ node: ImportedNode, depth: Int = 0
  ) throws(HourglassError) -> Value? {
    var result = value
    if let step = isSum ? value.step.adding(bias: numbers) : value.step.multiplying(by: numbers) {
      result.step = step
      return result
    }
    // Other axes may lie between, as around Keras's convolutions.
    guard case .turned = value.step, depth < 4, let previous = value.previous, let below = values[previous],
      let taken = try taking(numbers, isSum: isSum, in: below, node, depth: depth + 1)
    else { return nil }
    let inner = "\(try node.output()) before its axes \(depth)"
    try set(node, output: inner, taken)
    result.previous = inner
    return result
  }

  /// One number for each place by one for each channel, in a normalisation that is spelt out.
  private mutating func spread(
    _ node: ImportedNode, _ name: String, _ sample: Value, _ numbers: [Float], _ extents: [Int]
  ) throws(HourglassError) {
    var result = sample
    let sizes = [numbers.count] + sample.shape.dimensions.dropFirst()
    (result.previous, result.shape) = (name, Shape(sizes))
    if case .mixed(let order) = sample.layout, order.count == numbers.count {
      result.step = .spread(ordered(numbers, order))
    } else {
      result.step = .spread(numbers)
    }
    guard sample.shape[0] == 1, channels(extents, result) == numbers.count else {
      throw node.complaint("changes each number by one of its own, which no layer does")
    }
    try set(node, result)
  }

  /// How many channels a value has, if these extents have a number for each; as the value lies in the file.
  private func channels(_ extents: [Int], _ value: Value) -> Int? {
    let sizes = self.extents(value)
    let channel = value.shape[0]
    var axes = extents
    while axes.count > sizes.count, axes.first == 1 { axes.removeFirst() }
    guard axes.count <= sizes.count else { return nil }
    axes = Array(repeating: 1, count: sizes.count - axes.count) + axes
    let wanted = sizes.indices.map { place in
      place == (value.layout == .turned ? sizes.count - 1 : 0) ? channel : 1
    }
    return axes == wanted ? channel : nil
  }

  /// Numbers of a vector in our order.
  func ordered(_ numbers: [Float], _ order: [Int]) -> [Float] {
    var result = numbers
    for (place, ours) in order.enumerated() { result[ours] = numbers[place] }
    return result
  }
}
