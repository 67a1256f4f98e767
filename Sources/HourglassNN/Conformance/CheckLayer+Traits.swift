import HourglassBase
import HourglassEngine
import HourglassGraph

extension LayerCheck {
  /// That the layer is what its traits say.
  func traits(_ output: Shape) throws {
    let training = LayerParts(layer, input, isTraining: true)
    let inference = LayerParts(layer, input, isTraining: false)
    try meetings(training, inference)
    try codes(inference)
    try borrowing(inference)
    try sizes(output)
    let trial = try inference.trial()
    try values(trial)
    try linearMap(trial)
  }

  private func says(_ isTrue: (LayerTraits) -> Bool) -> Bool { layer.allTraits.contains(where: isTrue) }

  /// - Parameters:
  ///   - stated: what the traits say.
  ///   - what: "keepsStatistics".
  private func compare(_ what: String, stated: Bool, found: Bool, _ meaning: String) throws {
    guard stated != found else { return }
    throw failure("its traits say \(what) = \(stated), but it \(found ? "does" : "does not") \(meaning)")
  }

  private func meetings(_ training: LayerParts, _ inference: LayerParts) throws {
    try compare(
      "keepsStatistics", stated: says(\.keepsStatistics), found: !training.context.assignments.isEmpty,
      "set parameters in training")
    try compare(
      "couplesSamples", stated: says(\.couplesSamples), found: training.couples,
      "make a sample's value of other samples in training")
    try compare(
      "isRandomInTraining", stated: says(\.isRandomInTraining), found: training.draws,
      "draw random numbers in training")
    guard inference.context.assignments.isEmpty else { throw failure("it sets parameters outside training") }
    guard !inference.couples else {
      throw failure("it makes a sample's value of other samples outside training")
    }
    guard !inference.draws else { throw failure("it draws random numbers outside training") }
  }

  private func codes(_ parts: LayerParts) throws {
    try compare(
      "code = gaussian", stated: says { $0.code == .gaussian }, found: parts.context.posterior != nil,
      "leave a posterior in its context")
    try compare(
      "code = quantized", stated: says { $0.code.step != nil }, found: parts.context.quantizedCode != nil,
      "leave a quantised code in its context")
    guard let step = layer.traits.code.step else { return }
    let values = try parts.trial().reference()["value"] ?? []
    guard values.allSatisfy({ abs($0 / step - ($0 / step).rounded()) < 1e-6 }) else {
      throw failure("its traits say that its values are multiples of \(step), but they are not")
    }
    let names = layer.parameters(input).map(\.name)
    for name in ["location", "log_width"] where !names.contains(name) {
      throw failure("its code is quantised, but it has no parameter \(name)")
    }
  }

  private func borrowing(_ parts: LayerParts) throws {
    let borrowed = parts.read.keys.sorted().filter {
      !$0.hasPrefix("\(LayerParts.scope).") && $0 != LayerContext.progressName
    }
    let lenders = layer.allTraits.compactMap(\.mirrors)
    for name in borrowed where !lenders.contains(where: { name.hasPrefix("\($0).") }) {
      throw failure("it reads \(name), but its traits do not say that it mirrors that layer")
    }
    for lender in lenders where !borrowed.contains(where: { $0.hasPrefix("\(lender).") }) {
      throw failure("its traits say that it mirrors \(lender), but it reads no parameter of that layer")
    }
  }

  // MARK: Sizes

