import HourglassBase
import HourglassMessages
import HourglassNN

extension GraphReading {
  /// - Returns: whether the operator changes each number by itself, or joins two values.
  mutating func readElementwise(_ node: ImportedNode) throws(HourglassError) -> Bool {
    switch node.kind {
    case "Identity", "Dropout": try copy(node)
    case "Cast" where node.integer("to", 0) == ONNXElementKind.float.rawValue: try copy(node)
    case "Relu": try append(.activation(.relu), to: node)
    case "LeakyRelu":
      try append(.activation(.leakyReLU(slope: decimal(node.number("alpha", 0.01)))), to: node)
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
    case "Add", "Sub", "Mul", "Div": try combine(node)
    default: return false
    }
    return true
  }

  /// The number that a person wrote, such as 0.01 for the float nearest to it.
  private func decimal(_ number: Float) -> Double { Double(number.description) ?? Double(number) }

  private mutating func combine(_ node: ImportedNode) throws(HourglassError) {
    guard node.node.input.count == 2 else { throw node.complaint("has no two inputs") }
    let isSwapped = value(node.input(0)) == nil
    guard let other = constant(node.input(isSwapped ? 0 : 1)) else { return try join(node) }
    let sampleIndex = isSwapped ? 1 : 0
    guard let number = other.number else { return try change(node, sampleIndex, by: other) }
    switch (node.kind, isSwapped) {
    case ("Add", _): try append(.shifted(number), to: node, sampleIndex)
    case ("Sub", false): try append(.shifted(-number), to: node, sampleIndex)
    case ("Mul", _): try append(.scaled(number), to: node, sampleIndex)
    case ("Div", false) where number != 0: try append(.scaled(1 / number), to: node, sampleIndex)
    default: throw node.complaint("divides by a sample, or subtracts one from a number, which no layer does")
    }
  }

  // MARK: A number for each channel

  /// A bias, or a scale for each channel.
  private mutating func change(
    _ node: ImportedNode, _ index: Int, by other: ImportedConstant
  ) throws(HourglassError) {
    let (name, sample) = try sample(node, index)
    guard var numbers = other.floats, let channel = channels(other.extents, sample) else {
      throw node.complaint("changes each number by one of its own, which no layer does")
    }
    if numbers.count == 1 { numbers = Array(repeating: numbers[0], count: channel) }
    if case .mixed(let order) = sample.layout { numbers = ordered(numbers, order) }
    if node.kind == "Sub", index == 0 { numbers = numbers.map { -$0 } }
    let isSum = node.kind == "Add" || node.kind == "Sub" && index == 0
    guard isSum || node.kind == "Mul" else { throw node.complaint("divides by weights, which no layer does") }
    if isSum, let step = sample.step.adding(bias: numbers) {
      // The product itself is read by nobody else, as exporters write it.
      var sum = sample
      sum.step = step
      return try set(node, sum)
    }
    let (ones, zeros) = ([Float](repeating: 1, count: channel), [Float](repeating: 0, count: channel))
    // With a variance of 1 less epsilon nothing is divided.
    let norm = ImportedNorm(
      gamma: isSum ? ones : numbers, beta: isSum ? numbers : zeros, mean: zeros,
      variance: ones.map { $0 - 0.001 }, epsilon: 0.001)
    try set(node, Value(previous: name, step: .batchNorm(norm), shape: sample.shape, layout: sample.layout))
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

  // MARK: Two values

  /// A value and what was made of it: a residual, or a formula that reads its sample twice.
  private mutating func join(_ node: ImportedNode) throws(HourglassError) {
    let (first, second) = (try sample(node, 0), try sample(node, 1))
    guard first.value.shape == second.value.shape, first.value.layout == second.value.layout else {
      throw node.complaint("joins values of shape \(first.value.shape) and \(second.value.shape)")
    }
    for (source, made) in [(first, second), (second, first)] {
      guard let steps = steps(from: source.name, to: made.name) else { continue }
      var result = source.value
      result.previous = source.name
      if node.kind == "Add" {
        result.step = .residual(steps)
        result.depth = made.value.depth + 1
        guard result.depth <= Self.deepest else {
          throw node.complaint("is a residual within too many others")
        }
        return try set(node, result)
      }
      if node.kind == "Mul", let rest = Formulas.gelu(steps) {
        result.step = .activation(.gelu)
        guard rest != 1 else { return try set(node, result) }
        // The half comes after the product, where some write it.
        let inner = "\(try node.output()) before its factor"
        values[inner] = result
        result.previous = inner
        result.step = .scaled(rest)
        return try set(node, result)
      }
    }
    throw node.complaint(
      "joins two values, which only residuals do here: a sum of a value and what layers make of it")
  }

  /// Residuals within residuals; those of known networks have one or two.
  private static let deepest = 20

  /// What leads from one value to another; nil where the other does not come from it.
  func steps(from source: String, to made: String) -> [ImportedStep]? {
    var steps: [ImportedStep] = []
    var name = made
    while name != source {
      guard let value = values[name], let previous = value.previous else { return nil }
      steps.append(value.step)
      name = previous
    }
    return steps.reversed()
  }
}

extension ImportedStep {
  /// The same product with a bias; nil for what has one, or is none.
  fileprivate func adding(bias numbers: [Float]) -> ImportedStep? {
    switch self {
    case .dense(let weight, nil, let units): return .dense(weight: weight, bias: numbers, units: units)
    case .convolution(var convolution) where convolution.bias == nil:
      convolution.bias = numbers
      return .convolution(convolution)
    default: return nil
    }
  }
}

/// Formulas that files spell out.
enum Formulas {
  /// What `x` is multiplied by in `x * (1 + erf(x / sqrt(2))) / 2`.
  ///
  /// - Returns: the factor that is left to come, 1 or 2; nil for another formula.
  static func gelu(_ steps: [ImportedStep]) -> Float? {
    guard steps.count == 3 || steps.count == 4, case .scaled(let root) = steps[0],
      abs(root - 0.70710678) < 1e-6,
      case .errorFunction = steps[1], case .shifted(1) = steps[2]
    else { return nil }
    guard steps.count == 4 else { return 2 }
    if case .scaled(0.5) = steps[3] { return 1 }
    return nil
  }
}
