import HourglassBase
import HourglassGraph

/// Puts a newcomer's layer through what every layer must stand, for tests of layers outside this package, and for ours.
///
/// Its settings make it again; shapes and parameters are those that it declares; gradients are those that finite
/// differences give in double precision; the engine computes what the reference interpreter does; samples do not see one
/// another; and its traits are true.
///
/// ```swift
/// try checkLayer(MyLayer(units: 3), input: [5])
/// ```
///
/// - Parameter input: the shape of a small sample that it takes. For images and series also larger ones are made.
/// - Throws: `HourglassError` (badData) that says what does not hold first, or what the layer throws. A layer whose
///   computation has no shapes at all that fit ends the program, as in training.
public func checkLayer<Checked: Layer>(_ layer: Checked, input: Shape) throws {
  let check = LayerCheck(layer, input)
  try check.settings()
  let output = try layer.outputShape(input)
  for isTraining in [true, false] {
    let parts = LayerParts(layer, input, isTraining: isTraining)
    try check.shapes(parts, output)
    try check.numbers(parts)
  }
  try check.parameters()
  try check.traits(output)
}

/// The graph of a layer alone, with what it left in its context.
struct LayerParts {
  let builder = GraphBuilder()
  let context: LayerContext
  let value: Tensor
  /// The parameters that have a gradient, by their names in the graph.
  private(set) var slopes: [String] = []
  let isTraining: Bool

  static let network = "layer"
  static var scope: String { "\(network).0" }

  /// Outputs `value`; `loss`, a linear function of it and the layer's penalties; `slope of NAME` for parameters and for
  /// the input `x`; `new NAME` for what it assigns.
  init(_ layer: any Layer, _ input: Shape, isTraining: Bool) {
    self.isTraining = isTraining
    context = LayerContext(builder: builder, isTraining: isTraining)
    let x = builder.input("x", shape: input)
    value = Network(Self.network, [layer]).apply(x, context)
    builder.output("value", value)
    var loss = (value * builder.input("probe", shape: value.shape)).sum.batchMean
    for penalty in context.penalties { loss = loss + penalty.batchMean }
    if let posterior = context.posterior { loss = loss + posterior.divergence.batchMean }
    if let code = context.quantizedCode { loss = loss + code.bits.batchMean }
    builder.output("loss", loss)
    let trained = layer.parameters(input).filter(\.isTrainable).map { specification in
      (name: "\(Self.scope).\(specification.name)", shape: specification.shape)
    }
    let targets = trained.map { builder.parameter($0.name, shape: $0.shape) }
    slopes = trained.map(\.name)
    for (name, gradient) in zip(slopes + ["x"], builder.gradient(of: loss, with: targets + [x])) {
      builder.output("slope of \(name)", gradient)
    }
    for assignment in context.assignments {
      builder.output("new \(assignment.parameter)", assignment.value)
    }
  }

  /// The shapes of all parameters that the value reads, by name.
  var read: [String: Shape] {
    var shapes: [String: Shape] = [:]
    for index in ancestors(of: results + consequences) {
      let node = builder.graph.nodes[index]
      if case .leaf(.parameter(let name)) = node.operation { shapes[name] = node.shape }
    }
    return shapes
  }

  /// Whether random numbers are drawn.
  var draws: Bool {
    ancestors(of: results + consequences).contains {
      if case .leaf(.random) = builder.graph.nodes[$0].operation { true } else { false }
    }
  }

  /// Whether a sample's value is made of other samples too.
  var couples: Bool {
    guard value.isPerSample else { return true }
    return ancestors(of: results).contains { index in
      let node = builder.graph.nodes[index]
      return !node.isPerSample && node.inputs.contains { builder.graph.nodes[$0].isPerSample }
    }
  }

  /// What the layer makes of a sample.
  private var results: [Int] {
    [value.index] + (context.posterior.map { [$0.mean.index, $0.logVariance.index] } ?? [])
      + (context.quantizedCode.map { [$0.bits.index] } ?? [])
  }

