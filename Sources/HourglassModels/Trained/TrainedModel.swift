import HourglassBase
import HourglassEngine
import HourglassFiles
import HourglassGraph

/// An autoencoder with its weights, ready to use or to save.
public struct TrainedModel: Sendable {
  public let model: Autoencoder
  public let objective: any Objective
  /// The weights; not shared with a trainer that still runs.
  package let parameters: ParameterStore
  /// The seed it was trained with, which also keys the noise of evaluations.
  public let seed: UInt64
  /// How often a quantised code takes its values, for `Compressor`; nil where the code is not quantised, or nobody has
  /// counted yet.
  package internal(set) var codeFrequencies: CodeFrequencies?
  /// Which numbers the samples held that it learnt from; nil where nobody knows, as of files of earlier versions.
  package internal(set) var values: ValueRange?

  /// One of a model's tensors, such as the matrix of a dense layer.
  public struct Weights: Sendable, Equatable {
    /// Such as "encoder.0.weight": as in the model's file.
    public let name: String
    public let shape: Shape
    /// In row-major order.
    public let values: [Float]
  }

  /// All weights, copied, in the order of the layers.
  public var weights: [Weights] {
    parameters.entries.map { Weights(name: $0.name, shape: $0.shape, values: parameters.read($0.name)) }
  }

  package init(
    model: Autoencoder, objective: any Objective, parameters: ParameterStore, seed: UInt64,
    codeFrequencies: CodeFrequencies? = nil, values: ValueRange? = nil
  ) {
    self.model = model
    self.objective = objective
    self.parameters = parameters
    self.seed = seed
    self.codeFrequencies = codeFrequencies
    self.values = values
  }

  /// - Parameters:
  ///   - training: a trainer's parameters; what only training needed is left out.
  ///   - values: which numbers the training samples held.
  package init(
    model: Autoencoder, objective: any Objective, training: ParameterStore, seed: UInt64,
    values: ValueRange? = nil
  ) throws(HourglassError) {
    let names = Set(try model.parameters().map(\.name))
    self.init(
      model: model, objective: objective, parameters: training.keeping(names), seed: seed, values: values)
  }

  /// The types that the model and its objective are made of.
  package var kinds: [any Configurable.Type] {
    (model.encoder.layers + model.decoder.layers).flatMap(\.kinds) + objective.kinds
  }

  /// SHA-256 of all parameters' names and bits: two models with the same digest are the same.
  public var weightsDigest: String {
    var bytes: [UInt8] = []
    for entry in parameters.entries {
      bytes += Array(entry.name.utf8) + [0]
      parameters.read(entry.name).withUnsafeBytes { bytes += $0 }
    }
    return sha256Hex(bytes)
  }
}

// MARK: - Files

extension TrainedModel {
  package static let format = "hourglass autoencoder 1"
  private static let tablesKey = "code_tables"
  private static let valuesKey = "values"
  /// The metadata that a file of another kind needs to hold a model.
  package static let metadataKeys = ["model", "objective", "seed", valuesKey]

  /// Everything needed to use the model, as safetensors with the architecture in the metadata.
  package func safeTensors(tensors: ParameterStore.Array = .values) throws -> SafeTensors {
    var metadata = [
      "format": Self.format,
      "model": try model.value.json.text(),
      "objective": try ObjectiveCatalogue.value(objective).json.text(),
      "seed": String(seed),
    ]
    metadata[Self.tablesKey] = codeFrequencies?.json.text()
    metadata[Self.valuesKey] = try values?.json.text()
    return SafeTensors(
      metadata: metadata,
      tensors: parameters.entries.map {
        SafeTensors.Tensor(name: $0.name, shape: $0.shape, values: parameters.read($0.name, tensors))
      })
  }

  /// Writes a `.safetensors` file, replacing an older one only when the new one is complete.
  ///
  /// - Throws: `HourglassError` (environment) when the place cannot be written.
  public func write(to path: String) throws {
    try safeTensors().sealed().write(to: path)
  }

