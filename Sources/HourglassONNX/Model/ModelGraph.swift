import HourglassBase
import HourglassGraph
import HourglassModels
import HourglassNN

/// The part of a model that is translated, as a graph from `x` to named outputs: nothing is corrupted, nothing drawn.
struct ModelGraph {
  let graph: Graph
  /// The shape of `x`.
  let input: Shape
  /// What the file gives, in this order.
  let outputs: [Output]

  struct Output {
    var name: String
    /// The node of the graph.
    var node: Int
    var shape: Shape
  }

  /// The shared number that tells a model how strongly samples are spoilt, in the unit of the program's `--level`.
  static let level = "level"

  /// - Parameter levelUnit: what one of that unit is worth to the model.
  /// - Throws: `HourglassError` (usage) when there is no such part.
  init(_ model: Autoencoder, _ part: ONNXExport.Part, levelUnit: Double) throws(HourglassError) {
    let builder = GraphBuilder()
    let context = LayerContext(builder: builder, isTraining: false)
    let halves = ModelInGraph(model: model, context: context)
    if model.level != nil {
      halves.tell(level: builder.parameter(Self.level, shape: .scalar) * levelUnit)
    }
    var tensors: [(name: String, tensor: Tensor)] = []
    switch part {
    case .whole, .encoder:
      input = model.inputShape
      let sample = builder.input("x", shape: input)
      let code = halves.encode(sample)
      tensors.append(("code", code))
      if let posterior = context.posterior {
        tensors += [("mean", posterior.mean), ("log_variance", posterior.logVariance)]
      }
      if part == .whole {
        let made = halves.decode(code)
        tensors.append(("reconstruction", model.isResidual ? sample + made : made))
      }
    case .decoder:
      guard !model.isResidual else {
        throw HourglassError(
          .usage,
          "The model adds its input to what the decoder makes of a code, so its decoder alone gives no sample",
          .text("export the whole model"))
      }
      input = try model.codeShape
      tensors = [("reconstruction", halves.decode(builder.input("x", shape: input)))]
    }
    outputs = tensors.map { Output(name: $0.name, node: $0.tensor.index, shape: $0.tensor.shape) }
    graph = builder.graph
  }
}