  /// What it does beside.
  private var consequences: [Int] { context.penalties.map(\.index) + context.assignments.map(\.value.index) }

  /// The nodes that these are made of, themselves included.
  private func ancestors(of nodes: [Int]) -> Set<Int> {
    var pending = nodes
    var seen: Set<Int> = []
    while let index = pending.popLast() {
      guard seen.insert(index).inserted else { continue }
      pending += builder.graph.nodes[index].inputs
    }
    return seen
  }

  func trial() throws(HourglassError) -> GraphTrial {
    // Variances are positive.
    try GraphTrial(builder, range: { $0.hasSuffix("variance") ? 0.5...2 : -1...1 }, inputs: [:])
  }
}

/// The checks of a layer, one after another.
struct LayerCheck<Checked: Layer> {
  let layer: Checked
  let input: Shape

  init(_ layer: Checked, _ input: Shape) {
    self.layer = layer
    self.input = input
  }

  func failure(_ what: String) -> HourglassError {
    HourglassError(.badData, "The layer \(Checked.kind) fails its check on \(input): \(what).")
  }

  func settings() throws {
    let reader = try SettingsReader(
      .map(layer.settings), path: Checked.kind, catalogue: Catalogue.standard.adding(layer.kinds))
    let again = try Checked(reader)
    try reader.finish()
    guard again.settings == layer.settings else {
      throw failure(
        "reading its settings \(SettingValue.map(layer.settings).shortText) gives "
          + SettingValue.map(again.settings).shortText)
    }
    for isTraining in [false, true] {
      let graphs = [layer, again].map { LayerParts($0, input, isTraining: isTraining).builder.graph }
      guard graphs[0].description == graphs[1].description else {
        throw failure("the layer that its settings make computes something else")
      }
    }
  }

  func shapes(_ parts: LayerParts, _ output: Shape) throws {
    guard parts.value.shape == output else {
      throw failure("it declares the shape \(output), but makes \(parts.value.shape)")
    }
    guard parts.value.isPerSample else { throw failure("its value is the same for all samples") }
    let specifications = layer.parameters(input)
    for (index, one) in specifications.enumerated()
    where specifications[..<index].contains(where: { $0.name == one.name }) {
      throw failure("two of its parameters are called \(one.name)")
    }
    for (name, shape) in parts.read.sorted(by: { $0.key < $1.key })
    where name.hasPrefix("\(LayerParts.scope).") {
      let own = String(name.dropFirst(LayerParts.scope.count + 1))
      guard let declared = specifications.first(where: { $0.name == own }) else {
        throw failure("it reads the parameter \(own), which it does not declare")
      }
      guard declared.shape == shape else {
        throw failure("it declares the parameter \(own) with the shape \(declared.shape), but reads \(shape)")
      }
    }
    for (name, value) in parts.context.assignments {
      let own = specifications.first { "\(LayerParts.scope).\($0.name)" == name }
      guard own?.isTrainable == false, own?.shape == value.shape else {
        throw failure("it sets \(name), which is no parameter of its own that is not trained, of that shape")
      }
    }
  }

  func numbers(_ parts: LayerParts) throws {
    let mode = parts.isTraining ? "in training" : "outside training"
    let trial = try parts.trial()
    let slopes = (parts.slopes + ["x"]).map { (output: "slope of \($0)", of: $0) }
    if let complaint = trial.wrongGradient(slopes) { throw failure("\(mode) \(complaint)") }
    if let complaint = try trial.disagreement() { throw failure("\(mode) \(complaint)") }
    guard !(parts.isTraining && parts.couples) else { return }
    if let complaint = try trial.dependence(of: "value") { throw failure("\(mode) \(complaint)") }
  }

  /// What training alone does not use, such as moving averages, is used otherwise.
  func parameters() throws {
    let read = [true, false].flatMap { LayerParts(layer, input, isTraining: $0).read.keys }
    for specification in layer.parameters(input)
    where !read.contains("\(LayerParts.scope).\(specification.name)") {
      throw failure("it declares the parameter \(specification.name), but never reads it")
    }
  }
}