  /// Reads a file that `write(to:)` made. Nothing in it is run or trusted.
  ///
  /// - Parameter catalogue: what its layers, objective and so on are looked up in; add yours to the standard one.
  /// - Throws: `HourglassError` (badData) when the file is malformed, its tensors do not fit its architecture, or a bit of
  ///   it is another than was written.
  public static func read(
    path: String, catalogue: Catalogue = .standard
  ) throws -> TrainedModel {
    let file = try SafeTensors.read(path: path)
    let trained = try read(file, path: path, catalogue: catalogue)
    // Last, since what is wrong in particular says more.
    try file.checkSeal(source: path)
    return trained
  }

  /// The model in a file that holds nothing else.
  ///
  /// - Parameters:
  ///   - path: where it came from, for messages.
  ///   - format: what the metadata must say.
  package static func read(
    _ file: SafeTensors, path: String, format expected: String = TrainedModel.format,
    catalogue: Catalogue = .standard
  ) throws -> TrainedModel {
    func complain(_ what: String) -> HourglassError {
      HourglassError(.badData, "\(path) \(what); use a model.safetensors that hourglass wrote.")
    }
    guard let format = file.metadata["format"], format == expected else {
      throw complain("is no model of hourglass: its metadata has no format \"\(expected)\"")
    }
    guard let modelText = file.metadata["model"], let objectiveText = file.metadata["objective"],
      let seed = file.metadata["seed"].flatMap(UInt64.init)
    else { throw complain("lacks \"model\", \"objective\" or \"seed\" in its metadata") }
    func settings(_ text: String, _ key: String) throws -> SettingValue {
      let source = "\(path), metadata \"\(key)\""
      return try SettingValue(JSONValue.parse(Array(text.utf8), source: source), source: source)
    }
    let model: Autoencoder
    let objective: any Objective
    do {
      model = try Autoencoder(try settings(modelText, "model"), catalogue: catalogue)
      objective = try ObjectiveCatalogue.objective(
        try settings(objectiveText, "objective"), path: "objective", catalogue: catalogue)
    } catch {
      throw HourglassError(.badData, "\(path) describes a model that cannot be built: \(error)")
    }
    let specifications = try model.parameters()
    let names = Set(specifications.map(\.name))
    if let extra = file.tensors.first(where: { !names.contains($0.name) }) {
      throw complain("has a tensor \"\(extra.name)\" that its architecture does not know")
    }
    let tensors = Dictionary(file.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for parameter in specifications {
      guard let tensor = tensors[parameter.name] else {
        throw complain("lacks the tensor \"\(parameter.name)\"")
      }
      guard tensor.shape == parameter.specification.shape else {
        throw complain(
          "has the tensor \"\(parameter.name)\" with shape \(tensor.shape), but the layer needs "
            + "\(parameter.specification.shape)")
      }
      guard tensor.isFinite else { throw complain("has a value that is not finite in \"\(parameter.name)\"") }
    }
    // What the weights are and room for an optimizer's two numbers.
    try MemoryBudget.process.admit(
      12 * specifications.reduce(0) { $0 + $1.specification.shape.count }, for: "The model of \(path)")
    let store = ParameterStore(
      specifications.map { ($0.name, $0.specification.shape, $0.specification.isTrainable) })
    for parameter in specifications { store.write(parameter.name, tensors[parameter.name]?.values ?? []) }
    let tables: CodeFrequencies?
    do {
      tables = try file.metadata[Self.tablesKey].map { text in
        let source = "\(path), metadata \"\(Self.tablesKey)\""
        return try CodeFrequencies(JSONValue.parse(Array(text.utf8), source: source), model: model)
      }
    } catch let error as HourglassError {
      throw complain("has unusable metadata \"\(Self.tablesKey)\" (\(error.fact))")
    }
    let values = try file.metadata[Self.valuesKey].map { text in
      let source = "\(path), metadata \"\(Self.valuesKey)\""
      guard let values = ValueRange(try JSONValue.parse(Array(text.utf8), source: source)) else {
        throw complain("has unusable metadata \"\(Self.valuesKey)\"")
      }
      return values
    }
    return TrainedModel(
      model: model, objective: objective, parameters: store, seed: seed, codeFrequencies: tables,
      values: values)
  }
}
