import HourglassBase
import HourglassGraph
import HourglassNN

/// What a model is trained for: a function from a sample and a model to a loss.
///
/// A new family is one file that implements this. One of the library's also has a line in `ObjectiveCatalogue`; one of
/// yours is made known to recipes and model files by `Catalogue.adding(_:)`.
public protocol Objective: Configurable {
  /// - Throws: `HourglassError` (usage) when the objective cannot train this model, with what to change.
  func check(_ model: Autoencoder) throws(HourglassError)

  /// What a person should know of choices that the objective makes for this model, one sentence each.
  func notes(for model: Autoencoder) -> [String]

  /// The loss of one sample.
  func loss(_ sample: Tensor, _ model: ModelInGraph) -> SampleLoss

  /// What the model is shown of a sample: the sample itself, or a corrupted copy.
  func shown(_ sample: Tensor, _ model: ModelInGraph) -> Tensor

  /// What it is, for those who use it without knowing its type.
  var traits: ObjectiveTraits { get }

  /// -log p(x | z) in nats, a scalar, where the model is one of probability; nil otherwise.
  ///
  /// - Parameter output: the decoder's, of a code z.
  func negativeLogLikelihood(of sample: Tensor, given output: Tensor) -> Tensor?
}

extension Objective {
  public func check(_ model: Autoencoder) throws(HourglassError) {}
  public func notes(for model: Autoencoder) -> [String] { [] }
  public func shown(_ sample: Tensor, _ model: ModelInGraph) -> Tensor { sample }
  public var traits: ObjectiveTraits { ObjectiveTraits() }
  public func negativeLogLikelihood(of sample: Tensor, given output: Tensor) -> Tensor? { nil }
}

/// A model's two halves as functions on symbolic values.
public struct ModelInGraph {
  public let model: Autoencoder
  public let context: LayerContext

  package init(model: Autoencoder, context: LayerContext) {
    self.model = model
    self.context = context
  }

  public func encode(_ sample: Tensor) -> Tensor { model.encoder.apply(withLevel(sample), context) }

  /// Tells the encoder, from now on, how strongly the sample is corrupted; nothing to a model without a level.
  ///
  /// - Parameter level: a scalar; nil for the model's usual one.
  package func tell(level: Tensor?) { context.level = level }

  private func withLevel(_ sample: Tensor) -> Tensor {
    guard let usual = model.level else { return sample }
    let level = context.level ?? sample.builder.constant(usual)
    let ones = Shape(sample.shape.dimensions.map { _ in 1 })
    let channel = Shape([1] + sample.shape.dimensions.dropFirst())
    return Tensor.concatenate([sample, level.reshaped(to: ones).broadcast(to: channel)], axis: 0)
  }

  /// The decoder's output; in a residual model what is to be added to the sample.
  public func decode(_ code: Tensor) -> Tensor { model.decoder.apply(code, context) }
  public func reconstruct(_ sample: Tensor) -> Tensor { reconstruction(of: sample, from: encode(sample)) }

  /// - Parameter code: the sample's.
  func reconstruction(of sample: Tensor, from code: Tensor) -> Tensor {
    model.isResidual ? sample + decode(code) : decode(code)
  }

  /// The code as a distribution; the encoder must end with a layer that makes one.
  public func posterior(_ sample: Tensor) -> Posterior {
    _ = encode(sample)
    guard let posterior = context.posterior else { preconditionFailure("the code is no distribution") }
    return posterior
  }

  /// The code and what it takes in bits; the encoder must end with a layer that quantises.
  public func quantizedCode(_ sample: Tensor) -> (code: Tensor, bits: Tensor) {
    let code = encode(sample)
    guard let quantized = context.quantizedCode else { preconditionFailure("the code is not quantised") }
    return (code, quantized.bits)
  }
}

/// Every objective a recipe can name.
public enum ObjectiveCatalogue {
  package static let kinds: [any Objective.Type] = [
    Undercomplete.self, SparseL1.self, SparseKL.self, Contractive.self, Denoising.self, Variational.self,
    RateDistortion.self,
  ]

  /// Reads `denoising: {corruption: ..., loss: ...}`, or a bare name, as a recipe does: with it the author of an objective
  /// tries what its settings take and refuse without a recipe around it.
  ///
  /// - Parameters:
  ///   - path: where it stands, for messages.
  ///   - catalogue: where objectives, and what they are made of, are looked up.
  public static func objective(
    _ value: SettingValue, path: String, catalogue: Catalogue = .standard
  ) throws(HourglassError) -> any Objective {
    try SettingType<any Objective>.objective.read(value, SettingPlace(path: path, catalogue: catalogue))
  }

  /// - Throws: `HourglassError` (usage) when an objective's settings do not keep the limits of recipes.
  static func check(_ objective: any Objective) throws(HourglassError) {
    _ = try self.objective(
      value(objective), path: "objective", catalogue: Catalogue.standard.adding(objective.kinds))
  }

  /// The inverse of `objective(_:path:)`.
  package static func value(_ objective: any Objective) -> SettingValue {
    SettingType<any Objective>.objective.write(objective)
  }
}

extension Catalogue {
  /// Objectives that recipes can name.
  package var objectives: [any Objective.Type] { kinds(ObjectiveCatalogue.kinds) }
}

extension SettingType where Value == any Objective {
  package static var objective: Self {
    .kind(
      of: "objective", like: "undercomplete: {loss: l2}", among: { $0.objectives },
      make: { $0 as? any Objective }, part: { $0 })
  }
}

extension Autoencoder {
  /// The graphs that train and evaluate this model for an objective. Evaluations also give the metric `mse`, the mean
  /// squared error of the reconstruction against the clean sample.
  ///
  /// - Throws: `HourglassError`: usage when layers do not fit together, environment when there is no memory for the
  ///   weights.
  package func trainingProgram(_ objective: any Objective) throws(HourglassError) -> TrainingProgram {
    try check(objective)
    let parameters = try parameters()
    let count = parameters.reduce(0) { $0 + $1.specification.shape.count }
    // The weights, their gradients and two numbers of the optimizer for each.
    try MemoryBudget.process.admit(
      16 * count, for: "A model with \(grouped(count)) parameters", remedy: "make its layers smaller")
    return TrainingProgram(parameters: parameters) { sampleLoss(objective, $0) }
  }

  /// The evaluation graph of `trainingProgram(_:)` without the work of differentiating the other.
  ///
  /// - Throws: `HourglassError` (usage) when layers do not fit together.
  func evaluationGraph(_ objective: any Objective) throws(HourglassError) -> Graph {
    try check(objective)
    return TrainingProgram.graph(isTraining: false, try parameters()) { sampleLoss(objective, $0) }
  }

  private func sampleLoss(_ objective: any Objective, _ context: LayerContext) -> SampleLoss {
    let sample = context.builder.input("x", shape: inputShape)
    return objective.loss(sample, ModelInGraph(model: self, context: context))
  }

  /// A graph with the per-sample outputs `shown` (what the model sees), `reconstruction` and `code`.
  package func inferenceGraph(_ objective: any Objective) -> Graph {
    let builder = GraphBuilder()
    let context = LayerContext(builder: builder, isTraining: false)
    let model = ModelInGraph(model: self, context: context)
    let shown = objective.shown(builder.input("x", shape: inputShape), model)
    let code = model.encode(shown)
    builder.output("shown", shown)
    builder.output("code", code)
    builder.output("reconstruction", model.reconstruction(of: shown, from: code))
    return builder.graph
  }
}
