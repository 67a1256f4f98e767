import HourglassBase
import HourglassGraph
import HourglassMessages
import HourglassModels

/// A part of a trained model as an ONNX graph, from samples in the units and axes of the data to what the model makes of
/// them.
struct ModelTranslation {
  let trained: TrainedModel
  let part: ONNXExport.Part
  /// Whether images are `[height, width, channels]` in the file.
  let hasChannelsLast: Bool

  struct Result {
    var graph: ONNXGraph
    var input: GraphPort
    /// Numbers that have a value if nobody gives one.
    var options: [GraphPort]
    var outputs: [GraphPort]
  }

  /// - Throws: `HourglassError` (usage) when there is no such part, or ONNX has no operator for one of ours.
  func translated() throws(HourglassError) -> Result {
    if let free = try freeSizes() {
      // Where the nodes are the same for two sizes, they are for all.
      let (one, other) = (try nodes(free.0, isFree: true), try nodes(free.1, isFree: true))
      if one.writer.nodes == other.writer.nodes { return result(one, isFree: true) }
    }
    return result(try nodes(model, isFree: false), isFree: false)
  }

  private var model: Autoencoder { trained.model }

  /// The model at two sizes of images, if it mends images of any size.
  private func freeSizes() throws(HourglassError) -> (Autoencoder, Autoencoder)? {
    let shape = model.inputShape
    guard trained.objective.traits.corruption != nil, model.input.isImage, try model.sizeFixingLayer() == nil
    else { return nil }
    let step = model.largestReduction
    let (height, width) = ((shape[1] + step - 1) / step * step, (shape[2] + step - 1) / step * step)
    guard let one = try? model.taking(SampleForm([shape[0], height, width])),
      let other = try? model.taking(SampleForm([shape[0], height + step, width + 2 * step]))
    else { return nil }
    return (one, other)
  }

  // MARK: Nodes

  private struct Draft {
    var writer: NodeWriter
    var model: ModelGraph
    var inputName: String
  }

  private func nodes(_ model: Autoencoder, isFree: Bool) throws(HourglassError) -> Draft {
    let graph = try ModelGraph(model, part, levelUnit: levelUnit)
    let inputName = part == .decoder ? "code" : "input"
    let names = graph.outputs.map(\.name)
    let writer = NodeWriter(reserved: Set(names + [inputName]))
    let usual = Float((model.level ?? 0) / levelUnit)
    var borders = SampleBorders(
      writer: writer, scale: part == .decoder ? nil : scale,
      isTurned: hasChannelsLast && model.input.isImage && part != .decoder,
      step: isFree && part != .decoder ? model.largestReduction : 1)
    let sample = borders.enter(inputName)
    var translation = GraphTranslation(graph.graph, inputs: ["x": sample], writer: borders.writer) { name in
      name == ModelGraph.level ? [usual] : trained.parameters.read(name)
    }
    let values = try translation.translate(graph.outputs.map(\.node))
    borders.writer = translation.writer
    if part == .decoder {
      borders.scale = scale
      borders.isTurned = hasChannelsLast && model.input.isImage
    }
    // What has the name of an output already cannot have another.
    var named: [String: String] = [inputName: inputName]
    for (output, value) in zip(graph.outputs, values) {
      let value = named[value] ?? value
      let last = output.name == "reconstruction" ? borders.leave(value) : value
      borders.writer.name(last, output.name, isTaken: named.values.contains(last))
      named[last] = output.name
    }
    return Draft(writer: borders.writer, model: graph, inputName: inputName)
  }

  private var scale: Float? { trained.byteWorth }

  /// What one of the unit of `--level` is worth to the model.
  private var levelUnit: Double {
    trained.objective.traits.corruption?.process.blurDeviations == nil ? 1.0 / 255 : 1
  }

  // MARK: Ports

  private func result(_ draft: Draft, isFree: Bool) -> Result {
    let ports = PortNames(hasChannelsLast: hasChannelsLast && model.input.isImage, isFree: isFree)
    let sample = "numbers are \(unit)"
    let input =
      part == .decoder
      ? GraphPort(
        name: draft.inputName, extents: ports.code(draft.model.input), meaning: "a code for each sample")
      : GraphPort(
        name: draft.inputName, extents: ports.sample(draft.model.input),
        meaning: "\(model.input.noun)s; \(sample)")
    let outputs = draft.model.outputs.map { output in
      output.name == "reconstruction"
        ? GraphPort(
          name: output.name, extents: ports.sample(output.shape),
          meaning: "what the model makes of each sample; \(sample)")
        : GraphPort(
          name: output.name, extents: ports.code(output.shape), meaning: Self.meaning(of: output.name))
    }
    let options =
      draft.writer.initializers.contains { $0.name == ModelGraph.level }
      ? [GraphPort(name: ModelGraph.level, extents: [], meaning: levelMeaning)] : []
    var graph = ONNXGraph()
    graph.node = draft.writer.nodes
    graph.initializer = draft.writer.initializers
    return Result(graph: graph, input: input, options: options, outputs: outputs)
  }

  private var unit: String { trained.unit }

  private var levelMeaning: String {
    let unit = levelUnit == 1 ? "pixels of blur" : "levels of 255 of noise"
    return "how strongly the samples are spoilt, in \(unit); may be left out"
  }

  private static func meaning(of output: String) -> String {
    switch output {
    case "mean": "the mean of each code's distribution"
    case "log_variance": "the logarithm of the variance of each code's distribution"
    default: "the code of each sample"
    }
  }
}

extension TrainedModel {
  /// What a stored byte is worth to the model; nil where samples are given as the model has them.
  package var byteWorth: Float? {
    guard case .byte(let scale) = values?.element, scale != 1 else { return nil }
    return scale
  }

  /// What the numbers of samples are.
  package var unit: String {
    if byteWorth != nil { return "bytes as they are stored, 0 to 255, given as floats" }
    return values.map { "as in the training data, \($0.text)" } ?? "as in the training data"
  }
}
