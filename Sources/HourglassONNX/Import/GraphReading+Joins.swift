import HourglassBase
import HourglassNN

extension GraphReading {
  /// A value and what was made of it: a residual, or a formula that reads its sample twice.
  mutating func join(_ node: ImportedNode) throws(HourglassError) {
    let (first, second) = (try sample(node, 0), try sample(node, 1))
    if first.name == second.name, node.kind == "Mul" {
      return try set(node, first.value.followed(first.name, by: .squared))
    }
    if let (source, step) = normalization(node, first, second) {
      return try set(node, source.value.followed(source.name, by: step))
    }
    guard first.value.shape == second.value.shape, first.value.layout == second.value.layout else {
      throw node.complaint("joins values of shape \(first.value.shape) and \(second.value.shape)")
    }
    for (source, made) in [(first, second), (second, first)] {
      guard var steps = steps(from: source.name, to: made.name) else { continue }
      let isDifference = node.kind == "Sub" && source.name == first.name
      if node.kind == "Add" || node.kind == "Sum" || isDifference {
        if isDifference { steps.append(.scaled(-1)) }
        var result = source.value.followed(source.name, by: .residual(steps))
        (result.depth, result.added) = (made.value.depth + 1, made.name)
        guard result.depth <= Self.deepest else {
          throw node.complaint("is a residual within too many others")
        }
        return try set(node, result)
      }
      if node.kind == "Mul", let rest = Formulas.gelu(steps) {
        return try setGELU(node, source.name, times: rest)
      }
    }
    // A half may come before the product, too.
    if node.kind == "Mul", let source = first.value.previous, source == ancestor(first.name, second.name),
      case .scaled(let factor) = first.value.step, let steps = steps(from: source, to: second.name),
      let rest = Formulas.gelu(steps)
    {
      return try setGELU(node, source, times: rest * factor)
    }
    throw node.complaint(
      "joins two values, which only residuals do here: a sum of a value and what layers make of it")
  }

  /// - Parameter factor: what comes after it.
  private mutating func setGELU(
    _ node: ImportedNode, _ source: String, times factor: Float
  ) throws(HourglassError) {
    guard let result = values[source]?.followed(source, by: .activation(.gelu)) else {
      preconditionFailure("a value comes from another")
    }
    guard factor != 1 else { return try set(node, result) }
    let inner = "\(try node.output()) before its factor"
    try set(node, output: inner, result)
    try set(node, result.followed(inner, by: .scaled(factor)))
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

  /// The last value that two come from.
  private func ancestor(_ first: String, _ second: String) -> String? {
    var seen: Set<String> = []
    var name: String? = first
    while let next = name {
      seen.insert(next)
      name = values[next]?.previous
    }
    name = second
    while let next = name, !seen.contains(next) { name = values[next]?.previous }
    return name
  }

  // MARK: Layer normalisation

  /// A step of a layer normalisation that is spelt out.
  private func normalization(
    _ node: ImportedNode, _ first: (name: String, value: Value), _ second: (name: String, value: Value)
  ) -> (source: (name: String, value: Value), step: ImportedStep)? {
    guard first.value.layout == second.value.layout,
      let name = ancestor(first.name, second.name), let value = values[name],
      let one = steps(from: name, to: first.name), let other = steps(from: name, to: second.name)
    else { return nil }
    let source = (name, value)
    switch node.kind {
    case "Sub":
      if one.isEmpty, other.count == 1, case .channelMean = other[0] { return (source, .centred) }
    case "Div", "Mul":
      let isProduct = node.kind == "Mul"
      // (x - mean) / deviation, in which the last is made of the first.
      if case .centred = value.step,
        let before = value.previous.flatMap({ name in values[name].map { (name, $0) } })
      {
        let (made, isLast) = one.isEmpty ? (other, true) : (one, false)
        if one.isEmpty || other.isEmpty, isProduct || isLast,
          let (gamma, epsilon) = Formulas.deviation(made, isReciprocal: isProduct)
        {
          let count = value.shape[0]
          return (
            before,
            .layerNorm(
              gamma: gamma ?? Array(repeating: 1, count: count), beta: Array(repeating: 0, count: count),
              epsilon: epsilon)
          )
        }
      }
      // x gamma / deviation, and -mean gamma / deviation.
      for (plain, made) in [(one, other), (other, one)] where isProduct {
        guard case .centred? = made.first,
          let (gamma, epsilon) = Formulas.deviation(Array(made.dropFirst()), isReciprocal: true)
        else { continue }
        let scale = gamma ?? Array(repeating: 1, count: value.shape[0])
        if plain.isEmpty { return (source, .normScale(gamma: scale, epsilon: epsilon)) }
        if plain.count == 2, case .channelMean = plain[0], case .scaled(-1) = plain[1] {
          return (source, .normShift(gamma: scale, beta: scale.map { _ in 0 }, epsilon: epsilon))
        }
      }
    case "Add":
      for (left, right) in [(one, other), (other, one)] where left.count == 1 && right.count == 1 {
        if case .normScale(let gamma, let epsilon) = left[0],
          case .normShift(gamma, let beta, epsilon) = right[0]
        {
          return (source, .layerNorm(gamma: gamma, beta: beta, epsilon: epsilon))
        }
      }
    default: break
    }
    return nil
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

  /// The deviation of a layer normalisation, of numbers less their mean.
  ///
  /// - Parameter isReciprocal: whether it is 1 by it.
  /// - Returns: what it is multiplied by for each channel, if it is, and what is added to the variance; nil for another formula.
  static func deviation(_ steps: [ImportedStep], isReciprocal: Bool) -> (gamma: [Float]?, epsilon: Float)? {
    guard steps.count >= 4, case .squared = steps[0], case .channelMean = steps[1],
      case .shifted(let epsilon) = steps[2],
      1e-12...1 ~= epsilon, case .root = steps[3]
    else { return nil }
    switch (Array(steps[4...]), isReciprocal) {
    case (let rest, false) where rest.isEmpty: return (nil, epsilon)
    case (let rest, true):
      guard case .reciprocal? = rest.first else { return nil }
      if rest.count == 1 { return (nil, epsilon) }
      if rest.count == 2, case .spread(let gamma) = rest[1] { return (gamma, epsilon) }
      return nil
    default: return nil
    }
  }
}
