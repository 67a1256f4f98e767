import HourglassBase
import HourglassEngine
import HourglassMessages
import HourglassModels
import HourglassNN

/// Makes an autoencoder of what a graph does: finds what it makes of samples, where the code is, and what lies between the numbers
/// of the data and those of the model.
struct ModelAssembly {
  private let reading: GraphReading
  private let outputs: [String]

  init(_ reading: GraphReading, _ graph: ONNXGraph) {
    self.reading = reading
    outputs = graph.output.map(\.name)
  }

  /// - Parameter code: the value or node that is the code; the narrowest when nil.
  /// - Throws: `HourglassError` (badData) when the graph is no autoencoder.
  func model(code wanted: String?, _ graph: ONNXGraph) throws(HourglassError) -> TrainedModel {
    let path = reading.path
    let (names, isResidual) = unwrapped(way(to: try reconstruction()))
    let split = try code(names, wanted, graph)
    var encoder = names[...split].dropFirst().compactMap { reading.values[$0]?.step }
    var decoder = names[(split + 1)...].compactMap { reading.values[$0]?.step }
    let values = Self.units(&encoder, &decoder)
    let level = Self.level(&encoder)
    let step = Self.step(&encoder)
    let input = withSeries(names[split], &encoder, &decoder)
    do {
      var first = try ImportedLayer.layers(encoder)
      if let step { first.append(ImportedLayer(layer: QuantizedCode(step: Double(step)))) }
      let isVariational = distribution(names[split], &first)
      let second = try ImportedLayer.layers(decoder)
      let model = try Autoencoder(
        input: SampleForm(input), encoder: first.map(\.layer), decoder: second.map(\.layer),
        isResidual: isResidual, level: level)
      let objective: any Objective
      if isResidual || level != nil {
        // Which noise it mends no file says.
        objective = .denoising(.gaussian(0.1))
      } else if step != nil {
        objective = .rateDistortion(rateWeight: 0.01)
      } else if isVariational {
        // The likelihood that decoders of numbers in 0...1 are trained with, as a rule.
        objective = .vae(
          likelihood: model.decoder.activation == .sigmoid ? .bernoulli : .gaussian(deviation: 1))
      } else {
        objective = .undercomplete()
      }
      return TrainedModel(
        model: model, objective: objective, parameters: try Self.parameters(model, first, second), seed: 1,
        values: values)
    } catch {
      throw HourglassError(
        error.code == .environment ? .environment : .badData,
        "\(path) cannot be brought into layers: \(error.fact)", remedies: error.remedies)
    }
  }

  // MARK: What is what

  /// The last value of the samples' shape that the file gives.
  private func reconstruction() throws(HourglassError) -> String {
    guard let input = reading.values[reading.input] else { preconditionFailure("the input is a value") }
    let chosen = outputs.contains("reconstruction") ? ["reconstruction"] : outputs
    for output in chosen {
      let name = reading.name(output)
      guard let value = reading.values[name], name != reading.input, value.shape == input.shape else {
        continue
      }
      if value.layout == .ours || value.layout == .turned { return name }
    }
    throw HourglassError(
      .badData,
      "\(reading.path) gives no output of the shape of its input, \(input.shape), as an autoencoder does: it gives "
        + outputs.prefix(8).map(\.quotedForMessage).joined(separator: ", "))
  }

  /// From the input to a value.
  private func way(to last: String) -> [String] {
    var names = [last]
    while let previous = names.last.flatMap({ reading.values[$0]?.previous }) { names.append(previous) }
    return names.reversed()
  }

  /// The way through what a model adds to its samples as a whole, as denoisers do.
  ///
  /// - Returns: whether it is such a model.
  private func unwrapped(_ names: [String]) -> (names: [String], isResidual: Bool) {
    let places = names.indices.filter { place in
      switch reading.values[names[place]]?.step {
      case .input, .turned, .scaled: false
      default: true
      }
    }
    guard places.count == 1, let whole = reading.values[names[places[0]]],
      case .residual(let steps) = whole.step,
      let added = whole.added, case let inner = way(to: added), let source = whole.previous,
      let start = inner.firstIndex(of: source),
      // A difference ends with a step that no value has.
      inner.count - start - 1 == steps.count
    else { return (names, false) }
    return (Array(names[..<places[0]]) + inner[(start + 1)...] + names[(places[0] + 1)...], true)
  }

  /// Series are images of one row within the layers.
  ///
  /// - Returns: the shape of a sample.
  private func withSeries(
    _ code: String, _ encoder: inout [ImportedStep], _ decoder: inout [ImportedStep]
  ) -> Shape {
    guard let input = reading.values[reading.input] else { preconditionFailure("the input is a value") }
    if let code = reading.values[code], code.isSeries {
      encoder.append(.reshape([code.shape[0], code.shape[2]]))
      decoder.insert(.reshape(code.shape), at: 0)
    }
    guard input.isSeries else { return input.shape }
    let shape: Shape = [input.shape[0], input.shape[2]]
    encoder.insert(.reshape(input.shape), at: 0)
    decoder.append(.reshape(shape))
    return shape
  }

