import HourglassBase
import HourglassGraph
import HourglassNN

/// A layer that is ready, and its weights by their names within it.
struct ImportedLayer {
  var layer: any Layer
  var weights: [(name: String, values: [Float])] = []

  /// The layers that do these steps, activations within the layers before them.
  ///
  /// - Throws: one sentence, without where the steps come from, when a step is no layer.
  static func layers(_ steps: [ImportedStep]) throws(HourglassError) -> [ImportedLayer] {
    var layers: [ImportedLayer] = []
    var rest = try merged(steps)[...]
    var count = 0
    while let step = rest.popFirst() {
      var activation = Activation.linear
      if step.endsWithActivation, case .activation(let function)? = rest.first {
        activation = function
        rest = rest.dropFirst()
      }
      let next = try self.layers(step, activation)
      count += next.reduce(0) { $0 + $1.weights.reduce(0) { $0 + $1.values.count } }
      guard count <= ModelLimits.parameters else {
        throw HourglassError(.badData, "the layers would have more than 268,435,456 parameters")
      }
      try MemoryBudget.process.admit(4 * count, for: "A model of \(grouped(count)) parameters")
      layers += next
    }
    return layers
  }

  private static func layers(
    _ step: ImportedStep, _ activation: Activation
  ) throws(HourglassError) -> [ImportedLayer] {
    switch step {
    case .input, .turned: return []
    case .convolution(let convolution): return try convolution.layers(activation)
    default: return [try layer(step, activation)]
    }
  }

  /// A step that is one layer.
  private static func layer(_ step: ImportedStep, _ activation: Activation) throws(HourglassError)
    -> ImportedLayer
  {
    switch step {
    case .dense(let weight, let bias, let units):
      return ImportedLayer(
        layer: Dense(units, activation: activation, bias: bias != nil),
        weights: [("weight", weight)] + (bias.map { [("bias", $0)] } ?? []))
    case .padded(let border, let channels): return try ImportedConvolution.pad(border, channels)
    case .cropped(let border, let channels): return try ImportedConvolution.crop(border, channels, activation)
    case .maxPool(let window):
      return ImportedLayer(layer: MaxPool2D(window.kernel, stride: window.stride, padding: window.padding))
    case .averagePool(let window):
      return ImportedLayer(
        layer: AveragePool2D(window.kernel, stride: window.stride, padding: window.padding))
    case .upsample(let factor, let isLinear):
      return ImportedLayer(layer: Upsample2D(factor, interpolation: isLinear ? .bilinear : .nearest))
    case .flatten: return ImportedLayer(layer: Flatten())
    case .reshape(let shape): return ImportedLayer(layer: Reshape(shape))
    case .activation(let activation): return ImportedLayer(layer: ActivationLayer(activation))
    case .batchNorm(let norm):
      return ImportedLayer(
        layer: BatchNorm(epsilon: Double(norm.epsilon)),
        weights: [
          ("gamma", norm.gamma), ("beta", norm.beta), ("moving_mean", norm.mean),
          ("moving_variance", norm.variance),
        ])
    case .layerNorm(let gamma, let beta, let epsilon):
      return ImportedLayer(
        layer: LayerNorm(epsilon: Double(epsilon)), weights: [("gamma", gamma), ("beta", beta)])
    case .residual(let steps):
      let inner = try layers(steps)
      return ImportedLayer(
        layer: Residual(inner.map(\.layer)),
        weights: inner.enumerated().flatMap { index, part in
          part.weights.map { ("\(index).\($0.name)", $0.values) }
        })
    case .input, .turned, .convolution, .scaled, .shifted, .errorFunction, .rounded, .channelMean, .centred,
      .squared,
      .root, .reciprocal, .spread, .normScale, .normShift, .above, .told:
      throw HourglassError(
        .badData,
        "it multiplies, adds to, rounds, compares or joins numbers where no layer does, between two that are no products"
      )
    }
  }

  /// Factors and summands within the products beside them; factors that undo one another left out.
  private static func merged(_ steps: [ImportedStep]) throws(HourglassError) -> [ImportedStep] {
    var result: [ImportedStep] = []
    /// A factor that waits for a product.
    var waiting: Float = 1
    for step in steps {
      switch step {
      case .turned: continue
      case .scaled(let factor):
        if waiting == 1, let last = result.last?.scaled(by: factor, isAfter: true) {
          result[result.count - 1] = last
        } else {
          waiting *= factor
          if abs(waiting - 1) < 1e-6 { waiting = 1 }
        }
      case .shifted(let number):
        guard waiting == 1, let last = result.last?.shifted(by: number) else {
          result.append(step)
          continue
        }
        result[result.count - 1] = last
      case .flatten, .reshape:
        // The last of several shapes is the one that counts.
        switch result.last {
        case .reshape, .flatten: result.removeLast()
        default: break
        }
        result.append(step)
      case .upsample(let factor, false):
        if case .upsample(let last, false)? = result.last, last.rows * factor.rows <= 64,
          last.columns * factor.columns <= 64
        {
          result[result.count - 1] = .upsample(
            Pair(last.rows * factor.rows, last.columns * factor.columns), isLinear: false)
        } else {
          result.append(step)
        }
      case .input, .dense, .convolution, .maxPool, .averagePool, .upsample, .activation, .batchNorm,
        .layerNorm,
        .residual, .padded, .cropped, .errorFunction, .rounded, .channelMean, .centred, .squared, .root,
        .reciprocal,
        .spread, .normScale, .normShift, .above, .told:
        if waiting != 1 {
          guard let product = step.scaled(by: waiting, isAfter: false) else {
            throw HourglassError(.badData, "it multiplies numbers by \(waiting) where no product follows")
          }
          waiting = 1
          result.append(product)
        } else {
          result.append(step)
        }
      }
    }
    if waiting != 1 { result.append(.scaled(waiting)) }
    return result
  }
}

extension ImportedStep {
  fileprivate var endsWithActivation: Bool {
    switch self {
    case .dense, .convolution, .cropped: true
    default: false
    }
  }

  /// A product of numbers that were multiplied before, or are after; nil for no product.
  fileprivate func scaled(by factor: Float, isAfter: Bool) -> ImportedStep? {
    switch self {
    case .dense(let weight, let bias, let units):
      return .dense(
        weight: weight.map { $0 * factor }, bias: isAfter ? bias?.map { $0 * factor } : bias, units: units)
    case .convolution(var convolution):
      convolution.weight = convolution.weight.map { $0 * factor }
      if isAfter { convolution.bias = convolution.bias?.map { $0 * factor } }
      return .convolution(convolution)
    default: return nil
    }
  }

  fileprivate func shifted(by number: Float) -> ImportedStep? {
    switch self {
    case .dense(let weight, let bias, let units):
      let sums = bias.map { $0.map { $0 + number } } ?? Array(repeating: number, count: units)
      return .dense(weight: weight, bias: sums, units: units)
    case .convolution(var convolution):
      convolution.bias =
        convolution.bias.map { $0.map { $0 + number } }
        ?? Array(repeating: number, count: convolution.filters)
      return .convolution(convolution)
    default: return nil
    }
  }
}

extension ImportedWindow {
  fileprivate var padding: Padding { isSame ? .same : .valid }
}