  /// Larger images or series, by as much as makes a whole number more of the layer's values.
  private func sizes(_ output: Shape) throws {
    // A vector's only axis is that of its features.
    guard input.rank >= 2 else { return }
    let all = layer.allTraits
    func product(_ pair: (LayerTraits) -> Pair, _ axis: Int) -> Int {
      let isRows = input.rank == 3 && axis == 1
      return all.map(pair).map { isRows ? $0.rows : $0.columns }.reduce(1, *)
    }
    let axes = 1..<input.rank
    let more = Shape(input.dimensions.indices.map { input[$0] + ($0 == 0 ? 0 : product(\.reduction, $0)) })
    let made = try? layer.outputShape(more)
    let keepsWeights = made.map { _ in
      layer.parameters(more).map(\.shape) == layer.parameters(input).map(\.shape)
    }
    let isFree =
      made?.rank == output.rank && made?.dimensions.first == output.dimensions.first
      && keepsWeights == true
    try compare(
      "fixesSize", stated: says(\.fixesSize), found: !isFree, "serve one size only, \(more) being another")
    guard let made, isFree else { return }
    guard made.rank == input.rank else {
      throw failure("it makes \(made) of \(more), but its traits do not say that it fixes a size")
    }
    for axis in axes where made[axis] - output[axis] != product(\.enlargement, axis) {
      throw failure(
        "of \(more) it makes \(made) after \(output), but by its traits' reduction and enlargement axis \(axis) should be "
          + "\(product(\.enlargement, axis)) longer")
    }
    let built = LayerParts(layer, more, isTraining: false).value.shape
    guard built == made else {
      throw failure("it declares the shape \(made) for \(more), but makes \(built)")
    }
  }

  // MARK: Values

  private func values(_ trial: GraphTrial) throws {
    let values = trial.reference()["value"] ?? []
    if layer.traits.passesValuesOn {
      let given = trial.inputs["x"]?.prefix(GraphTrial.fewSamples).flatMap { $0 } ?? []
      guard values.sorted() == given.sorted() else {
        throw failure("its traits say that it passes its input's values on, but it changes them")
      }
    }
    guard let activation = layer.traits.activation else { return }
    let reached = Self.reached(by: activation)
    if let stray = values.first(where: { !reached.contains($0) }) {
      throw failure(
        "its traits say that its values have passed \(activation.name), which never gives \(stray)")
    }
  }

  /// What an activation makes of numbers between -100 and 100.
  private static func reached(by activation: Activation) -> ClosedRange<Double> {
    let numbers = (0...20_000).map { Double($0) / 100 - 100 }
    let made = apply(activation, to: numbers)
    return (made.min() ?? 0) - 1e-4...(made.max() ?? 0) + 1e-4
  }

  private static func apply(_ activation: Activation, to numbers: [Double]) -> [Double] {
    let builder = GraphBuilder()
    builder.output("y", activation(builder.input("x", shape: [numbers.count])))
    let interpreter = ReferenceInterpreter(
      graph: builder.graph, parameters: [:], inputs: ["x": [numbers]])
    return interpreter.run(batch: 1)["y"]?.sample(0) ?? []
  }

  private func linearMap(_ trial: GraphTrial) throws {
    guard let map = layer.traits.linearMap else { return }
    func parameter(_ name: String) -> [Double]? { trial.parameters["\(LayerParts.scope).\(name)"] }
    let inputs = trial.inputs["x"]?.prefix(GraphTrial.fewSamples) ?? []
    let values = trial.reference()["value"] ?? []
    let outputs = values.count / GraphTrial.fewSamples
    guard let activation = layer.traits.activation, let weight = parameter(map.weight),
      weight.count == outputs * input.count
    else {
      throw failure("its traits name a linear map, but no activation or no matrix \(map.weight) of its size")
    }
    let bias = map.bias.map { parameter($0) ?? [] } ?? Array(repeating: 0, count: outputs)
    guard bias.count == outputs else { throw failure("its linear map has no bias of \(outputs) numbers") }
    var sums: [Double] = []
    for x in inputs {
      for row in 0..<outputs {
        let weights = weight[row * input.count..<(row + 1) * input.count]
        sums.append(zip(weights, x).reduce(bias[row]) { $0 + $1.0 * $1.1 })
      }
    }
    let expected = Self.apply(activation, to: sums)
    guard zip(values, expected).allSatisfy({ abs($0 - $1) < 1e-6 }) else {
      throw failure("its value is not \(activation.name) of its linear map")
    }
  }
}