  /// Where on the way the code is.
  private func code(_ names: [String], _ wanted: String?, _ graph: ONNXGraph) throws(HourglassError) -> Int {
    if let wanted {
      let made = graph.node.first { $0.name == wanted }?.output.first ?? wanted
      guard let place = names.firstIndex(of: reading.name(made)) else {
        throw HourglassError(
          .usage,
          "\(reading.path) has no value \(wanted.quotedForMessage) between its input and its reconstruction"
            + suggestion(wanted, among: Array(names.dropFirst())))
      }
      return place
    }
    if outputs.contains("code"), let place = names.firstIndex(of: reading.name("code")), place > 0 {
      return place
    }
    let sizes = names.map { reading.values[$0]?.shape.count ?? .max }
    let inner = sizes.dropFirst()
    guard let least = inner.min(), let first = inner.firstIndex(of: least) else {
      throw HourglassError(
        .badData, "\(reading.path) has no operator between its input and its reconstruction")
    }
    // An activation of the code belongs to it, and so does another shape of it.
    var place = first
    while place + 1 < names.count, let next = reading.values[names[place + 1]], next.shape.count == least,
      next.step.isElementwise
    { place += 1 }
    return place
  }

  /// Which numbers the samples are, where a factor at the beginning says so that another undoes at the end.
  private static func units(_ encoder: inout [ImportedStep], _ decoder: inout [ImportedStep]) -> ValueRange? {
    guard let first = encoder.firstIndex(where: { if case .turned = $0 { false } else { true } }),
      case .scaled(let scale) = encoder[first], scale.isFinite, scale > 0,
      let last = decoder.lastIndex(where: { if case .turned = $0 { false } else { true } }),
      case .scaled(let factor) = decoder[last], abs(factor * scale - 1) < 1e-5
    else { return nil }
    encoder.remove(at: first)
    decoder.remove(at: last)
    return ValueRange(bytesWorth: scale)
  }

  /// What a denoiser is told at its beginning.
  private static func level(_ encoder: inout [ImportedStep]) -> Double? {
    guard let first = encoder.firstIndex(where: { if case .turned = $0 { false } else { true } }),
      case .told(let level) = encoder[first], level.isFinite
    else { return nil }
    encoder.remove(at: first)
    return Double(level.description)
  }

  /// What neighbouring values of a code differ by that is rounded at its end.
  private static func step(_ encoder: inout [ImportedStep]) -> Float? {
    guard encoder.count >= 3, case .scaled(let up) = encoder[encoder.count - 3],
      case .rounded = encoder[encoder.count - 2], case .scaled(let step) = encoder[encoder.count - 1],
      abs(up * step - 1) < 1e-5, step > 0
    else { return nil }
    encoder.removeLast(3)
    return step
  }

  /// Makes a dense layer that is the mean of a distribution a layer of distributions, if another gives the logarithms of the
  /// variances.
  ///
  /// - Returns: whether it is one.
  private func distribution(_ code: String, _ encoder: inout [ImportedLayer]) -> Bool {
    guard let mean = reading.values[code], case .dense(let weight, let bias, let units) = mean.step,
      let other = outputs.map(reading.name).first(where: { name in
        guard name != code, let value = reading.values[name], case .dense = value.step else { return false }
        return value.previous == mean.previous && value.shape == mean.shape
      }), case .dense(let spread, let spreadBias, _)? = reading.values[other]?.step
    else { return false }
    let zeros = [Float](repeating: 0, count: units)
    encoder[encoder.count - 1] = ImportedLayer(
      layer: GaussianCode(units),
      weights: [
        ("mean_weight", weight), ("mean_bias", bias ?? zeros), ("log_variance_weight", spread),
        ("log_variance_bias", spreadBias ?? zeros),
      ])
    return true
  }

  // MARK: Weights

  private static func parameters(
    _ model: Autoencoder, _ encoder: [ImportedLayer], _ decoder: [ImportedLayer]
  ) throws(HourglassError) -> ParameterStore {
    var found: [String: [Float]] = [:]
    for (half, layers) in [("encoder", encoder), ("decoder", decoder)] {
      for (index, layer) in layers.enumerated() {
        for weight in layer.weights { found["\(half).\(index).\(weight.name)"] = weight.values }
      }
    }
    let specifications = try model.parameters()
    let store = ParameterStore(
      specifications.map { ($0.name, $0.specification.shape, $0.specification.isTrainable) })
    for parameter in specifications {
      // What a file has no number for, as how a quantised code is distributed, starts at 0.
      guard let values = found[parameter.name] else { continue }
      guard values.count == parameter.specification.shape.count else {
        throw HourglassError(
          .badData,
          "\(parameter.name) has \(values.count) numbers, but \(parameter.specification.shape) are needed")
      }
      guard values.allSatisfy(\.isFinite) else {
        throw HourglassError(.badData, "\(parameter.name) has a number that is not finite")
      }
      store.write(parameter.name, values)
    }
    return store
  }
}
