import HourglassBase
import HourglassMessages
import HourglassNN

/// Follows the samples through the nodes of an ONNX graph, one node after another, and notes what each does to them. What does not
/// depend on samples is worked out at once.
struct GraphReading {
  /// A value that depends on the samples.
  struct Value {
    /// What its step is done to; nil for the input.
    var previous: String?
    var step: ImportedStep
    /// In our axes, without the batch; of a series, that of an image of one row.
    var shape: Shape
    var layout: Layout
    var isSeries = false
    /// Residuals within residuals on the way here, at most.
    var depth = 0
    /// Of a residual, the last value of what it adds.
    var added: String?
  }

  /// How a value lies in the file.
  enum Layout: Equatable {
    /// Channels first.
    case ours
    /// Channels last.
    case turned
    /// A vector whose number `i` is our number `order[i]`.
    case mixed(order: [Int])
  }

  let path: String
  let outlook: GraphOutlook
  var tensors: TensorReading
  var constants: [String: ImportedConstant] = [:]
  var values: [String: Value] = [:]
  /// Values that are repeated along a new axis, before their axes are joined.
  var repeats: [String: Repetition] = [:]
  /// Numbers that every sample is told.
  var planes: [String: Plane] = [:]
  /// Other names of values.
  private var copies: [String: String] = [:]
  let input: String
  /// Numbers that were worked out without samples, and how many may be.
  var foldedCount = 0
  let mostFolded: Int
  /// Zeros that weights were given.
  var zeroCount = 0
  /// Numbers that layers hold for themselves.
  var heldCount = 0

  /// - Parameter freeSizes: height and width of the images of a file that takes any.
  /// - Throws: `HourglassError`: badData naming the node and its operator where it has no layer, environment when a file beside
  ///   it cannot be read.
  init(_ graph: ONNXGraph, path: String, freeSizes: (height: Int, width: Int)) throws {
    self.path = path
    tensors = TensorReading(path: path)
    let names = Set(graph.initializer.map(\.name))
    let inputs = graph.input.filter { !names.contains($0.name) }
    guard let first = inputs.first, inputs.count == 1 else {
      throw HourglassError(
        .badData, "\(path) takes \(inputs.count) inputs, but an autoencoder takes one, its samples")
    }
    input = first.name
    for tensor in graph.initializer {
      guard constants[tensor.name] == nil else {
        throw HourglassError(.badData, "\(path) has two tensors \(tensor.name.quotedForMessage)")
      }
      constants[tensor.name] = try tensors.constant(tensor, named: tensor.name)
    }
    let nodes = graph.node.map { ImportedNode($0, path: path) }
    outlook = GraphOutlook(nodes, outputs: graph.output.map(\.name))
    // Weights are turned round or given other axes a few times.
    mostFolded = 8 * constants.values.reduce(0) { $0 + $1.count } + 1_000_000
    values[input] = try Self.value(of: first, path: path, freeSizes, outlook)
    for node in nodes { try read(node) }
  }

  /// The samples; images and series have their channels last where a transposition turns them, or where only the last axis is as short
  /// as channels of images are.
  private static func value(
    of input: ONNXValueInfo, path: String, _ freeSizes: (height: Int, width: Int), _ outlook: GraphOutlook
  ) throws(HourglassError) -> Value {
    let extents = input.type.tensorType.shape.dim.dropFirst().map(\.dimValue)
    func isSize(_ extent: Int64) -> Bool { 1...Int64(ModelLimits.axis) ~= extent }
    let isTurned = extents.count > 1 && outlook.turnsLastToFirst(input.name, rank: extents.count).isTurned
    // The channels are known, and height and width are free together.
    let open = extents.indices.filter { extents[$0] <= 0 }
    let isFree = extents.count == 3 && open == (isTurned ? [0, 1] : [1, 2])
    var sizes = extents.map { Int($0) }
    if isFree { (sizes[open[0]], sizes[open[1]]) = freeSizes }
    guard 1...3 ~= sizes.count, sizes.allSatisfy({ isSize(Int64($0)) }) else {
      throw HourglassError(
        .badData,
        "\(path) takes samples of \(extents.count) axes after the batch, \(Self.text(extents)), but one to three axes of known size are needed; "
          + "export it with fixed sizes but for the batch")
    }
    let looksTurned = sizes.count == 3 && !isFree && 1...4 ~= sizes[2] && !(1...4 ~= sizes[0])
    let isLast = isTurned || looksTurned
    let ours = isLast ? [sizes[sizes.count - 1]] + sizes.dropLast() : sizes
    return Value(
      previous: nil, step: .input, shape: ours.count == 2 ? [ours[0], 1, ours[1]] : Shape(ours),
      layout: isLast ? .turned : .ours, isSeries: ours.count == 2)
  }

