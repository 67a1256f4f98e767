import HourglassBase
import HourglassFiles
import HourglassMessages
import HourglassModels

/// A trained model, or half of it, as a file that other programs run: ONNX, the exchange format of ONNX Runtime, browsers, phones
/// and databases.
///
/// The file takes `input`, samples with the batch as their first axis, and gives `code` and `reconstruction`; of a variational
/// model also `mean` and `log_variance`. A decoder alone takes `code`. Samples are what the data of the training were, in the
/// same units: of bytes, numbers from 0 to 255. A denoiser made of convolutions takes images of any height and width.
///
/// ```swift
/// let export = try ONNXExport(TrainedModel.read(path: "runs/vae/model.safetensors"))
/// try export.write(to: "model.onnx")
/// ```
public struct ONNXExport: Sendable {
  /// What of a model is written.
  public enum Part: String, Sendable, Hashable, CaseIterable {
    case whole, encoder, decoder
  }

  /// Something that the file takes or gives.
  public struct Port: Sendable, Hashable {
    /// Such as "reconstruction".
    public let name: String
    /// Its axes, such as "batch", "1", "28", "28"; a name stands for any number.
    public let axes: [String]
    /// What its numbers are, such as "the code of each sample".
    public let meaning: String
  }

  public let inputs: [Port]
  public let outputs: [Port]
  private let message: ONNXModel

  /// - Parameters:
  ///   - model: of any family.
  ///   - part: what of it is written.
  ///   - hasChannelsLast: whether images are `[height, width, channels]` in the file, rather than
  ///     `[channels, height, width]` as in this library.
  ///   - name: what the model is called, such as its recipe.
  /// - Throws: `HourglassError`: usage when the model has no such part, or a layer computes what ONNX has no operator for;
  ///   environment when there is no memory for a copy of the weights.
  public init(
    _ model: TrainedModel, part: Part = .whole, hasChannelsLast: Bool = false, name: String = "autoencoder"
  ) throws(HourglassError) {
    let count = model.parameters.entries.reduce(0) { $0 + $1.count }
    // As numbers, as bytes of tensors for two sizes of images, and as the file's.
    try MemoryBudget.process.admit(
      MemoryBudget.product(16, count), for: "An ONNX file of \(grouped(count)) parameters")
    let translation = ModelTranslation(trained: model, part: part, hasChannelsLast: hasChannelsLast)
    let result = try translation.translated()
    self.init(
      result.graph, name: name, inputs: [result.input] + result.options, outputs: result.outputs,
      facts: [
        ("hourglass.recipe", name), ("hourglass.part", part.rawValue),
        ("hourglass.samples", model.model.input.kind.rawValue),
        ("hourglass.objective", type(of: model.objective).kind),
        ("hourglass.values", model.values?.text ?? "unknown"),
        ("hourglass.weights_sha256", model.weightsDigest),
      ])
  }

  /// - Parameters:
  ///   - graph: without its inputs and outputs.
  ///   - facts: what the file says of itself.
  package init(
    _ graph: ONNXGraph, name: String, inputs: [GraphPort], outputs: [GraphPort], facts: [(String, String)]
  ) {
    self.inputs = inputs.map(Port.init)
    self.outputs = outputs.map(Port.init)
    var graph = graph
    graph.name = name
    graph.input = inputs.map(\.message)
    graph.output = outputs.map(\.message)
    message = Self.message(graph, facts)
  }

  /// Writes a `.onnx` file, replacing an older one only when the new one is complete.
  ///
  /// - Throws: `HourglassError`: environment when the place cannot be written, usage when the file would be larger than the
  ///   2 GiB that the format allows.
  public func write(to path: String) throws {
    try AtomicFile.write(message.encoded(), to: path)
  }

  /// The versions of the operators' meanings, and that of the file format that came with them.
  private static let operators: [(domain: String, version: Int64)] = [("", 17), (classicalDomain, 3)]
  private static let format: Int64 = 8
  /// Of operators that trees, tables and their kin are made of, which every build of ONNX Runtime has.
  package static let classicalDomain = "ai.onnx.ml"

  private static func message(_ graph: ONNXGraph, _ facts: [(String, String)]) -> ONNXModel {
    var message = ONNXModel()
    message.irVersion = format
    message.producerName = "hourglass"
    message.producerVersion = hourglassVersion
    let domains = Set(graph.node.map(\.domain)).union([""])
    message.opsetImport = operators.filter { domains.contains($0.domain) }.map { domain, version in
      var operators = ONNXOperatorSet()
      (operators.domain, operators.version) = (domain, version)
      return operators
    }
    message.graph = graph
    message.metadataProps = facts.map { key, value in
      var entry = ONNXEntry()
      (entry.key, entry.value) = (key, value)
      return entry
    }
    return message
  }
}

extension ONNXExport.Port {
  fileprivate init(_ port: GraphPort) {
    name = port.name
    meaning = port.meaning
    axes = port.extents.map { extent in
      switch extent {
      case .fixed(let size): "\(size)"
      case .named(let name): name
      }
    }
  }
}