  /// Sizes, with a question mark for what is open.
  private static func text(_ extents: [Int64]) -> String {
    extents.isEmpty
      ? "none" : extents.prefix(8).map { $0 > 0 ? "\($0)" : "?" }.joined(separator: " x ")
  }

  // MARK: Names

  /// The first name of a value.
  func name(_ value: String) -> String { copies[value] ?? value }

  func value(_ name: String?) -> Value? { name.flatMap { values[self.name($0)] } }

  func constant(_ name: String?) -> ImportedConstant? { name.flatMap { constants[self.name($0)] } }

  /// Whether nothing has that name yet.
  func isNew(_ name: String) -> Bool {
    values[name] == nil && constants[name] == nil && copies[name] == nil && repeats[name] == nil
      && planes[name] == nil
  }

  /// The value that a node does something to.
  ///
  /// - Throws: `HourglassError` (badData) when it is none that depends on the samples.
  func sample(_ node: ImportedNode, _ index: Int = 0) throws(HourglassError) -> (name: String, value: Value) {
    guard let input = node.input(index), let value = value(input) else {
      throw node.complaint(
        "has an input \(index) that does not come from the samples, or is repeated along a new axis")
    }
    return (name(input), value)
  }

  /// Weights that a node reads.
  func weights(_ node: ImportedNode, _ index: Int) throws(HourglassError) -> (values: [Float], extents: [Int])
  {
    guard let constant = constant(node.input(index)), let floats = constant.floats else {
      throw node.complaint("has an input \(index) that is no tensor of floats in the file")
    }
    return (floats, constant.extents)
  }

  mutating func copy(_ node: ImportedNode) throws(HourglassError) {
    guard let source = node.input(0) else { throw node.complaint("has no input") }
    let output = try node.output()
    guard isNew(output) else {
      throw node.complaint("gives \(output.quotedForMessage), which another gives, too")
    }
    copies[output] = name(source)
  }

  mutating func set(_ node: ImportedNode, _ value: Value) throws(HourglassError) {
    try set(node, output: try node.output(), value)
  }

  mutating func set(_ node: ImportedNode, output: String, _ value: Value) throws(HourglassError) {
    guard isNew(output) else {
      throw node.complaint("gives \(output.quotedForMessage), which another gives, too")
    }
    try Network.checkSize(value.shape, node)
    var value = value
    value.depth = max(value.depth, value.previous.flatMap { values[$0]?.depth } ?? 0)
    values[output] = value
  }

  /// The same numbers of the same shape, each changed.
  mutating func append(_ step: ImportedStep, to node: ImportedNode, _ index: Int = 0) throws(HourglassError) {
    let (name, value) = try sample(node, index)
    try set(node, value.followed(name, by: step))
  }

  // MARK: Operators

  private mutating func read(_ node: ImportedNode) throws {
    guard node.node.domain.isEmpty || node.node.domain == "ai.onnx" else {
      throw node.complaint("is of \(node.node.domain.quotedForMessage), not of ONNX itself")
    }
    for name in node.node.input
    where !name.isEmpty && constant(name) == nil && value(name) == nil && repeats[name] == nil
      && planes[name] == nil
    {
      throw node.complaint("reads \(name.quotedForMessage), which nothing before it gives")
    }
    if try readLevel(node) || readConstant(node) || readRepetition(node) || readElementwise(node)
      || readProduct(node)
      || readWindow(node) || readBorder(node) || readMovement(node) || readNormalization(node)
    {
      return
    }
    throw node.complaint("has no layer here")
  }
}

extension GraphReading.Value {
  /// What a step makes of this, of the same shape.
  ///
  /// - Parameter name: this value's.
  func followed(_ name: String, by step: ImportedStep) -> GraphReading.Value {
    GraphReading.Value(
      previous: name, step: step, shape: shape, layout: layout, isSeries: isSeries, depth: depth)
  }
}

extension Network {
  fileprivate static func checkSize(_ shape: Shape, _ node: ImportedNode) throws(HourglassError) {
    guard shape.dimensions.allSatisfy({ $0 > 0 }), shape.count <= ModelLimits.elements else {
      throw node.complaint("makes \(shape), and 1 to 16,777,216 numbers a sample are allowed")
    }
  }
}
